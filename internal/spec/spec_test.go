package spec_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
)

func TestKeysPrintWhatTheyRead(t *testing.T) {
	t.Parallel()
	for _, k := range spec.Keys {
		var s spec.Settings
		require.NoError(t, k.Set(&s, k.Example(), "here"), k.Name)
		text, origin := k.Get(&s)
		require.Equal(t, k.Example(), text, k.Name)
		require.Equal(t, "here", origin, k.Name)
		require.NotEmpty(t, k.Doc, k.Name)
		require.NotZero(t, k.Scope, k.Name)
	}
}

func TestLayerKnowsEveryField(t *testing.T) {
	t.Parallel()
	lower, upper := filled("lower"), filled("upper")
	merged := reflect.ValueOf(spec.Layer(lower, upper))
	below := reflect.ValueOf(spec.Layer(lower, spec.Settings{}))
	for i := range merged.NumField() {
		name := merged.Type().Field(i).Name
		if origin := merged.Field(i); origin.Kind() == reflect.Struct {
			require.Equal(t, "upper", origin.FieldByName("Origin").String(), name)
			require.Equal(t, "lower", below.Field(i).FieldByName("Origin").String(), name)
		}
	}
}

// filled sets the origin of every field.
func filled(origin string) spec.Settings {
	var s spec.Settings
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Struct {
			f.FieldByName("Origin").SetString(origin)
		}
	}
	return s
}

func TestMapsMergeByKeyAndMiddlewareAddsUp(t *testing.T) {
	t.Parallel()
	var lower, upper spec.Settings
	lower.SetProperty("a", "1", "low")
	lower.SetProperty("b", "1", "low")
	upper.SetProperty("b", "2", "up")
	upper.SetProperty("metadata.broker.list", "x:1", "up")
	lower.Middleware, upper.Middleware = []any{"outer"}, []any{"inner"}
	got := spec.Merge(&lower, &upper)
	require.Equal(t, map[string]spec.Value[string]{"a": spec.Set("1", "low"), "b": spec.Set("2", "up")}, got.Properties)
	require.Equal(t, []any{"outer", "inner"}, got.Middleware)
	require.Equal(t, spec.Set("x:1", "up"), got.BootstrapServers)
	require.Equal(t, "1", lower.Properties["b"].V, "the layers themselves stay")
}

func TestKeysRefuseWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, text, says string }{
		{"concurrency", "three", `"three" is no whole number`},
		{"concurrency", "99999999999999999999", "no whole number"},
		{"ack-time", "10", ""}, // milliseconds
		{"ack-time", "10 parsecs", "milliseconds without a unit"},
		{"ack-time", "9223372036854775807", "too long"},
		{"batch", "yes", "neither true nor false"},
		{"commit", "eventually", "none of awaited, pipelined"},
		{"ack-mode", "SOMETIMES", "known are RECORD"},
		{"unacked", "redeliver", "redeliver 5s"},
		{"unacked", "keep 5s", "keep, redeliver 5s, fail"},
		{"unacked", "redeliver -1s", "in the past"},
		{"ack-time", "PT1M30S", ""},
		{"ack-time", "2d", ""},
		{"isolation-level", "read-committed", ""},
		{"isolation-level", "dirty", "read_committed, read_uncommitted"},
		{"group-protocol", "new", "classic, consumer"},
		{"assignor", "range, RoundRobin", ""},
		{"assignor", "keep,range", "none of cooperative-sticky"},
		{"start", "wait -1s", "no time to wait"},
		{"partitions", "orders[0-5,7]@end-10, bills", ""},
		{"partitions", "orders[0", "do not match"},
		{"unacked", "forget", "keep, redeliver 5s, fail"},
	}
	for _, tt := range tests {
		k, ok := spec.Lookup(tt.key)
		require.True(t, ok)
		var s spec.Settings
		err := k.Set(&s, tt.text, "here")
		if tt.says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, tt.says, tt.key+" "+tt.text)
	}
	k, _ := spec.Lookup("group-id")
	require.ErrorContains(t, k.Set(&spec.Settings{}, []string{"a", "b"}, "here"), "one value, not a list")
}

func TestABareIntegerIsMilliseconds(t *testing.T) {
	t.Parallel()
	k, _ := spec.Lookup("ack-time")
	var s spec.Settings
	require.NoError(t, k.Set(&s, 1500, "here"))
	require.Equal(t, 1500*time.Millisecond, s.AckTime.V)
}

