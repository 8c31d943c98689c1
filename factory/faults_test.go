package factory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

var topic = listener.Topics("t")

func TestBadSettings(t *testing.T) {
	t.Parallel()
	const here = "(code faults_test.go:"
	tests := []struct {
		name      string
		text      string
		factories []factory.ContainerFactory
		l         listener.Listener
		is        error
		says      []string // key, place, way out
	}{
		{"unknown factory", "", []factory.ContainerFactory{factory.New("manual")}, on("a", topic, listener.Factory("manul")), factory.ErrUnknownFactory, []string{`listener "a" (factory/factory_test.go:`, "factory " + here, "did you mean manual?"}},
		{"unknown factory, none there", "", nil, on("a", topic, listener.Factory("x")), factory.ErrUnknownFactory, []string{"no factory at all", "factory.New"}},
		{"unknown factory, by configuration", "kafka:\n  listeners:\n    a: {factory: slwo}\n  factories: {slow: {}}", nil, on("a", topic), factory.ErrUnknownFactory, []string{"(yaml:3)", "did you mean slow?"}},
		{"duplicate factory", "", []factory.ContainerFactory{factory.New("f"), factory.New("f")}, on("a", topic), factory.ErrDuplicateFactory, []string{`factory "f" (faults_test.go:`, "another name"}},
		{"factory without a name", "", []factory.ContainerFactory{factory.New(" ")}, on("a", topic), factory.ErrInvalidSetting, []string{"the name is empty"}},
		{"unknown listener", "kafka:\n  listeners:\n    orders: {workers: 2}", nil, on("order", topic), factory.ErrUnknownListener, []string{"kafka.listeners.orders (yaml:3)", "did you mean order?"}},
		{"listener without an id", "", nil, on("", topic), factory.ErrInvalidSetting, []string{"the id is empty"}},
		{"zero listener", "", nil, listener.Listener{}, factory.ErrInvalidSetting, []string{"the id is empty"}},
		{"nil handler", "", nil, listener.On[string, order]("a", nil, topic), factory.ErrInvalidSetting, []string{"nil"}},

		{"OnAck under BATCH", "", []factory.ContainerFactory{factory.New("m", factory.AckMode(ackmode.Manual)), factory.New("b")}, onAck("a", topic), factory.ErrContradiction, []string{`listener "a" (factory/factory_test.go:`, "ack-mode (default)", `factories that fit: "m"`, "declare the listener with On"}},
		{"On under MANUAL", "kafka:\n  listener:\n    ack-mode: manual", []factory.ContainerFactory{factory.New("rec", factory.AckMode(ackmode.Record))}, on("a", topic), factory.ErrContradiction, []string{"ack-mode (yaml:3)", "with OnAck", `factories that fit: "rec"`}},
		{"OnBatch under MANUAL_IMMEDIATE", "", nil, onBatch("a", topic, factory.AckMode(ackmode.ManualImmediate)), factory.ErrContradiction, []string{"ack-mode " + here, "with OnBatchAck", "none yet"}},
		{"OnBatchAck under COUNT", "", nil, onBatchAck("a", topic, factory.AckMode(ackmode.Count)), factory.ErrContradiction, []string{"COUNT", "with OnBatch"}},
		{"OnMessage under MANUAL", "kafka.listener.ack-mode: manual", nil, listener.OnMessage("a", func(context.Context, *kafka.Message) error { return nil }, topic), factory.ErrContradiction, []string{"OnMessage gives it no acknowledgment", "with OnMessageAck"}},
		{"RECORD with a batch", "", nil, onBatch("a", topic, factory.AckMode(ackmode.Record)), factory.ErrContradiction, []string{"RECORD", "choose BATCH"}},
		{"batch factory, record listener", "", []factory.ContainerFactory{factory.New("b", factory.Batch(true))}, on("a", topic, listener.Factory("b")), factory.ErrContradiction, []string{"batch " + here, "OnBatch"}},
		{"batch-size for single records", "kafka:\n  listener:\n    batch-size: 10", nil, on("a", topic), factory.ErrContradiction, []string{"batch-size (yaml:3)", "On takes single records", "declare the listener with OnBatch,", "only batch listeners use"}},
		{"batch-linger for single records", "", []factory.ContainerFactory{factory.New("f", factory.AckMode(ackmode.Manual))}, onAck("a", topic, listener.Factory("f"), factory.BatchLinger(time.Second)), factory.ErrContradiction, []string{"batch-linger " + here, "with OnBatchAck"}},
		{"batch-size", "", nil, onBatch("a", topic, factory.BatchSize(0)), factory.ErrInvalidSetting, []string{"batch-size " + here, "choose from 1 to"}},
		{"batch-linger", "", nil, onBatch("a", topic, factory.BatchLinger(2*time.Hour)), factory.ErrInvalidSetting, []string{"batch-linger " + here, "from 0s to 1h"}},
		{"a batch beyond the window", "kafka.listener.window: 100", nil, onBatch("a", topic, factory.BatchSize(101)), factory.ErrContradiction, []string{"window (yaml:1)", "a batch of 101 (batch-size, code", "raise window"}},
		{"record factory, batch listener", "kafka.factories.r.batch: false", nil, onBatch("a", topic, listener.Factory("r")), factory.ErrContradiction, []string{"batch (yaml:1)", "with On,"}},

		{"ack-count under BATCH", "kafka:\n  listener:\n    ack-count: 5", nil, on("a", topic), factory.ErrContradiction, []string{"ack-count (yaml:3)", "COUNT and COUNT_TIME"}},
		{"ack-count under TIME", "", []factory.ContainerFactory{factory.New("f", factory.AckMode(ackmode.Time), factory.AckCount(5))}, on("a", topic, listener.Factory("f")), factory.ErrContradiction, []string{`factory "f"`, "ack-count " + here}},
		{"ack-time under RECORD", "", nil, on("a", topic, factory.AckMode(ackmode.Record), factory.AckTime(time.Second)), factory.ErrContradiction, []string{"ack-time " + here, "TIME, COUNT_TIME"}},
		{"ack-time under COUNT", "", nil, on("a", topic, factory.AckMode(ackmode.Count), factory.AckTime(time.Second)), factory.ErrContradiction, []string{"ack-time"}},
		{"ack-time under MANUAL_IMMEDIATE", "", nil, onAck("a", topic, factory.AckMode(ackmode.ManualImmediate), factory.AckTime(time.Second)), factory.ErrContradiction, []string{"ack-time"}},
		{"cumulative under BATCH", "", nil, on("a", topic, factory.AckScope(factory.Cumulative)), factory.ErrContradiction, []string{"ack-scope " + here, "MANUAL"}},
		{"unacked under BATCH", "", nil, on("a", topic, factory.UnackedFail()), factory.ErrContradiction, []string{"unacked " + here, "MANUAL"}},
		{"async-acks under BATCH", "", nil, on("a", topic, factory.AsyncAcks(true)), factory.ErrContradiction, []string{"async-acks " + here, "MANUAL"}},
		{"revoke-timeout", "kafka.consumer.max-poll-interval: 60s", nil, on("a", topic, factory.RevokeTimeout(time.Minute)), factory.ErrContradiction, []string{"revoke-timeout " + here, "max-poll-interval, 1m0s (yaml:1)", "choose 30s or less"}},
		{"session over max-poll-interval", "kafka:\n  consumer: {max-poll-interval: 30s}", nil, on("a", topic), factory.ErrContradiction, []string{"max-poll-interval (yaml:2)", "session.timeout.ms"}},
		{"heartbeat", "kafka:\n  properties: {session.timeout.ms: 6000}", nil, on("a", topic), factory.ErrContradiction, []string{"heartbeat.interval.ms (yaml:2)", "a third"}},
		{"random group without reset", "", nil, on("a", topic, listener.GroupID("x-${random.uuid}"), factory.AutoOffsetReset(factory.None)), factory.ErrContradiction, []string{"auto-offset-reset " + here, "choose earliest or latest"}},

		{"concurrency 0", "", nil, on("a", topic, factory.Concurrency(0)), factory.ErrInvalidSetting, []string{"concurrency " + here, "from 1 to 1000"}},
		{"concurrency absurd", "kafka.listener.concurrency: 100000", nil, on("a", topic), factory.ErrInvalidSetting, []string{"concurrency (yaml:1)", "from 1 to 1000"}},
		{"workers negative", "", nil, on("a", topic, factory.Workers(-1)), factory.ErrInvalidSetting, []string{"workers"}},
		{"ack-count 0", "", nil, on("a", topic, factory.AckMode(ackmode.Count), factory.AckCount(0)), factory.ErrInvalidSetting, []string{"ack-count"}},
		{"ack-time 0", "", nil, on("a", topic, factory.AckMode(ackmode.Time), factory.AckTime(0)), factory.ErrInvalidSetting, []string{"ack-time", "from 1ms"}},
		{"max-poll-records 0", "", nil, on("a", topic, factory.MaxPollRecords(0)), factory.ErrInvalidSetting, []string{"max-poll-records"}},
		{"shutdown-timeout 0", "", nil, on("a", topic, factory.ShutdownTimeout(0)), factory.ErrInvalidSetting, []string{"shutdown-timeout " + here}},
		{"handler-timeout 0", "", nil, on("a", topic, factory.HandlerTimeout(0)), factory.ErrInvalidSetting, []string{"handler-timeout " + here}},
		{"mode that there is not", "", nil, on("a", topic, factory.AckMode(99)), factory.ErrInvalidSetting, []string{"ack-mode " + here, "none of its values"}},
		{"zero commit style", "", nil, on("a", topic, factory.Commit(0)), factory.ErrInvalidSetting, []string{"commit " + here, "awaited"}},
		{"delay in the past", "", nil, onAck("a", topic, factory.AckMode(ackmode.Manual), factory.UnackedRedeliver(-1)), factory.ErrInvalidSetting, []string{"unacked " + here}},
		{"nil codec", "", nil, on("a", topic, factory.Codec(nil)), factory.ErrInvalidSetting, []string{"codec " + here, "is nil"}},
		{"nil error handler", "", nil, on("a", topic, factory.ErrorHandler(nil)), factory.ErrInvalidSetting, []string{"error-handler " + here}},
		{"nil middleware", "", nil, on("a", topic, listener.Use(nil)), factory.ErrInvalidSetting, []string{"middleware 1 is nil"}},

		{"no topics", "", nil, on("a"), factory.ErrInvalidSetting, []string{"topics", "listener.Topics"}},
		{"empty topic", "", nil, on("a", listener.Topics("")), factory.ErrInvalidSetting, []string{"topics " + here, "is empty"}},
		{"illegal topic", "", nil, on("a", listener.Topics("re funds")), factory.ErrInvalidSetting, []string{`"re funds"`}},
		{"dots", "", nil, on("a", listener.Topics("..")), factory.ErrInvalidSetting, []string{`".."`}},
		{"long topic", "", nil, on("a", listener.Topics(strings.Repeat("x", 250))), factory.ErrInvalidSetting, []string{"249"}},
		{"topic twice", "", nil, on("a", listener.Topics("x", "x")), factory.ErrInvalidSetting, []string{"twice"}},
		{"bad pattern", "", nil, on("a", listener.Topics("^(")), factory.ErrInvalidSetting, []string{"not a pattern"}},
		{"empty group", "", nil, on("a", topic, listener.GroupID("")), factory.ErrInvalidSetting, []string{"group-id " + here, "is empty"}},
		{"illegal group", "kafka.consumer.group-id: a b", nil, on("a", topic), factory.ErrInvalidSetting, []string{"group-id (yaml:1)", "blanks"}},
		{"unresolved topic", "", nil, on("a", listener.Topics("${nobody}")), factory.ErrUnresolved, []string{"topics " + here, "${nobody}", "default"}},

		{"auto commit", "kafka:\n  consumer: {enable-auto-commit: true}", nil, on("a", topic), factory.ErrContradiction, []string{"enable.auto.commit (yaml:2)", "write false"}},
		{"auto offset store", "", nil, on("a", topic, factory.Property("enable.auto.offset.store", "true")), factory.ErrContradiction, []string{"properties.enable.auto.offset.store " + here}},
		{"group.id as a property", "kafka.properties.group.id: x", nil, on("a", topic), factory.ErrContradiction, []string{"group.id (yaml:1)", "set group-id"}},
		{"interval as a property", "kafka.properties.max.poll.interval.ms: 1000", nil, on("a", topic), factory.ErrContradiction, []string{`"300000"`, "set max-poll-interval"}},
		{"property of the wrapper", "kafka.properties.go.events.channel.size: 1", nil, on("a", topic), factory.ErrUnknownProperty, []string{"remove it"}},
		{"unknown property", "kafka:\n  properties: {fetch.min.byts: 1}", nil, on("a", topic), factory.ErrUnknownProperty, []string{"fetch.min.byts (yaml:2)", "did you mean fetch.min.bytes?"}},
		{"property of Java", "", nil, on("a", topic, factory.Property("value.deserializer", "x")), factory.ErrUnknownProperty, []string{"factory.Codec"}},
		{"property out of range", "kafka.properties.fetch.min.bytes: -5", nil, on("a", topic), factory.ErrInvalidSetting, []string{"fetch.min.bytes (yaml:1)"}},
		{"property of a wrong type", "kafka.properties.security.protocol: tls", nil, on("a", topic), factory.ErrInvalidSetting, []string{"security.protocol (yaml:1)"}},
		{"zero byte", "", nil, on("a", topic, factory.Property("client.rack", "a\x00b")), factory.ErrInvalidSetting, []string{"zero byte"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			specs, err := factory.Specs(yaml(t, tt.text), tt.factories, []listener.Listener{tt.l})
			require.ErrorIs(t, err, tt.is)
			require.Empty(t, specs)
			for _, s := range tt.says {
				require.ErrorContains(t, err, s)
			}
		})
	}
}

