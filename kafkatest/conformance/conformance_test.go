package conformance

import (
	"flag"
	"maps"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestMain lets many cases run at once: they wait for brokers most of the
// time. A -parallel on the command line wins.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// A flavour is a rebalance protocol, by the client properties that choose it.
type flavour struct {
	name       string
	properties map[string]string
	lacks      map[string]string // why a rule can't be kept, by its name
}

var flavours = []flavour{
	{name: "cooperative", properties: map[string]string{
		"partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": "200", "session.timeout.ms": "6000",
		"topic.metadata.refresh.interval.ms": "2000",
	}},
	{name: "eager", properties: map[string]string{
		"partition.assignment.strategy": "range,roundrobin", "heartbeat.interval.ms": "200", "session.timeout.ms": "6000",
		"topic.metadata.refresh.interval.ms": "2000",
	}},
	{name: "consumer", properties: map[string]string{"group.protocol": "consumer"}, lacks: map[string]string{
		"MissingTopicIsReported": "the client says nothing about a missing topic under group.protocol=consumer",
	}},
}

func TestTheClientKeepsTheContract(t *testing.T) {
	heartbeat := kafkatest.Fake(kfake.BrokerConfigs(map[string]string{"group.consumer.heartbeat.interval.ms": "500"}))
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		for _, f := range flavours {
			for _, r := range []spec.Reader{spec.Poll, spec.Queues} {
				t.Run(f.name+"/"+r.String(), func(t *testing.T) {
					t.Parallel()
					brokertest.Run(t, func(t *testing.T) brokertest.Backend {
						t.Parallel()
						return backend{kafkatest.At(t, b.Brokers()), f, r}
					})
				})
			}
		}
	}, heartbeat)
}

// A backend is the real client with some broker.
type backend struct {
	b *kafkatest.Broker
	flavour
	reader spec.Reader
}

// Open implements brokertest.Backend.
func (k backend) Open(p broker.Params) (broker.Consumer, error) {
	config := map[string]string{"bootstrap.servers": k.b.Brokers()}
	maps.Copy(config, k.properties)
	maps.Copy(config, p.Config)
	p.Config, p.Reader = config, k.reader
	return broker.Open(p)
}

// CreateTopic implements brokertest.Backend.
func (k backend) CreateTopic(t testing.TB, partitions int) string {
	t.Helper()
	return k.b.NewTopic("conformance", partitions)
}

// AddTopic implements brokertest.Backend.
func (k backend) AddTopic(t testing.TB, name string, partitions int) {
	t.Helper()
	admin := kadm.NewClient(k.b.Client())
	known, err := admin.ListTopics(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if !known.Has(name) {
		k.b.CreateTopic(name, partitions)
		return
	}
	if _, err := admin.UpdatePartitions(t.Context(), partitions, name); err != nil {
		t.Fatal(err)
	}
}

// DropTopic implements brokertest.Backend.
func (k backend) DropTopic(t testing.TB, name string) {
	t.Helper()
	if _, err := kadm.NewClient(k.b.Client()).DeleteTopic(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	k.b.Client().PurgeTopicsFromClient(name) // else it produces to the topic that is gone
}

// Trim implements brokertest.Backend.
func (k backend) Trim(t testing.TB, p broker.Partition, offset int64) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: p.Topic, Partition: p.ID, At: offset})
	res, err := kadm.NewClient(k.b.Client()).DeleteRecords(t.Context(), offsets)
	if err == nil {
		err = res.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Produce implements brokertest.Backend.
func (k backend) Produce(t testing.TB, p broker.Partition, recs ...listener.RawRecord) {
	t.Helper()
	out := make([]kafkatest.Record, len(recs))
	for i, r := range recs {
		out[i] = kafkatest.KV(r.Key, r.Value).OnPartition(p.ID).At(r.Timestamp)
		for _, h := range r.Headers {
			out[i] = out[i].WithHeader(h.Key, h.Value)
		}
	}
	k.b.Produce(p.Topic, out...)
}

// Lacks implements brokertest.Lacker.
func (k backend) Lacks(rule string) string { return k.lacks[rule] }
