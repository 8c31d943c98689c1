package config_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
)

const canary = "s3cr3tCanary"

// inName finds a canary that the fuzzer made the name of a placeholder or a
// key: those are printed, or nobody could find the mistake.
var inName = regexp.MustCompile(`\$\{[^:}]*$|[\n\r{,\x{85}\x{2028}\x{2029}]`)

// toDisk keeps the fuzzer from reading files of the machine.
var toDisk = regexp.MustCompile(`\$\{\s*file|-file`)

func FuzzYAML(f *testing.F) {
	for _, text := range []string{
		"kafka: {listener: {ack-mode: batch}}", "a: &a [*a]", "kafka.listeners.a.properties.x.y: 1", "<<: {a: b}", "kafka: !!binary x",
		"? [a]\n: b", "kafka: {properties: {sasl.password: '${x:y}'}}", "a: \"\\x1f\"", "---\na: 1\n---\nb: 2",
		"spring: {kafka: {consumer: {groupId: x, properties: {a.b: c}}, listener: {type: batch}, bootstrap-servers: [a, b]}}",
		"kafka: {ssl: {key-store-location: a.pem, key-store-type: PEM}, sasl: {password: {x}}}", "kafka: {retry.topic.backoff.delay: 1s, retry: {topic: }}",
		"kafka.clusters.a.b.sasl.password: x\nkafka.producers: {x: {acks: 1}}", "kafka: {properties: {sasl.jaas.config: 'a.PlainLoginModule x username=\"'}}",
		"spring.config.activate.on-profile: a\nkafka: {listner: {ack-mde: 1}}\n---\nspring.profiles: [b]", "kafka: {listeners: {a: {partitions: 'x[0-5,7]@end-1, y'}}}",
		"kafka:\n  listeners:\n    ? \n    : 1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if toDisk.MatchString(text) {
			t.Skip()
		}
		c, err := config.Load(config.YAML([]byte(text)), config.Environ())
		require.Equal(t, len(c.Faults()) > 0, err != nil)
		for _, f := range c.Faults() {
			require.NotEmpty(t, f.Fix, f)
			require.NotEmpty(t, f.Origin, f)
		}
		shown(t, c, err)
		for _, e := range c.Producers() {
			_, ok := c.Producer(e.Name)
			require.True(t, ok, e.Name)
		}
	})
}

func FuzzSecretIsNotPrinted(f *testing.F) {
	for _, s := range [][2]string{{"", ""}, {"*", ""}, {"&", ""}, {"'", ""}, {"${", "}"}, {"${A:", ""}, {"${A:${B}", "}"}, {"!", ""}, {"[", ""}, {"\"\\q", ""}, {"|", ""}, {"- ", ""}, {"? ", ""}, {"x: ", ""}, {"`", ""}, {"%", ""}, {"@", ""}, {"{", "}"}, {"{a: ", "}"}, {"[{", "}]"}, {"x.PlainLoginModule required username=\"", "\";"}, {"${file:/", "}"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if inName.MatchString(before) || inName.MatchString(after) {
			t.Skip()
		}
		for _, begin := range []string{
			"kafka:\n  properties:\n    sasl.password: ", "kafka:\n  sasl:\n    password: ", "kafka:\n  consumer:\n    ssl:\n      key-password: ",
			"spring:\n  kafka:\n    properties:\n      sasl.jaas.config: ", "kafka:\n  clusters:\n    eu:\n      sasl.password: ",
		} {
			text := begin + before + canary + after + "\nkafka.consumer: {group: x}\n"
			c, err := config.Load(config.YAML([]byte(text)), config.Environ())
			require.Error(t, err)
			require.NotContains(t, shown(t, c, err), canary, text)
		}
	})
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{"${a}", "${a:${b}}", "${random.int(1,2)}", `\${`, "${${${", "}}}", "${app.x}", "${hostname}", "${:}", "${ a : b }"} {
		f.Add(s)
	}
	c, err := config.Load(config.Environ("A=${b}"), config.YAML([]byte("app: {x: '${app.y}', y: '${app.x}'}")), config.Hostname("h"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := c.Expand(text, "here")
		again, errAgain := c.Expand(text, "here")
		require.Equal(t, err == nil, errAgain == nil)
		require.Equal(t, first, again, "one occurrence, one value")
	})
}
