package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
)

// load reads a text without the environment of the process.
func load(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.YAML([]byte(text)), config.Environ(environ...), config.Hostname("host-1"))
	require.NoError(t, err)
	return c
}

func TestTheConfigurationOfTheDesign(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  bootstrap-servers: ${KAFKA_BROKERS:localhost:9092}
  consumer: {auto-offset-reset: earliest, enable-auto-commit: false, properties: {fetch.min.bytes: 1}}
  listener: {ack-mode: batch, concurrency: 3}
  factories: {slow: {ack-mode: manual-immediate, concurrency: 1}}
  listeners: {refunds: {factory: slow, group-id: "refunds-${hostname}", auto-startup: false}}
`)
	k := c.Kafka()
	require.Equal(t, "localhost:9092", k.BootstrapServers.V)
	require.Equal(t, "yaml:3", k.BootstrapServers.Origin)
	require.Equal(t, ackmode.Batch, k.AckMode.V)
	require.Equal(t, 3, k.Concurrency.V)
	require.Equal(t, "1", k.Properties["fetch.min.bytes"].V)
	require.Equal(t, "false", k.Properties["enable.auto.commit"].V)
	slow, ok := c.Factory("slow")
	require.True(t, ok)
	require.Equal(t, ackmode.ManualImmediate, slow.AckMode.V)
	refunds, ok := c.Listener("refunds")
	require.True(t, ok)
	require.Equal(t, "refunds-host-1", refunds.GroupID.V)
	require.True(t, c.Volatile("refunds-host-1").Hostname)
	require.Equal(t, []config.Entry{{Name: "refunds", Origin: "yaml:7"}}, c.Listeners())
}

func TestFlatKeys(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka.listener.ack-mode: time
kafka.properties.fetch.min.bytes: 5
kafka.consumer: {properties.fetch.max.bytes: 6}
kafka:
  properties: {ssl: {ca: {location: /ca}}}
  listeners.orders.v1.factory: slow
  listeners: {"pay.v2": {concurrency: 2}, pay.v3.properties.a.b: c}
kafka.listeners.refunds: {workers: 4}
`)
	k := c.Kafka()
	require.Equal(t, ackmode.Time, k.AckMode.V)
	require.Equal(t, "5", k.Properties["fetch.min.bytes"].V)
	require.Equal(t, "6", k.Properties["fetch.max.bytes"].V)
	require.Equal(t, "/ca", k.Properties["ssl.ca.location"].V)
	for id, want := range map[string]string{"orders.v1": "slow"} {
		s, ok := c.Listener(id)
		require.True(t, ok)
		require.Equal(t, want, s.Factory.V)
	}
	s, _ := c.Listener("pay.v2")
	require.Equal(t, 2, s.Concurrency.V)
	s, _ = c.Listener("pay.v3")
	require.Equal(t, "c", s.Properties["a.b"].V)
	s, _ = c.Listener("refunds")
	require.Equal(t, 4, s.Workers.V)
}

