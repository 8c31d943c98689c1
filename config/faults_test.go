package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
)

func TestBadConfigurations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		is         error
		says       []string // key, place, way out
	}{
		{"unknown section", "kafka:\n  consumr: {group-id: x}", config.ErrUnknownKey, []string{"kafka.consumr", "yaml:2", "write kafka.consumer.group-id"}},
		{"unknown key", "kafka:\n  listener:\n    ack-mod: batch", config.ErrUnknownKey, []string{"kafka.listener.ack-mod", "yaml:3", "did you mean ack-mode?"}},
		{"camel case", "kafka: {listener: {ackMode: batch}}", config.ErrUnknownKey, []string{"ackMode", "yaml:1", "ack-mode"}},
		{"nothing near", "kafka: {listener: {zzzzzzzz: 1}}", config.ErrUnknownKey, []string{"known are", "concurrency"}},
		{"wrong section", "kafka: {consumer: {ack-mode: batch}}", config.ErrUnknownKey, []string{"write kafka.listener.ack-mode"}},
		{"wrong section, at the top", "kafka: {group-id: x}", config.ErrUnknownKey, []string{"write kafka.consumer.group-id"}},
		{"listener key in a factory", "kafka: {factories: {slow: {topics: a}}}", config.ErrUnknownKey, []string{"kafka.factories.slow.topics", "kafka.listeners.ID"}},
		{"listener key at kafka", "kafka: {listener: {topics: a}}", config.ErrUnknownKey, []string{"kafka.listener.topics", "kafka.listeners.ID"}},
		{"unknown in factory", "kafka:\n  factories:\n    slow: {concurency: 2}", config.ErrUnknownKey, []string{"yaml:3", "did you mean concurrency?"}},
		{"too deep", "kafka: {listener: {ack-mode: {x: 1}}}", config.ErrUnknownKey, []string{"kafka.listener.ack-mode.x"}},
		{"value for section", "kafka: {listener: 5}", config.ErrUnknownKey, []string{"kafka.listener", "takes a map"}},
		{"value for properties", "kafka: {properties: hunter2}", config.ErrUnknownKey, []string{"takes a map of client properties"}},
		{"value for listener", "kafka: {listeners: {a: x}}", config.ErrUnknownKey, []string{"kafka.listeners.a", "takes a map"}},
		{"wrong type", "kafka: {listener: {concurrency: many}}", config.ErrInvalidSetting, []string{`"many" is no whole number`, "concurrency is: consumers"}},
		{"list for one", "kafka: {listener: {ack-mode: [batch, time]}}", config.ErrInvalidSetting, []string{"one value, not a list"}},
		{"list of maps", "kafka: {listeners: {a: {topics: [{x: y}]}}}", config.ErrInvalidSetting, []string{"kafka.listeners.a.topics"}},
		{"bad mode", "kafka: {listener: {ack-mode: sometimes}}", config.ErrInvalidSetting, []string{"kafka.listener.ack-mode", "MANUAL_IMMEDIATE"}},
		{"bad duration", "kafka: {listener: {ack-time: soon}}", config.ErrInvalidSetting, []string{"10s"}},
		{"no value", "kafka:\n  listener:\n    ack-mode:", config.ErrInvalidSetting, []string{"kafka.listener.ack-mode", "yaml:3", "has no value"}},
		{"twice", "kafka:\n  client-id: a\n  client-id: b", config.ErrInvalidSetting, []string{"yaml:3", "line 2"}},
		{"twice, once flat", "kafka: {client-id: a}\nkafka.client-id: b", config.ErrInvalidSetting, []string{"kafka.client-id", "yaml:2", "yaml:1"}},
		{"no YAML", "kafka: {", config.ErrSyntax, []string{"yaml:"}},
		{"kafka is a value", "kafka: 5", config.ErrUnknownKey, []string{"kafka (yaml:1)", "takes a map"}},
		{"a secret at the wrong key", "kafka: {listener: {concurrency: 'http://me:hunter2@x'}}", config.ErrInvalidSetting, []string{"[redacted]"}},
		{"no map", "hello", config.ErrSyntax, []string{"yaml:1", "begin with kafka:"}},
		{"strange key", "kafka: {listener: {[a, b]: 1}}", config.ErrSyntax, []string{"keys are plain text"}},
		{"unresolved", "kafka:\n  client-id: ${nobody.knows}", config.ErrUnresolved, []string{"kafka.client-id", "yaml:2", "${nobody.knows}", "default"}},
		{"unresolved secret", "kafka: {properties: {sasl.password: '${KAFKA_PW}'}}", config.ErrUnresolved, []string{"${KAFKA_PW}"}},
		{"unclosed", "kafka: {client-id: '${a'}", config.ErrUnresolved, []string{`\${`}},
		{"circle", "a: ${b}\nb: ${c}\nc: ${a}\nkafka: {client-id: '${a}'}", config.ErrUnresolved, []string{"in a circle"}},
		{"random", "kafka: {client-id: '${random.word}'}", config.ErrUnresolved, []string{"uuid"}},
		{"empty range", "kafka: {client-id: '${random.int(5,5)}'}", config.ErrUnresolved, []string{"empty range"}},
		{"endless aliases", "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b {a: *a, b: *a}\nkafka: &k {listener: *k}", config.ErrSyntax, []string{"deep"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(config.YAML([]byte(tt.text)), config.Environ())
			require.ErrorIs(t, err, tt.is)
			for _, s := range tt.says {
				require.ErrorContains(t, err, s)
			}
			require.NotContains(t, err.Error(), "hunter2")
			require.NotEmpty(t, c.Faults())
			for _, f := range c.Faults() {
				require.NotEmpty(t, f.Fix, f)
				require.NotEmpty(t, f.Origin, f)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.YAML([]byte(`
kafka:
  consumer: {group: x}
  listener:
    concurrency: many
    ack-mode: sometimes
    workers: 2
  client-id: ${nobody}
`)), config.Environ("KAFKA_CONSUMER_MAX_POLL_RECORDS=lots"))
	require.Len(t, strings.Split(err.Error(), "\n"), 5, err)
	require.ErrorContains(t, err, "env KAFKA_CONSUMER_MAX_POLL_RECORDS")
	require.Equal(t, 2, c.Kafka().Workers.V, "what is right is there")
}

func TestManyAliasesEnd(t *testing.T) {
	t.Parallel()
	text := "a0: &a0 {x: 1, y: 1}\n"
	for i := range 20 {
		text += strings.ReplaceAll(strings.ReplaceAll("aN: &aN {x: *aM, y: *aM}\n", "N", string(rune('b'+i))), "M", prev(i))
	}
	_, err := config.Load(config.YAML([]byte(text)), config.Environ())
	require.ErrorIs(t, err, config.ErrSyntax)
	require.ErrorContains(t, err, "too large")
}

func prev(i int) string {
	if i == 0 {
		return "0"
	}
	return string(rune('b' + i - 1))
}
