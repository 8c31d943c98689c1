package factory_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

type order struct{ ID string }

func on(id string, opts ...listener.Option) listener.Listener {
	return listener.On(id, func(context.Context, listener.Record[order]) error { return nil }, opts...)
}

func onAck(id string, opts ...listener.Option) listener.Listener {
	return listener.OnAck(id, func(context.Context, listener.Record[order], listener.Acknowledgment) error { return nil }, opts...)
}

func onBatch(id string, opts ...listener.Option) listener.Listener {
	return listener.OnBatch(id, func(context.Context, []listener.Record[order]) error { return nil }, opts...)
}

func onBatchAck(id string, opts ...listener.Option) listener.Listener {
	return listener.OnBatchAck(id, func(context.Context, []listener.Record[order], listener.BatchAcknowledgment) error { return nil }, opts...)
}

// yaml reads a configuration apart from the environment of the process.
func yaml(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.YAML([]byte(text)), config.Environ(environ...), config.Hostname("host-1"))
	require.NoError(t, err)
	return c
}

// one returns the spec of one listener.
func one(t *testing.T, text string, fs []factory.ContainerFactory, l listener.Listener) container.Spec {
	t.Helper()
	specs, err := factory.Specs(yaml(t, text), fs, []listener.Listener{l})
	require.NoError(t, err)
	require.Len(t, specs, 1)
	return specs[0]
}

func TestLayers(t *testing.T) {
	t.Parallel()
	code := []factory.ContainerFactory{factory.New("f", factory.Workers(3))}
	l := on("orders", listener.Topics("orders"), listener.Factory("f"))
	inline := on("orders", listener.Topics("orders"), listener.Factory("f"), factory.Workers(5))
	const kafka, entry, id = "kafka.listener.workers: 2\n", "kafka.factories.f.workers: 4\n", "kafka.listeners.orders.workers: 6\n"
	require.Equal(t, 1, one(t, "", nil, on("orders", listener.Topics("orders"))).Workers)
	require.Equal(t, 2, one(t, kafka, nil, on("orders", listener.Topics("orders"))).Workers)
	require.Equal(t, 3, one(t, kafka, code, l).Workers)
	require.Equal(t, 4, one(t, kafka+entry, code, l).Workers)
	require.Equal(t, 5, one(t, kafka+entry, code, inline).Workers)
	require.Equal(t, 6, one(t, kafka+entry+id, code, inline).Workers)
	specs, err := factory.Specs(yaml(t, kafka+entry+id, "KAFKA_LISTENERS_ORDERS_WORKERS=7"), code, []listener.Listener{inline})
	require.NoError(t, err)
	require.Equal(t, 7, specs[0].Workers, "the environment overrides the file at the same key")
}

// The environment makes no entry, and sets what a program has all the same.
func TestTheEnvironmentAloneSetsAListener(t *testing.T) {
	t.Parallel()
	cfg := yaml(t, "", "KAFKA_LISTENERS_ORDERS_CONCURRENCY=2", "KAFKA_LISTENERS_ORDERS_FACTORY=f", "KAFKA_LISTENERS_ORDERS_GROUP_ID=prod", "KAFKA_LISTENERS_ORDERS_AUTO_STARTUP=false")
	l := on("orders", listener.Topics("orders"), listener.GroupID("code"))
	specs, err := factory.Specs(cfg, []factory.ContainerFactory{factory.New("f", factory.Workers(3))}, []listener.Listener{l, on("other", listener.Topics("orders"))})
	require.NoError(t, err)
	s := specs[0]
	require.Equal(t, []any{2, "f", 3, "prod", false}, []any{s.Concurrency, s.Factory, s.Workers, s.Group, s.AutoStartup})
	require.Equal(t, []any{1, "", "other", true}, []any{specs[1].Concurrency, specs[1].Factory, specs[1].Group, specs[1].AutoStartup})
}

func TestAFactoryMayBeNamedInConfigurationOnly(t *testing.T) {
	t.Parallel()
	s := one(t, `
kafka:
  factories: {slow: {ack-mode: manual-immediate, unacked: redeliver 5s}}
  listeners: {refunds: {factory: slow, topics: "refunds, refunds-old"}}
`, nil, onAck("refunds", listener.Factory("whatever"), listener.Topics("x")))
	require.Equal(t, "slow", s.Factory)
	require.Equal(t, ackmode.ManualImmediate, s.AckMode)
	require.True(t, s.Await)
	require.Equal(t, 5*time.Second, s.Unacked.After)
	require.Equal(t, []string{"refunds", "refunds-old"}, s.Topics)
}

func TestGroups(t *testing.T) {
	t.Parallel()
	topic := listener.Topics("t")
	const consumer, id = "kafka.consumer.group-id: all\n", "kafka.listeners.a.group-id: own\n"
	require.Equal(t, "a", one(t, "", nil, on("a", topic)).Group)
	require.Equal(t, "all", one(t, consumer, nil, on("a", topic)).Group)
	require.Equal(t, "code", one(t, consumer, nil, on("a", topic, listener.GroupID("code"))).Group)
	require.Equal(t, "own", one(t, consumer+id, nil, on("a", topic, listener.GroupID("code"))).Group)
}

func TestPlaceholdersInCode(t *testing.T) {
	t.Parallel()
	text := "app: {orders: o1, many: [a, b]}"
	s := one(t, text, nil, on("a", listener.Topics("${app.orders:orders}", "${app.many}"), listener.GroupID("g-${hostname}")))
	require.Equal(t, []string{"o1", "a", "b"}, s.Topics)
	require.Equal(t, "g-host-1", s.Group)
}