func TestEnvironmentWins(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  listener: {ack-mode: batch}
  listeners: {refunds-eu: {factory: slow, workers: 2}}
`,
		"KAFKA_LISTENER_ACK_MODE=MANUAL", "KAFKA_BOOTSTRAP_SERVERS=b:1", "KAFKA_BOOTSTRAPSERVERS_X=nobody",
		"KAFKA_CONSUMER_GROUP_ID=billing", "KAFKA_LISTENERS_REFUNDS_EU_FACTORY=fast",
		"KAFKA_LISTENERS_ORDERS_MAX_POLL_INTERVAL=10s", "KAFKA_PROPERTIES_SASL_PASSWORD=a${b",
		"KAFKA_PORT=tcp://10.0.0.1:9092", "KAFKA_LISTENERS=PLAINTEXT://:9092", "KAFKA_SERVICE_HOST=10.0.0.1",
		"KAFKA_FACTORIES_BIG_CONCURRENCY=9")
	k := c.Kafka()
	require.Equal(t, ackmode.Manual, k.AckMode.V)
	require.Equal(t, "env KAFKA_LISTENER_ACK_MODE", k.AckMode.Origin)
	require.Equal(t, "b:1", k.BootstrapServers.V)
	require.Equal(t, "billing", k.GroupID.V)
	require.Equal(t, "a${b", k.Properties["sasl.password"].V, "a password is no template")
	s, _ := c.Listener("refunds-eu")
	require.Equal(t, "fast", s.Factory.V)
	require.Equal(t, 2, s.Workers.V)
	s, ok := c.Listener("orders")
	require.False(t, ok, "only files make entries")
	require.Equal(t, 10*time.Second, s.MaxPollInterval.V)
	big, _ := c.Factory("big")
	require.Equal(t, 9, big.Concurrency.V)
	require.Empty(t, c.Factories())
	require.Len(t, c.Listeners(), 1)
}

func TestValuesKeepTheirSpelling(t *testing.T) {
	t.Parallel()
	c := load(t, "base: &b {fetch.min.bytes: 010}\nkafka: {properties: {<<: *b, sasl.password: 0123, sasl.username: 1e3}}")
	p := c.Kafka().Properties
	require.Equal(t, "0123", p["sasl.password"].V)
	require.Equal(t, "1e3", p["sasl.username"].V)
	require.Equal(t, "010", p["fetch.min.bytes"].V)
}

func TestFilesAreFoundAndMerged(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	write("application.yaml", "kafka: {client-id: a, consumer: {group-id: a}, listener: {workers: 1}}")
	write("hearken.yaml", "kafka: {consumer: {group-id: b}, listener: {workers: 2}}")
	write("config/hearken.yaml", "kafka:\n  listener: {workers: 3}")
	write("config/hearken-prod.yaml", "kafka:\n\n  listener: {workers: 4}")
	c, err := config.Load(config.Environ())
	require.NoError(t, err)
	require.Equal(t, []any{"a", "b", 3}, []any{c.Kafka().ClientID.V, c.Kafka().GroupID.V, c.Kafka().Workers.V})
	require.Equal(t, "config/hearken.yaml:2", c.Kafka().Workers.Origin)
	c, err = config.Load(config.Environ("HEARKEN_PROFILES=test, prod"))
	require.NoError(t, err)
	require.Equal(t, "config/hearken-prod.yaml:3", c.Kafka().Workers.Origin)
	c, err = config.Load(config.Environ("HEARKEN_CONFIG=" + filepath.Join(dir, "hearken.yaml")))
	require.NoError(t, err)
	require.Equal(t, 2, c.Kafka().Workers.V)
	require.False(t, c.Kafka().ClientID.IsSet(), "a named file replaces the search")
	_, err = config.Load(config.File("absent.yaml"), config.Environ())
	require.ErrorIs(t, err, config.ErrSyntax)
	require.ErrorContains(t, err, "absent.yaml")
}

func TestMapsWithGoValues(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Environ(), config.Map(map[string]any{
		"kafka.listener":    map[string]any{"ack-mode": ackmode.CountTime, "ack-time": 10 * time.Second, "ack-count": 5},
		"kafka.listeners.a": map[string]any{"topics": []string{"x", "y"}, "auto-startup": false},
	}))
	require.NoError(t, err)
	require.Equal(t, ackmode.CountTime, c.Kafka().AckMode.V)
	require.Equal(t, 10*time.Second, c.Kafka().AckTime.V)
	a, _ := c.Listener("a")
	require.Equal(t, []string{"x", "y"}, a.Topics.V)
	_, err = config.Load(config.Environ(), config.Map(map[string]any{"app": func() {}}))
	require.ErrorIs(t, err, config.ErrSyntax)
}

func TestNothingPrintsValues(t *testing.T) {
	t.Parallel()
	c := load(t, "kafka: {properties: {sasl.password: hunter2}}")
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", c, c, c, c), "hunter2")
	_, err := json.Marshal(c)
	require.Error(t, err)
}

func TestANilConfigSaysNothing(t *testing.T) {
	t.Setenv("HEARKEN_TEST_NAME", "x")
	var c *config.Config
	require.Empty(t, c.Listeners())
	require.Empty(t, c.Factories())
	require.Empty(t, c.Faults())
	out, err := c.Expand("${HEARKEN_TEST_NAME}-${no:default}", "code main.go:1")
	require.NoError(t, err)
	require.Equal(t, "x-default", out)
}
