package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

// Every place where people keep secrets, with mistakes beside them.
func TestNoSecretIsEverPrinted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "pw")
	require.NoError(t, os.WriteFile(file, []byte(canary+"\n"), 0o600))
	places := map[string]string{
		"inline":                "kafka: {properties: {sasl.password: C}}",
		"alias":                 "kafka: {sasl: {username: C, password: C}, ssl: {key-password: C, key-store-password: C, key-store-key: C}}",
		"wrong types":           "kafka: {sasl: {password: {C: C}}}",
		"in braces":             "kafka: {sasl: {password: {C}}, properties: {sasl.password: {C}}, ssl: {key-password: [{C}]}}",
		"map of a property":     "kafka: {properties: {sasl.password: {C: x, y: {C: x}}, ssl.key.password: [[C, C]]}}",
		"list":                  "kafka: {sasl: {password: [C, C]}}",
		"inline for a file":     "kafka: {sasl: {password-file: C}}",
		"classpath":             "kafka: {sasl: {password-file: 'classpath:C'}}",
		"file that is not":      "kafka: {sasl: {password: '${file:/C}'}, client-id: '${file:C}'}",
		"file":                  "kafka: {sasl: {password: '${file:" + file + "}'}, client-id: '${file:" + file + "}'}",
		"file as a number":      "kafka: {listener: {concurrency: '${file:" + file + "}', ack-mode: '${DB_PASSWORD}', ack-time: '${DB_PASSWORD}'}}",
		"file as a choice":      "kafka: {listener: {type: '${DB_PASSWORD}'}, consumer: {fetch-min-size: '${DB_PASSWORD}', heartbeat-interval: '${DB_PASSWORD}'}}",
		"variable":              "kafka: {sasl: {password: '${DB_PASSWORD}'}, consumer: {group-id: '${DB_PASSWORD}', assignor: '${DB_PASSWORD}'}}",
		"key of a secret":       "app: {db-password: C}\nkafka: {consumer: {group-id: '${app.db-password}', max-poll-records: '${app.db-password}'}}",
		"within a text":         "kafka: {client-id: 'x-${DB_PASSWORD}-y', listener: {start: 'wait ${DB_PASSWORD}'}}",
		"partitions":            "kafka: {listeners: {a: {partitions: ['${DB_PASSWORD}[', b]}}}",
		"topics":                "kafka: {listeners: {a: {topics: '${DB_PASSWORD}'}}}",
		"jaas":                  "kafka: {properties: {sasl.jaas.config: 'x.PlainLoginModule required username=\"C\" password=\"C\";'}}",
		"broken jaas":           "kafka: {properties: {sasl.jaas.config: 'C'}, consumer: {properties: {sasl.jaas.config: 'x.PlainLoginModule required password=\"C'}}}",
		"jaas of Boot":          "kafka: {jaas: {options: {password: C}}}",
		"URL":                   "kafka: {bootstrap-servers: 'http://me:C@host:1', listener: {concurrency: 'http://me:C@host:1'}, clusters: {eu: {bootstrap-servers: 'x://C@h'}}}",
		"broken YAML":           "kafka: {sasl: {password: *C}}",
		"broken YAML beside it": "kafka:\n  sasl:\n    password: C\n  listener: {ack-mode: [\n",
		"twice":                 "kafka:\n  sasl.password: C\n  sasl: {password: C2}",
		"unclosed":              "kafka: {sasl: {password: 'C${'}, ssl.key-password: '${C'}",
		"unresolved":            "kafka: {sasl: {password: '${C}'}, properties: {my.token: '${X:${C}}'}}",
		"trust store":           "kafka: {ssl: {trust-store-password: C, trust-store-location: a.jks}}",
		"producer":              "kafka: {producer: {ssl: {key-password: C}, properties: {sasl.password: C}, acks: '${DB_PASSWORD}'}, producers: {a: {sasl.password: C}}}",
		"admin":                 "kafka: {admin: {sasl: {password: C}, properties: {my.secret: C}, client-id: '${DB_PASSWORD}'}, template: {default-topic: '${DB_PASSWORD}'}}",
		"clusters":              "kafka: {clusters: {eu: {sasl: {password: C}, properties: {sasl.jaas.config: C}}}}",
		"unknown property":      "kafka: {properties: {sasl.passwort: C, my.credential: C}}",
		"unknown key":           "kafka: {sasl: {pasword: C}, ssl: {bundle: C}}",
		"foreign":               "kafka: {consumer: {key-deserializer: C}, listener: {poll-timeout: C}}",
		"environment":           "kafka: {}",
	}
	environ := []string{
		"DB_PASSWORD=" + canary, "KAFKA_SSL_KEY_PASSWORD=${" + canary + "}", "KAFKA_PROPERTIES_SASL_PASSWORD=" + canary,
		"KAFKA_CLUSTERS_EU_SASL_PASSWORD=" + canary, "KAFKA_SASL_PASSWORD_FILE=" + canary, "SPRING_KAFKA_JAAS_OPTIONS_PASSWORD=" + canary,
		"SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG=" + canary, "SPRING_KAFKA_SSL_KEYPASSWORD=" + canary, "KAFKA_PRODUCER_SSL_KEY_STORE_PASSWORD=" + canary,
	}
	for name, text := range places {
		text = strings.ReplaceAll(text, "C2", canary)
		text = replaceWord(text)
		require.NotRegexp(t, `\bC\b`, text)
		for _, prefix := range []string{"", "spring."} {
			t.Run(name+" "+prefix, func(t *testing.T) {
				t.Parallel()
				c, err := config.Load(config.YAML([]byte(strings.Replace(text, "kafka", prefix+"kafka", 1))), config.Environ(environ...))
				require.NotContains(t, shown(t, c, err), canary)
			})
		}
	}
}

// replaceWord puts the canary where a lone C stands.
func replaceWord(text string) string {
	for _, around := range []string{" C}", " C,", "'C'", "[C,", " C]", "*C}", " C\n", "\"C\"", "\"C'", "{C:", ":C@", "//C@", "/C}", ":C}", "{C}", "'C$", "{C'", ":C'"} {
		text = strings.ReplaceAll(text, around, strings.Replace(around, "C", canary, 1))
	}
	return text
}

// shown is everything that a program may print of a configuration.
func shown(t *testing.T, c *config.Config, err error) string {
	t.Helper()
	var b strings.Builder
	show := func(v any) {
		text, _ := json.Marshal(v)
		fmt.Fprintf(&b, "%v %+v %#v %s\n", v, v, v, text)
	}
	fmt.Fprintln(&b, err, strings.Join(c.Warnings, "\n"))
	show(c)
	for _, f := range c.Faults() {
		show(f)
		show(*f)
	}
	settings := []spec.Settings{c.Kafka()}
	for _, e := range append(append(c.Listeners(), c.Factories()...), c.Clusters()...) {
		for _, of := range []func(string) (spec.Settings, bool){c.Listener, c.Factory, c.Cluster} {
			s, _ := of(e.Name)
			settings = append(settings, s)
		}
	}
	for _, s := range settings {
		show(s)
		b.WriteString(spec.Render(new(spec.WithDefaults(s))))
		properties := map[string]string{}
		for name, v := range s.Properties {
			properties[name] = v.V
		}
		_, err := spec.ResolveSecrets(properties)
		fmt.Fprintln(&b, err)
	}
	for _, name := range []string{"", "a"} {
		p, _ := c.Producer(name)
		show(p)
		show(p.ClientConfig())
	}
	show(c.Template())
	show(c.Admin())
	return b.String()
}
