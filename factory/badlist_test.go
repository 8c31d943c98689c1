package factory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A bad entry is one mistake in a listener: in its YAML or in its options.
type bad struct {
	name    string
	yaml    string // inside kafka.listeners.ID
	opts    []listener.Option
	key     string // the last part of the fault's
	problem string
	fix     string
}

func with(opts ...listener.Option) []listener.Option { return opts }

var badList = []bad{
	{"no topics", "", with(listener.Topics()), "topics", "no topics", "listener.Topics"},
	{"empty topic", "topics: ['']", nil, "topics", "is empty", "1 to 249"},
	{"blank topic", "topics: [' ']", nil, "topics", `" "`, "1 to 249"},
	{"topic .", "topics: .", nil, "topics", `"."`, "1 to 249"},
	{"topic ..", "topics: ..", nil, "topics", `".."`, "1 to 249"},
	{"long topic", "topics: " + strings.Repeat("x", 250), nil, "topics", "can't be the name", "1 to 249"},
	{"illegal topic", "topics: re/funds", nil, "topics", `"re/funds"`, "letters"},
	{"topic twice", "topics: [t, t]", nil, "topics", "twice", "remove one"},
	{"bad pattern", "topics: ^(", nil, "topics", "not a pattern", "begins with ^"},
	{"topics and partitions", "topics: t, partitions: ['t[0]']", nil, "partitions", "beside topics (yaml:", "choose one"},
	{"partitions that overlap", "partitions: ['t[0-3]', 't[3]']", nil, "partitions", "t[3] is there twice", "remove one"},
	{"partitions of all and some", "", with(listener.Partitions("t", "1"), listener.Partitions("t", "*")), "partitions", "t[*] is there twice", "remove one"},
	{"partitions without a number", "", with(listener.Partitions("t", "x")), "partitions", "x", "orders[0-5,7]"},
	{"partitions backwards", "", with(listener.Partitions("t", "5-2")), "partitions", "5-2", "orders[0-5,7]"},
	{"partitions of nothing", "", with(listener.Partitions("", "1")), "partitions", "[1]", "orders[0-5,7]"},
	{"partitions of a pattern", "", with(listener.Partitions("^t.*", "1")), "partitions", "^t.*", ""},
	{"partitions of an illegal topic", "", with(listener.Partitions("a b", "1")), "partitions", `"a b"`, "name the topic"},
	{"two positions", "", with(listener.Partitions("t", "1", listener.FromBeginning(), listener.FromEnd(1))), "partitions", "no position", "orders"},
	{"a position before the log", "", with(listener.Partitions("t", "1", listener.FromOffset(-7))), "partitions", "no position", "orders"},
	{"partitions and broadcast", "broadcast: true", with(listener.Partitions("t", "1")), "partitions", "broadcast (yaml:", "remove broadcast"},
	{"broadcast without a reset", "broadcast: true, auto-offset-reset: none", nil, "auto-offset-reset", "random group", "earliest or latest"},
	{"random group without a reset", "", with(listener.GroupID("x-${random.uuid}"), factory.AutoOffsetReset(factory.None)), "auto-offset-reset", "random group", "earliest or latest"},
	{"unknown reset", "auto-offset-reset: sometimes", nil, "auto-offset-reset", "none of earliest", "latest"},
	{"empty group", "", with(listener.GroupID("")), "group-id", "is empty", "plain name"},
	{"blank group", "group-id: a b", nil, "group-id", "blanks", "plain name"},
	{"long group", "group-id: " + strings.Repeat("x", 250), nil, "group-id", "249", "plain name"},
	{"blank static id", "group-instance-id: a b", nil, "group-instance-id", "blanks", "plain name"},
	{"unknown factory", "factory: nobody", nil, "factory", `no factory "nobody"`, "factory.New"},
	{"unknown cluster", "cluster: nowhere", nil, "cluster", `no cluster "nowhere"`, "kafka.clusters"},
	{"an address that is a page", "bootstrap-servers: http://b:9092", nil, "bootstrap-servers", `"http://b:9092" is no address`, "host:port"},
	{"addresses with a semicolon", "bootstrap-servers: a:9092;b:9092", nil, "bootstrap-servers", "is no address", "with commas"},
	{"a port that is none", "bootstrap-servers: 'a:9092,b:port'", nil, "bootstrap-servers", `"b:port"`, "host:port"},
	{"no address", "bootstrap-servers: ','", nil, "bootstrap-servers", "is empty", "host:port"},
	{"a mechanism of nobody", "security.protocol: SASL_SSL, sasl: {mechanism: SCRAM-512, username: u, password: p}", nil, "properties.sasl.mechanism", "no mechanism SCRAM-512", "SCRAM-SHA-512"},
	{"SASL without a mechanism", "security.protocol: SASL_SSL, sasl: {username: u, password: p}", nil, "properties.security.protocol", "needs sasl.mechanism", "SCRAM-SHA-512"},
	{"no file of certificates", "security.protocol: SSL, ssl.trust-store-location: /no/such/ca.pem", nil, "properties.ssl.ca.location", "no such file", "may read"},
	{"concurrency 0", "concurrency: 0", nil, "concurrency", "out of range", "from 1 to 1000"},
	{"negative concurrency", "concurrency: -1", nil, "concurrency", "out of range", "from 1 to 1000"},
	{"huge concurrency", "concurrency: 100000", nil, "concurrency", "out of range", "from 1 to 1000"},
	{"workers 0", "", with(factory.Workers(0)), "workers", "out of range", "from 1"},
	{"max-poll-records 0", "max-poll-records: 0", nil, "max-poll-records", "out of range", "from 1"},
	{"huge max-poll-records", "max-poll-records: 1000000", nil, "max-poll-records", "out of range", "100000"},
	{"ack-count 0", "ack-mode: count, ack-count: 0", nil, "ack-count", "out of range", "from 1"},
	{"ack-time 0", "ack-mode: time, ack-time: 0", nil, "ack-time", "out of range", "from 1ms"},
	{"ack-count under BATCH", "ack-count: 5", nil, "ack-count", "BATCH", "COUNT and COUNT_TIME"},
	{"ack-time under RECORD", "ack-mode: record, ack-time: 5s", nil, "ack-time", "RECORD", "TIME, COUNT_TIME"},
	{"a mode for acknowledgments", "ack-mode: manual", nil, "ack-mode", "no acknowledgment", "OnAck"},
	{"unknown mode", "ack-mode: now", nil, "ack-mode", "now", "marks are committed"},
	{"a mode that there is not", "", with(factory.AckMode(ackmode.Mode(99))), "ack-mode", "none of its values", "BATCH"},
	{"drain as long as the poll interval", "max-poll-interval: 60s, revoke-timeout: 60s", nil, "revoke-timeout", "more than half", "30s or less"},
	{"session over the poll interval", "max-poll-interval: 30s", nil, "max-poll-interval", "session.timeout.ms", "raise it"},
	{"heartbeat", "properties: {session.timeout.ms: 6000}", nil, "properties.heartbeat.interval.ms", "a third", "lower it"},
	{"handler-timeout 0", "handler-timeout: 0", nil, "handler-timeout", "out of range", "from 1ms"},
	{"shutdown-timeout 0", "shutdown-timeout: 0", nil, "shutdown-timeout", "out of range", "from 1ms"},
	{"negative idle interval", "idle-event-interval: -1s", nil, "idle-event-interval", "out of range", "from 0s"},
	{"negative partition idle interval", "", with(factory.IdlePartitionEventInterval(-1)), "idle-partition-event-interval", "out of range", "from 0s"},
	{"auth retry 0", "auth-exception-retry-interval: 0", nil, "auth-exception-retry-interval", "out of range", "from 1ms"},
	{"unknown start", "start: eventually", nil, "start", "background", "wait"},
	{"a start that waits for no time", "", with(factory.StartWait(0)), "start", "none of its values", "wait 30s"},
	{"unknown on-fatal", "on-fatal: panic", nil, "on-fatal", "listener, app", "app"},
	{"an on-fatal that there is not", "", with(factory.OnFatal(9)), "on-fatal", "none of its values", "app"},
	{"unknown isolation", "", with(factory.IsolationLevel("some")), "isolation-level", "some", "read_uncommitted"},
	{"unknown protocol", "", with(factory.GroupProtocol("share")), "group-protocol", "share", "classic, consumer"},
	{"unknown assignor", "assignor: sticky", nil, "assignor", "cooperative-sticky", "keep"},
	{"unknown assignor in code", "", with(factory.Assignor("sticky")), "assignor", "cooperative-sticky", "keep"},
	{"eager and cooperative", "assignor: 'range,cooperative-sticky'", nil, "assignor", "mixes", "choose"},
	{"assignor with KIP-848", "group-protocol: consumer, assignor: range", nil, "assignor", "group-protocol consumer (yaml:", "classic"},
	{"session with KIP-848", "group-protocol: consumer, properties: {session.timeout.ms: 45000}", nil, "properties.session.timeout.ms", "group-protocol consumer (yaml:", "classic"},
	{"heartbeat with KIP-848", "", with(factory.Property("heartbeat.interval.ms", "3000"), factory.GroupProtocol("consumer")), "properties.heartbeat.interval.ms", "group-protocol consumer", "classic"},
	{"auto commit", "properties: {enable.auto.commit: true}", nil, "properties.enable.auto.commit", "owns", "write false"},
	{"auto offset store", "properties: {enable.auto.offset.store: true}", nil, "properties.enable.auto.offset.store", "owns", "write false"},
	{"unknown property", "properties: {fetch.min.byts: 1}", nil, "properties.fetch.min.byts", "no such property", "did you mean fetch.min.bytes?"},
	{"property of a wrong type", "properties: {fetch.min.bytes: many}", nil, "properties.fetch.min.bytes", "refuses", "CONFIGURATION"},
	{"unknown key", "concurency: 3", nil, "concurency", "", "did you mean concurrency?"},
	{"unresolved placeholder", "group-id: '${nobody.knows}'", nil, "group-id", "${nobody.knows}", "default"},
	{"unresolved placeholder in code", "", with(listener.Topics("${nobody.knows}")), "topics", "${nobody.knows}", "default"},
	{"unresolved placeholder in partitions", "", with(listener.Partitions("${nobody.knows}", "1")), "partitions", "${nobody.knows}", "default"},
	{"a secret instead of a file", "properties: {ssl.key.location: '-----BEGIN hunter2'}", nil, "properties.ssl.key.location", "name of a file", "properties.ssl.key.pem"},
	{"PLAIN in the clear", "properties: {security.protocol: sasl_plaintext, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: hunter2}", with(factory.BootstrapServers("broker:9092")), "properties.security.protocol", "in the clear", "allow-insecure: true"},
	{"no verification", "properties: {enable.ssl.certificate.verification: false}", nil, "properties.enable.ssl.certificate.verification", "strangers", "allow-insecure: true"},
	{"no host names", "properties: {ssl.endpoint.identification.algorithm: none}", nil, "properties.ssl.endpoint.identification.algorithm", "strangers", "allow-insecure: true"},
	{"nil codec", "", with(factory.Codec(nil)), "codec", "is nil", "remove"},
}

