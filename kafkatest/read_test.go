package kafkatest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/kafkatest"
)

// TestTheEndMayBeUnseen: right before an open transaction lies a record that
// was aborted. No reader is shown it, and all the same the end is reached.
func TestTheEndMayBeUnseen(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("tx", 1)
		b.Produce(topic, kafkatest.Value("before"))
		aborted, open := begin(t, b, topic), begin(t, b, topic)
		if err := aborted.EndTransaction(context.Background(), kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
		// The answer to an abort may be there before its marker is, and the decided part ends in front of it until then.
		kafkatest.Eventually(t, 2*time.Minute, "the abort is marked", func() (bool, string) {
			stable, err := kadm.NewClient(b.Client()).ListCommittedOffsets(t.Context(), topic)
			end, _ := stable.Lookup(topic, 0)
			return err == nil && end.Err == nil && end.Offset == 2, fmt.Sprint(end, err)
		})
		if got := b.WaitRecords(topic, 1); len(got) != 1 || string(got[0].Value) != "before" {
			t.Errorf("got %v", got)
		}
		if err := open.EndTransaction(context.Background(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		if got := b.WaitRecords(topic, 2); len(got) != 2 || got[1].Offset != 2 {
			t.Errorf("got %v", got)
		}
	})
}

// begin starts a transaction with one record in it.
func begin(t *testing.T, b *kafkatest.Broker, topic string) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(b.Client().Opts(), kgo.TransactionalID(b.Unique("tx")))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(context.Background(), &kgo.Record{Topic: topic, Value: []byte("inside")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestAllRecordsOrNone: what passes is waited for, what stays fails the test.
func TestAllRecordsOrNone(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t, kafkatest.Nodes(3))
	topic := b.NewTopic("orders", 2)
	for range 3 { // batches
		b.Produce(topic, kafkatest.Value("x").OnPartition(0), kafkatest.Value("y").OnPartition(1))
	}
	moved := b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Err: kerr.NotLeaderForPartition, Count: 3})
	if got := b.Records(topic); len(got) != 6 || moved.Hits() != 3 {
		t.Errorf("%d records after %d faults, want 6 after 3", len(got), moved.Hits())
	}
	b.Cluster().ShufflePartitionLeaders()
	if got := b.Records(topic); len(got) != 6 {
		t.Errorf("%d records after the leaders moved, want 6", len(got))
	}
	b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Partitions: []int32{1}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	said := watch(t, func(tb kafkatest.TB) { kafkatest.At(tb, b.Brokers()).Records(topic) })
	if !strings.HasPrefix(said, "FAIL") || !strings.Contains(said, "partition 1 is read up to 0 of 3: TOPIC_AUTHORIZATION_FAILED") {
		t.Errorf("said %q", said)
	}
}

// TestTheClientsOwnRecordsGoWhereProducePutsThem: by their key, else by turns.
func TestTheClientsOwnRecordsGoWhereProducePutsThem(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	topic := b.NewTopic("orders", 4)
	send := func(r *kgo.Record) int32 {
		sent, err := b.Client().ProduceSync(t.Context(), r).First()
		if err != nil {
			t.Fatal(err)
		}
		return sent.Partition
	}
	used := map[int32]bool{}
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		want := b.Produce(topic, kafkatest.KV(key, 1))[0].Partition
		if got := send(&kgo.Record{Topic: topic, Key: []byte(key)}); got != want {
			t.Errorf("key %s went to partition %d, want %d", key, got, want)
		}
		used[send(&kgo.Record{Topic: topic})] = true
	}
	if len(used) != 4 {
		t.Errorf("six records without a key went to partitions %v, want all four", used)
	}
}