func TestDefaultsFollowTheMode(t *testing.T) {
	t.Parallel()
	for _, mode := range ackmode.All() {
		s := spec.WithDefaults(spec.Settings{AckMode: spec.Set(mode, "here")})
		row := mode.Row()
		require.Equal(t, row.When.Has(ackmode.Elapsed), s.AckTime.V == 5*time.Second, mode)
		require.Equal(t, row.Await, s.Commit.V == spec.Awaited, mode)
	}
	short := spec.WithDefaults(spec.Settings{MaxPollInterval: spec.Set(6*time.Second, "here")})
	require.Equal(t, 3*time.Second, short.RevokeTimeout.V, "half of max-poll-interval at most")
	require.Equal(t, 6*time.Second, short.HandlerTimeout.V)
}

func TestDefaultsPrinted(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.TrimLeft(`
bootstrap-servers: localhost:9092   # default
client-id: hearken                  # default
auto-offset-reset: latest           # default
isolation-level: read_committed     # default
group-protocol: classic             # default
assignor: cooperative-sticky        # default
max-poll-records: 500               # default
max-poll-interval: 5m               # default
ack-mode: BATCH                     # default
commit: pipelined                   # default
ack-scope: record                   # default
unacked: keep                       # default
async-acks: false                   # default
concurrency: 1                      # default
workers: 1                          # default
ordering: partition                 # default
commit-map: false                   # default
window: 10000                       # default
in-flight-records: 1000000          # default
in-flight-size: 67108864            # default
reader: poll                        # default
back-off.initial: 100ms             # default
back-off.max: 30s                   # default
back-off.multiplier: 2              # default
back-off.jitter: full               # default
max-attempts: 0                     # default
max-age: 0s                         # default
recover: hold                       # default
handler-timeout: 5m                 # default
on-hang: leaves                     # default
revoke-timeout: 10s                 # default
shutdown-timeout: 25s               # default
dead-letter.enabled: false          # default
retry-topics.delays: none           # default
start: background                   # default
on-fatal: listener                  # default
auth-exception-retry-interval: 30s  # default
auto-startup: true                  # default
`, "\n"), spec.Render(new(spec.WithDefaults(spec.Settings{}))))
}

func TestSecretsArePrintedAsSuch(t *testing.T) {
	t.Parallel()
	const canary = "hunter2"
	for _, name := range []string{
		"sasl.password", "sasl.username", "sasl.oauthbearer.client.secret", "ssl.key.pem", "ssl.key.password",
		"sasl.jaas.config", "my.API.Token", "SSL.KEYSTORE.PASSWORD",
	} {
		require.True(t, spec.IsSecret(name), name)
		require.NotContains(t, spec.Printable(name, canary), canary)
	}
	for _, name := range []string{"sasl.mechanisms", "fetch.min.bytes", "group-id", "security.protocol"} {
		require.False(t, spec.IsSecret(name), name)
	}
	require.Equal(t, "http://[redacted]@host:80/x", spec.Printable("any", "http://me:hunter2@host:80/x"))
	require.Equal(t, `"a\nb"`, spec.Printable("any", "a\nb"))
}

func TestASecretLeavesATextWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"user hunter2, xhunter2x": "user hunter2, xhunter2x",
		"u: unknown user u":       "[redacted]: unknown user [redacted]",
		"\"u\" is unsupported":    "\"[redacted]\" is unsupported",
	} {
		require.Equal(t, want, spec.Without(text, "u"))
	}
	require.Equal(t, "x[redacted]x", spec.Without("xhunter2x", "hunter2"))
	require.Equal(t, "text", spec.Without("text", ""))
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := make([]string, len(spec.Keys))
	for i, k := range spec.Keys {
		names[i] = k.Name
	}
	require.Equal(t, "ack-mode", spec.Nearest("ackMode", names))
	require.Equal(t, "concurrency", spec.Nearest("concurency", names))
	require.Empty(t, spec.Nearest("zzzzzz", names))
	require.Contains(t, spec.PropertyAdvice("fetch.min.byte"), "fetch.min.bytes")
	require.Contains(t, spec.PropertyAdvice("value.deserializer"), "factory.Codec")
}

// printedEveryWay is what a log or a debugger would show of v.
func printedEveryWay(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return fmt.Sprintf("%v %+v %#v %s", v, v, v, text)
}
