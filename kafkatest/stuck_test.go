package kafkatest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestAPartitionThatIsStuck: the error says where, and why.
func TestAPartitionThatIsStuck(t *testing.T) {
	t.Parallel()
	b := New(t)
	topic := b.NewTopic("orders", 2)
	b.Produce(topic, Value("x").OnPartition(0), Value("y").OnPartition(1))
	check := func(want string, s span) {
		t.Helper()
		var got string
		for patience := 200 * time.Millisecond; patience < time.Minute; patience *= 5 { // a busy machine needs more of it for an answer
			records, err := b.readSpans(topic, []span{{0, 0, 1}, s}, patience)
			if got = fmt.Sprint(err); records == nil && strings.HasPrefix(got, want) {
				return
			}
		}
		t.Errorf("got %s, want %s", got, want)
	}
	check("partition 1 is read up to 1 of 3: nothing comes for", span{1, 0, 3}) // two of three are not there
	check("partition 1 is read up to 9 of 12: OFFSET_OUT_OF_RANGE", span{1, 9, 12})
	b.Cluster().Fault(kfake.Fault{
		Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Partitions: []int32{1}, Err: kerr.NotLeaderForPartition, Count: -1,
	})
	check("partition 1 is read up to 0 of 1: NOT_LEADER_FOR_PARTITION", span{1, 0, 1})
}

// TestRecordsMayGoWhileTheyAreRead: what is deleted in the middle of it is skipped.
func TestRecordsMayGoWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, b *Broker) {
		topic := b.NewTopic("orders", 1)
		for range 4 { // batches
			b.Produce(topic, Value("x"))
		}
		offsets := kadm.Offsets{}
		offsets.Add(kadm.Offset{Topic: topic, At: 2})
		if deleted, err := b.admin.DeleteRecords(t.Context(), offsets); err != nil || deleted.Error() != nil {
			t.Fatal(err, deleted.Error())
		}
		got, err := b.readSpans(topic, []span{{0, 0, 4}}, patience)
		if err != nil || len(got) != 2 || got[0].Offset != 2 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
