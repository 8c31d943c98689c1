package kafkatest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// patience is how long the Wait methods wait, and how long one request may take:
// also on a machine that is very busy, or while a broker is killed.
const patience = 2 * time.Minute

// A Broker is a Kafka cluster as a test sees it. Its methods are safe for
// concurrent use, but like t.Fatal must be called from the test's goroutine
// where they can fail.
type Broker struct {
	tb      TB
	brokers string
	cluster *kfake.Cluster // nil for a real one
	client  *kgo.Client
	admin   *kadm.Client
}

// New starts an embedded broker on a free loopback port and closes it when the
// test ends.
func New(t TB, opts ...Option) *Broker {
	t.Helper()
	b, err := start(t, opts)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	t.Cleanup(b.Close)
	return b
}

// Start starts an embedded broker outside a test: the caller closes it, and a
// method that would have failed the test panics.
func Start(opts ...Option) (*Broker, error) { return start(outside{}, opts) }

func start(t TB, opts []Option) (*Broker, error) {
	cluster, err := kfake.NewCluster(resolve(opts).fakeOptions()...)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker: %w", err)
	}
	b, err := connect(t, strings.Join(cluster.ListenAddrs(), ","))
	if err != nil {
		cluster.Close()
		return nil, err
	}
	b.cluster = cluster
	return b, nil
}

// connect makes the Broker's own client, which makes no connection yet.
func connect(t TB, brokers string) (*Broker, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.ClientID("kafkatest"),
		kgo.RecordPartitioner(partitioner()),
		kgo.ProducerLinger(0),
		kgo.MetadataMinAge(10*time.Millisecond),
	)
	if err != nil {
		return nil, fmt.Errorf("client for %s: %w", brokers, err)
	}
	return &Broker{tb: t, brokers: brokers, client: client, admin: kadm.NewClient(client)}, nil
}

// Brokers returns the bootstrap servers, as in bootstrap-servers.
func (b *Broker) Brokers() string { return b.brokers }

// Embedded reports whether the broker runs inside this process.
func (b *Broker) Embedded() bool { return b.cluster != nil }

// Cluster returns the embedded cluster, for faults and moves (kfake.Fault,
// ControlKey, MoveTopicPartition, RehashCoordinators …). On a real broker it
// fails the test.
func (b *Broker) Cluster() *kfake.Cluster {
	b.tb.Helper()
	if b.cluster == nil {
		b.tb.Fatalf("kafkatest: Cluster is for the embedded broker; %s is a real one", b.brokers)
	}
	return b.cluster
}

// Client returns the Broker's own client, for what the methods do not cover.
func (b *Broker) Client() *kgo.Client { return b.client }

// Close ends the embedded broker, and the connection to a real one. New and
// Real call it by themselves. It may be called twice.
func (b *Broker) Close() {
	b.client.Close()
	if b.cluster != nil {
		b.cluster.Close()
	}
}

// request returns the context of one request, which ends after patience.
func request() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

// check fails the test on err.
func (b *Broker) check(err error, format string, args ...any) {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatalf("kafkatest: %s: %v", fmt.Sprintf(format, args...), err)
	}
}