func TestDuplicateListeners(t *testing.T) {
	t.Parallel()
	_, err := factory.Specs(yaml(t, ""), nil, []listener.Listener{on("a", topic), on("a", topic)})
	require.ErrorIs(t, err, factory.ErrDuplicateListener)
	require.ErrorContains(t, err, "is taken by the listener at factory/factory_test.go:")
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.Environ(), config.YAML([]byte(`
kafka:
  listener: {ack-mod: batch}
  properties: {fetch.min.byts: 1, fetch.max.byts: 2, sasl.passwort: hunter2}
  listeners: {nobody: {}}
`)))
	require.Error(t, err)
	_, err = factory.Specs(cfg,
		[]factory.ContainerFactory{factory.New("f", factory.Workers(0))},
		[]listener.Listener{
			onAck("a", topic, listener.Factory("f")), onAck("b", topic, listener.Factory("f")), on("c"), on("d", topic, listener.Factory("g")),
		})
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	require.Len(t, joined.Unwrap(), 10, "one of the file, one of the factory, three properties, two shapes, topics, factory, listener:\n%v", err)
	for _, is := range []error{
		config.ErrUnknownKey, factory.ErrInvalidSetting, factory.ErrUnknownProperty, factory.ErrContradiction,
		factory.ErrUnknownFactory, factory.ErrUnknownListener,
	} {
		require.ErrorIs(t, err, is)
	}
	require.NotContains(t, err.Error(), "hunter2")
	var f *factory.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, "yaml:3", f.Origin)
}

func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	const canary = "hunter2"
	l := on("a", topic,
		factory.Property("sasl.password", "${X"+canary+"}"), factory.Property("my.secret.thing", canary),
		factory.Property("ssl.key.pem", canary), factory.Property("security.protocol", "ssl"),
		factory.BootstrapServers("http://me:"+canary+"@host with blanks"))
	_, err := factory.Specs(yaml(t, ""), nil, []listener.Listener{l})
	require.ErrorIs(t, err, factory.ErrUnresolved)
	require.NotContains(t, err.Error(), canary)
}

func TestANilConfigIsNone(t *testing.T) {
	t.Setenv("KAFKA_LISTENER_WORKERS", "many")
	specs, err := factory.Specs(nil, nil, []listener.Listener{on("a", topic)})
	require.NoError(t, err)
	require.Equal(t, 1, specs[0].Workers)
	require.NoError(t, specs[0].Handler(context.Background(), &listener.Delivery{Records: []*listener.RawRecord{{Value: []byte("{}")}}}))
}