func TestRandomGroups(t *testing.T) {
	t.Parallel()
	random := listener.GroupID("${random.uuid}")
	cfg := yaml(t, "")
	listeners := []listener.Listener{on("a", listener.Topics("t"), random), on("b", listener.Topics("t"), random, factory.AutoOffsetReset(factory.Earliest))}
	specs, err := factory.Specs(cfg, nil, listeners)
	require.NoError(t, err)
	require.NotEqual(t, specs[0].Group, specs[1].Group)
	require.NotContains(t, specs[0].Text, "warning")
	require.Contains(t, specs[1].Text, "reads everything again")
	again, err := factory.Specs(cfg, nil, listeners)
	require.NoError(t, err)
	require.Equal(t, specs[0].Group, again[0].Group, "one value per occurrence and process")
}

func TestWhatAnotherModeLeftBehind(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("f", factory.AckMode(ackmode.Count), factory.AckCount(100))}
	s := one(t, "kafka.listeners.a.ack-mode: time", fs, on("a", listener.Topics("t"), listener.Factory("f")))
	require.Equal(t, ackmode.Time, s.AckMode)
	require.Equal(t, 5*time.Second, s.AckTime)
	require.Contains(t, s.Text, "ack-count: 100 (code factory_test.go:")
	require.NotContains(t, s.Text, "\nack-count")
}

func TestAckTimeUnderManualIsPrintedAsWhatItIs(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, onAck("a", listener.Topics("t"), factory.AckMode(ackmode.Manual), factory.AckTime(10*time.Second)))
	require.Equal(t, 10*time.Second, s.AckTime)
	require.Contains(t, s.Text, "ack-time 10s is the longest that an acknowledged record stays uncommitted")
	require.Zero(t, one(t, "", nil, on("a", listener.Topics("t"))).AckTime)
}

func TestMiddlewareOfFactoriesStandsOutside(t *testing.T) {
	t.Parallel()
	var calls []string
	named := func(name string) listener.Middleware {
		return func(next listener.HandlerFunc) listener.HandlerFunc {
			return func(ctx context.Context, d *listener.Delivery) error {
				calls = append(calls, name)
				return next(ctx, d)
			}
		}
	}
	s := one(t, "", []factory.ContainerFactory{factory.New("f", factory.Use(named("1"), named("2")))},
		on("a", listener.Topics("t"), listener.Factory("f"), listener.Use(named("3")), factory.Use(named("4"))))
	require.NoError(t, s.Handler(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{{Value: []byte("{}")}}}))
	require.Equal(t, []string{"1", "2", "3", "4"}, calls)
}

func TestErrorHandlers(t *testing.T) {
	t.Parallel()
	require.IsType(t, errorhandler.Default{}, one(t, "", nil, on("a", listener.Topics("t"))).ErrorHandler)
	h := errorhandler.HandlerFunc(func(context.Context, errorhandler.Failure) errorhandler.Verdict { return errorhandler.Skip() })
	s := one(t, "", nil, on("a", listener.Topics("t"), factory.ErrorHandler(h)))
	require.Equal(t, errorhandler.KindSkip, s.ErrorHandler.Handle(t.Context(), errorhandler.Failure{}).Kind)
}

func TestOwnedPropertiesMayBeWrittenDown(t *testing.T) {
	t.Parallel()
	s := one(t, `
kafka:
  consumer: {enable-auto-commit: false, max-poll-interval: 60000, auto-offset-reset: none}
  properties:
    enable.auto.offset.store: false
    max.poll.interval.ms: 60000
    auto.offset.reset: error
    partition.assignment.strategy: range,roundrobin
`, nil, on("a", listener.Topics("t")))
	require.Contains(t, s.Text, "assignor: range,roundrobin ")
}

func TestOpenMakesAClient(t *testing.T) {
	t.Parallel()
	s := one(t, "kafka: {properties: {group.instance.id: x, sasl.password: hunter2}}", nil, on("a", listener.Topics("t"), factory.BootstrapServers("127.0.0.1:1")))
	c, err := s.Open(0, func(int, string, string) {})
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NotContains(t, s.Text, "hunter2")
}

func TestOptionsPrintThemselves(t *testing.T) {
	t.Parallel()
	f := factory.New("f", factory.AckMode(ackmode.Manual), factory.UnackedRedeliver(5*time.Second), factory.Property("sasl.password", "hunter2"), nil)
	require.Equal(t, "f", f.Name())
	require.Contains(t, f.Where(), "factory_test.go:")
	require.Equal(t, "ack-mode=MANUAL", f.Options()[0].String())
	require.Equal(t, "unacked=redeliver 5s", f.Options()[1].String())
	require.Equal(t, "properties.sasl.password=[redacted]", f.Options()[2].String())
}

func TestEffectiveSettingsPrinted(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("manual", factory.AckMode(ackmode.Manual), factory.AckScope(factory.Cumulative), factory.Concurrency(2))}
	l := onAck("refunds", listener.Topics("refunds"), listener.Factory("manual")).DeclaredAt("billing/main.go:9")
	got := one(t, `
app: {region: eu}
kafka:
  bootstrap-servers: broker:9092
  allow-insecure: true
  consumer: {auto-offset-reset: earliest, properties: {fetch.min.bytes: 1}}
  properties: {security.protocol: sasl_plaintext, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: hunter2}
  factories: {manual: {concurrency: 4}}
  listeners: {refunds: {group-id: "refunds-${app.region}"}}
`, fs, l).Text
	got = regexp.MustCompile(`_test\.go:\d+`).ReplaceAllString(got, "_test.go:LINE")
	golden := filepath.Join("testdata", "refunds.golden")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
