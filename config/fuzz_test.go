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

func FuzzYAML(f *testing.F) {
	for _, text := range []string{
		"kafka: {listener: {ack-mode: batch}}", "a: &a [*a]", "kafka.listeners.a.properties.x.y: 1", "<<: {a: b}", "kafka: !!binary x",
		"? [a]\n: b", "kafka: {properties: {sasl.password: '${x:y}'}}", "a: \"\\x1f\"", "---\na: 1\n---\nb: 2", "kafka:\n  listeners:\n    ? \n    : 1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, _ := config.Load(config.YAML([]byte(text)), config.Environ())
		c.Kafka()
		for _, e := range c.Listeners() {
			c.Listener(e.Name)
		}
	})
}

func FuzzSecretIsNotPrinted(f *testing.F) {
	for _, s := range [][2]string{{"", ""}, {"*", ""}, {"&", ""}, {"'", ""}, {"${", "}"}, {"${A:", ""}, {"${A:${B}", "}"}, {"!", ""}, {"[", ""}, {"\"\\q", ""}, {"|", ""}, {"- ", ""}, {"? ", ""}, {"x: ", ""}, {"`", ""}, {"%", ""}, {"@", ""}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if inName.MatchString(before) || inName.MatchString(after) {
			t.Skip()
		}
		text := "kafka:\n  properties:\n    sasl.password: " + before + canary + after + "\n  consumer: {group: x}\n"
		c, err := config.Load(config.YAML([]byte(text)), config.Environ())
		require.Error(t, err)
		require.NotContains(t, err.Error(), canary)
		require.NotContains(t, c.String(), canary)
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
