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
		{"unknown key", "kafka:\n  listener:\n    ack-mod: batch", config.ErrUnknownKey, []string{"kafka.listener.ack-mod", "yaml:3", "did you mean kafka.listener.ack-mode?"}},
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
		{"section mistyped", "kafka:\n  listner: {ack-mode: batch}", config.ErrUnknownKey, []string{"kafka.listner.ack-mode (yaml:2)", "kafka.listener.ack-mode"}},
		{"section and key mistyped", "kafka:\n  listner: {ack-mod: batch}", config.ErrUnknownKey, []string{"did you mean kafka.listener.ack-mode?"}},
		{"without its section", "kafka:\n  ack-mode: batch", config.ErrUnknownKey, []string{"write kafka.listener.ack-mode"}},
		{"mistyped and without its section", "kafka:\n  ack-mde: batch", config.ErrUnknownKey, []string{"known are"}},
		{"dotted key mistyped", "kafka: {ssl: {trust-store-locaton: x}}", config.ErrUnknownKey, []string{"did you mean kafka.ssl.trust-store-location?"}},
		{"section of producers", "kafka: {producer: {batchsize: 1}}", config.ErrUnknownKey, []string{"did you mean kafka.producer.batch-size?"}},
		{"key of a listener in a cluster", "kafka: {clusters: {eu: {ack-mode: batch}}}", config.ErrUnknownKey, []string{"kafka.clusters.eu.ack-mode", "write kafka.listener.ack-mode"}},
		{"bad acks", "kafka: {producer: {acks: 2}}", config.ErrInvalidSetting, []string{"kafka.producer.acks", "0, 1, all"}},
		{"bad size", "kafka: {producer: {batch-size: 1XB}}", config.ErrInvalidSetting, []string{"1MB"}},
		{"bad multiplier", "kafka: {retry: {topic: {backoff: {multiplier: NaN}}}}", config.ErrInvalidSetting, []string{"kafka.retry.topic.backoff.multiplier", "no number"}},
		{"bad listener type", "kafka: {listener: {type: both}}", config.ErrInvalidSetting, []string{"single, batch"}},
		{"bad heartbeat", "kafka: {consumer: {heartbeat-interval: often}}", config.ErrInvalidSetting, []string{"kafka.consumer.heartbeat-interval", "10s"}},
		{"bad fetch size", "kafka: {consumer: {fetch-min-size: -1}}", config.ErrInvalidSetting, []string{"out of range"}},
		{"bad protocol", "kafka: {security: {protocol: tls}}", config.ErrInvalidSetting, []string{"kafka.security.protocol", "sasl_ssl"}},
		{"JKS trust store", "kafka: {ssl: {trust-store-location: /etc/trust.jks}}", config.ErrInvalidSetting, []string{"kafka.ssl.trust-store-location", "PEM", "keytool -exportcert"}},
		{"JKS key store", "kafka: {ssl: {key-store-location: /etc/client.jks}}", config.ErrInvalidSetting, []string{"PKCS12", "keytool -importkeystore"}},
		{"JKS by type", "kafka: {ssl: {key-store-location: /etc/client.p12, key-store-type: JKS}}", config.ErrInvalidSetting, []string{"kafka.ssl.key-store-type", "kafka.ssl.key-store-location"}},
		{"PKCS12 trust store", "kafka: {ssl: {trust-store-location: a.p12}}", config.ErrInvalidSetting, []string{"PEM only"}},
		{"class path", "kafka: {ssl: {trust-store-location: 'classpath:ca.pem'}}", config.ErrInvalidSetting, []string{"name a file"}},
		{"bundle", "kafka: {ssl: {bundle: mine}}", config.ErrInvalidSetting, []string{"kafka.ssl.bundle", "trust-store-location"}},
		{"jaas of another module", "kafka: {properties: {sasl.jaas.config: 'a.b.Krb5LoginModule required principal=\"hunter2\";'}}", config.ErrInvalidSetting, []string{"Kerberos", "kafka.properties.sasl.jaas.config"}},
		{"jaas without a password", "kafka: {properties: {sasl.jaas.config: 'a.b.PlainLoginModule required username=hunter2;'}}", config.ErrInvalidSetting, []string{"no username and password", "set sasl.username"}},
		{"partitions", "kafka: {listeners: {a: {partitions: 'orders[3-1]'}}}", config.ErrInvalidSetting, []string{"reversed", "kafka.listeners.a.partitions"}},
		{"no such file", "kafka: {client-id: '${file:/no/such/file}'}", config.ErrUnresolved, []string{"${file:/no/such/file}", "no such file", "check the path"}},
		{"no such file of a secret", "kafka: {sasl: {password: '${file:/no/hunter2}'}}", config.ErrUnresolved, []string{"no such file"}},
		{"profile expression", "spring: {config: {activate: {on-profile: 'a & b'}}}", config.ErrSyntax, []string{"expression of profiles"}},
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