// listenersOf makes a listener of each entry, and the YAML of all of them;
// entry i is in line i + 3.
func listenersOf(entries []bad) (text string, all []listener.Listener) {
	text = "kafka:\n  listeners:\n"
	for i, e := range entries {
		id := fmt.Sprintf("l%02d", i)
		text += "    " + id + ": {" + e.yaml + "}\n"
		opts := e.opts
		if !subscribes(e) {
			opts = append(with(topic), opts...)
		}
		all = append(all, on(id, opts...))
	}
	return text, all
}

func subscribes(e bad) bool {
	for _, o := range e.opts {
		if strings.HasPrefix(o.String(), "listener.Topics") || strings.HasPrefix(o.String(), "listener.Partitions") {
			return true
		}
	}
	return strings.Contains(e.yaml, "topics:") || strings.Contains(e.yaml, "partitions:")
}

// faultsOf returns everything that is wrong with entries.
func faultsOf(t *testing.T, entries []bad) []*factory.Fault {
	t.Helper()
	text, all := listenersOf(entries)
	cfg, _ := config.Load(config.YAML([]byte(text)), config.Environ(), config.Hostname("host-1")) // Specs reports its faults, too
	specs, err := factory.Specs(cfg, nil, all)
	require.Error(t, err)
	require.Empty(t, specs)
	require.NotContains(t, err.Error(), "hunter2")
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok)
	var out []*factory.Fault
	for _, e := range joined.Unwrap() {
		f, ok := e.(*factory.Fault)
		require.True(t, ok, "%v", e)
		require.NotEmpty(t, f.Fix, "a fault without a way out: %v", f)
		out = append(out, f)
	}
	return out
}

