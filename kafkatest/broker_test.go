package kafkatest_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/kafkatest"
)

func TestProduceAndRead(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("orders", 3)
		stored := b.Produce(topic,
			kafkatest.KV("k", "one").OnPartition(2).WithHeader("h", "v").WithHeader("null", nil),
			kafkatest.Tombstone("k").OnPartition(2),
			kafkatest.Value(map[string]int{"cents": 7}).OnPartition(0),
		)
		if stored[1].Partition != 2 || stored[1].Offset != 1 {
			t.Errorf("the tombstone is at %d@%d, want 2@1", stored[1].Partition, stored[1].Offset)
		}
		got := b.WaitRecords(topic, 3)
		if len(got) != 3 {
			t.Fatalf("got %d records, want 3", len(got))
		}
		if string(got[0].Value) != `{"cents":7}` || got[0].Key != nil {
			t.Errorf("first record: key %q, value %q", got[0].Key, got[0].Value)
		}
		if v, ok := got[1].Headers.Get("null"); !ok || v != nil {
			t.Errorf("header null: %q, there: %v", v, ok)
		}
		if got[2].Value != nil || string(got[2].Key) != "k" {
			t.Errorf("tombstone: key %q, value %v", got[2].Key, got[2].Value)
		}
		if ends := b.LogEnds(topic); ends[0] != 1 || ends[1] != 0 || ends[2] != 2 {
			t.Errorf("log ends: %v", ends)
		}
	})
}

func TestKeysAndTurns(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t, kafkatest.Topics(4, "keys"))
	first, second := b.Produce("keys", kafkatest.KV("a", 1)), b.Produce("keys", kafkatest.KV("a", 2))
	if first[0].Partition != second[0].Partition {
		t.Errorf("one key went to partitions %d and %d", first[0].Partition, second[0].Partition)
	}
	for i, r := range kafkatest.ProduceValues(b, "keys", 0, 1, 2, 3) {
		if r.Partition != int32(i) {
			t.Errorf("record %d without a key went to partition %d", i, r.Partition)
		}
	}
}

func TestAbortedRecordsAreNotRead(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("tx", 1)
		b.Produce(topic, kafkatest.Value("before"))
		opts := append(b.Client().Opts(), kgo.TransactionalID(b.Unique("tx")))
		client, err := kgo.NewClient(opts...)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		ctx := context.Background()
		for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			r := &kgo.Record{Topic: topic, Value: []byte("inside"), Context: ctx}
			if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := client.EndTransaction(ctx, end); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.WaitRecords(topic, 2); len(got) != 2 || got[1].Offset != 3 {
			t.Errorf("got %v", got)
		}
	})
}

func TestCommitsAndMembers(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 2), b.Unique("billing")
		if got := b.Committed(group, topic); len(got) != 0 {
			t.Errorf("a new group has committed %v", got)
		}
		if g := b.Group(group); g.State != "Dead" {
			t.Errorf("a group that nobody made is %s", g.State)
		}
		b.Commit(group, topic, 1, kafkatest.Commit{Offset: 3, Metadata: "map"})
		if got := b.Commits(group, topic)[1]; got.Offset != 3 || got.Metadata != "map" {
			t.Errorf("committed %+v", got)
		}
		b.Commit(group, topic, 1, kafkatest.Commit{Offset: 0})
		kafkatest.ProduceValues(b, topic, "a", "b", "c", "d")
		consume(t, b, group, topic)
		members := b.WaitMembers(group, 1)
		if members[0].Assigned() != 2 || members[0].ClientID != "outside" {
			t.Errorf("members: %+v", members)
		}
		if at := b.WaitCommitted(group, topic, 1, 2); at != 2 {
			t.Errorf("committed %d, want 2", at)
		}
		b.WaitDone(group, topic)
	})
}

// consume runs a plain group member until the test ends.
func consume(t *testing.T, b *kafkatest.Broker, group, topic string) {
	opts := append(b.Client().Opts(), kgo.ClientID("outside"), kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if fetches := client.PollFetches(ctx); !fetches.Empty() {
				_ = client.CommitUncommittedOffsets(ctx) // the test sees whether it worked
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended; client.Close() })
}

func TestModernGroup(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 2), b.Unique("billing")
		ctx := context.WithValue(context.Background(), "opt_in_kafka_next_gen_balancer_beta", true) //nolint:staticcheck // the client's own switch
		client, err := kgo.NewClient(append(b.Client().Opts(), kgo.WithContext(ctx), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic))...)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if m := b.WaitMembers(group, 1); m[0].Assigned() != 2 {
			t.Errorf("members: %+v", m)
		}
	})
}

func TestFaultsReachTheEmbeddedCluster(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t, kafkatest.Nodes(3), kafkatest.Topics(1, "orders"), kafkatest.AutoCreate(5))
	fault := b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Err: kerr.NotLeaderForPartition})
	b.Produce("orders", kafkatest.Value("x"))
	if fault.Hits() != 1 {
		t.Errorf("the fault was hit %d times, want 1", fault.Hits())
	}
}

func TestOutsideTests(t *testing.T) {
	t.Parallel()
	b, err := kafkatest.Start(kafkatest.Topics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	kafkatest.ProduceValues(b, "orders", "x")
	if got := b.Records("orders"); len(got) != 1 {
		t.Errorf("got %d records", len(got))
	}
	defer func() {
		if recover() == nil {
			t.Error("a topic that is there was created, and nothing panicked")
		}
	}()
	b.CreateTopic("orders", 1)
}