// requireFault finds the fault of entry i.
func requireFault(t *testing.T, faults []*factory.Fault, e bad, i int) {
	t.Helper()
	places := []string{fmt.Sprintf("yaml:%d", i+3), "code badlist_test.go:"}
	for _, f := range faults {
		inPlace := f.Origin == places[0] || strings.HasPrefix(f.Origin, places[1])
		atKey := f.Key == e.key || strings.HasSuffix(f.Key, "."+e.key)
		if inPlace && atKey && strings.Contains(f.Problem, e.problem) && strings.Contains(f.Fix, e.fix) {
			return
		}
	}
	t.Errorf("%s: no fault of %s at %v says %q and %q:\n%v", e.name, e.key, places, e.problem, e.fix, faults)
}

func TestBadList(t *testing.T) {
	t.Parallel()
	for _, e := range badList {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			requireFault(t, faultsOf(t, []bad{e}), e, 0)
		})
	}
}

func TestTheWholeBadListAtOnce(t *testing.T) {
	t.Parallel()
	alone := 0
	for _, e := range badList {
		alone += len(faultsOf(t, []bad{e}))
	}
	faults := faultsOf(t, badList)
	for i, e := range badList {
		requireFault(t, faults, e, i)
	}
	require.Len(t, faults, alone, "no mistake hides another one")
}

func TestAFaultOfAllIsSaidOnceAndInNobodysName(t *testing.T) {
	t.Parallel()
	const text = `
kafka:
  consumer: {max-poll-interval: 30s}
  listener: {concurrency: 0}
  properties: {fetch.min.byts: 1, enable.ssl.certificate.verification: false}
  factories: {f: {}, g: {}}
`
	_, err := factory.Specs(yaml(t, text), nil, []listener.Listener{on("a", topic), on("b", topic, listener.Factory("f"))})
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	require.Len(t, joined.Unwrap(), 4, "%v", err)
	for _, e := range joined.Unwrap() {
		f, ok := e.(*factory.Fault)
		require.True(t, ok)
		require.Empty(t, f.Subject, "%v", f)
		require.Regexp(t, `^yaml:[345]$`, f.Origin)
	}
}
