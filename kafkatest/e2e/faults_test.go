package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
	"github.com/hearken-go/hearken/listener"
)

// A tally counts the handler calls of each record.
type tally struct {
	mu    sync.Mutex
	calls map[string]int
	all   int
}

func (c *tally) Handle(_ context.Context, r listener.Record[string]) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[place(r)]++
	c.all++
	return nil
}

// count returns how many records were handled, and in how many calls.
func (c *tally) count() (records, calls int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls), c.all
}

// complete checks that the group has committed all of topic, and that every
// record was handled.
func (c *tally) complete(t *testing.T, b *kafkatest.Broker, group, topic string) {
	t.Helper()
	b.WaitDone(group, topic)
	var lost []string
	c.mu.Lock()
	defer c.mu.Unlock()
	for p, end := range b.LogEnds(topic) {
		require.Equal(t, end, offset(b, group, topic, p))
		for o := range end {
			if at := fmt.Sprintf("[%d]@%d", p, o); c.calls[at] == 0 {
				lost = append(lost, at)
			}
		}
	}
	require.Empty(t, lost)
}

// TestMoves: coordinators and leaders move under load, again and again. Two
// members go on by themselves, and nothing is lost.
func TestMoves(t *testing.T) {
	t.Parallel()
	const parts, moves = 6, 10
	for name, move := range map[string]func(c *kfake.Cluster, topic, group string, i int){
		"coordinator": func(c *kfake.Cluster, _, group string, _ int) {
			for before := c.CoordinatorFor(group); c.CoordinatorFor(group) == before; {
				c.RehashCoordinators()
			}
		},
		"leader": func(c *kfake.Cluster, topic, _ string, i int) {
			p := int32(i % parts)
			require.NoError(t, c.MoveTopicPartition(topic, p, (c.LeaderFor(topic, p)+1)%3))
		},
		"both": func(c *kfake.Cluster, _, _ string, _ int) {
			c.RehashCoordinators()
			c.ShufflePartitionLeaders()
		},
	} {
		for _, mode := range []ackmode.Mode{ackmode.Batch, ackmode.Record} {
			t.Run(name+"/"+mode.String(), func(t *testing.T) {
				t.Parallel()
				b := kafkatest.New(t, kafkatest.Nodes(3))
				topic, group := b.NewTopic("moves", parts), b.Unique("moves")
				var got tally
				l := func(id string) listener.Listener {
					return listener.On(id, got.Handle, listener.Topics(topic), listener.GroupID(group), factory.AckMode(mode))
				}
				s := serve(t, b, l("one"), l("two"))
				waitAssigned(t, b, group, parts)
				var produced atomic.Int64
				stop := load(t, b, topic, &produced)
				for i := range moves {
					before, _ := got.count()
					move(b.Cluster(), topic, group, i)
					eventually(t, fmt.Sprintf("it goes on after move %d", i), func() (bool, string) {
						n, _ := got.count()
						return n >= before+100, fmt.Sprintf("%d records, %d before", n, before)
					})
				}
				stop()
				got.complete(t, b, group, topic)
				records, calls := got.count()
				require.EqualValues(t, produced.Load(), records)
				t.Logf("%d records, %d repeated, %d commits refused, %d times lost",
					records, calls-records, len(found[event.CommitFailed](s)), len(found[event.Lost](s)))
				if len(found[event.Lost](s)) == 0 {
					require.Equal(t, records, calls, "nobody lost a partition, so nothing is done twice")
				}
			})
		}
	}
}

// TestRefusedCommits: the broker refuses commits for a while. Nothing is lost,
// the offsets end right, and where the membership lived on nothing runs twice.
func TestRefusedCommits(t *testing.T) {
	t.Parallel()
	const each = 60
	rejoins := []*kerr.Error{kerr.IllegalGeneration, kerr.UnknownMemberID}
	stays := []*kerr.Error{
		kerr.RebalanceInProgress, kerr.CoordinatorNotAvailable, kerr.NotCoordinator,
		kerr.CoordinatorLoadInProgress, kerr.RequestTimedOut, kerr.UnknownTopicOrPartition,
	}
	for _, fault := range append(stays, rejoins...) {
		for _, mode := range []ackmode.Mode{ackmode.Batch, ackmode.Record} {
			t.Run(fault.Message+"/"+mode.String(), func(t *testing.T) {
				t.Parallel()
				refusals := 3
				if fault == kerr.UnknownMemberID {
					refusals = 1 // each leaves a dead member in the group for 6 s
				}
				b := kafkatest.New(t)
				topic, group := b.NewTopic("refused", 2), b.Unique("refused")
				refused := b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: group, Err: fault, Count: refusals})
				var got tally
				s := serve(t, b, listener.On("refused", got.Handle, listener.Topics(topic), listener.GroupID(group),
					factory.AckMode(mode), factory.MaxPollRecords(10)))
				for p := range int32(2) {
					b.Produce(topic, old(p, each)...)
				}
				got.complete(t, b, group, topic)
				eventually(t, "all refusals are used up", func() (bool, string) {
					return refused.Hits() == refusals, fmt.Sprint(refused.Hits()) // a time-out may come after the work was done
				})
				records, calls := got.count()
				t.Logf("%d repeated, %d commits refused, %d times lost",
					calls-records, len(found[event.CommitFailed](s)), len(found[event.Lost](s)))
				if !slices.Contains(rejoins, fault) {
					require.Empty(t, found[event.Lost](s))
					require.Equal(t, records, calls, "a failed commit never runs a handler again")
				}
			})
		}
	}
}

// TestBrokerRestart: the only broker dies under load and comes back. The
// listeners go on by themselves, and nothing is lost. The sessions outlive it,
// as the client's default of 45 s would: a shorter one makes members join anew
// and wait until the session of their former selves has ended.
func TestBrokerRestart(t *testing.T) {
	t.Parallel()
	kafkatest.Real(t) // a private one, but only where there are any
	cluster, err := devkafka.Start(t.Context(), devkafka.Options{})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	b := kafkatest.At(t, cluster.Brokers())
	topic, batch, record := b.NewTopic("restart", 4), b.Unique("batch"), b.Unique("record")
	var batches, records tally
	properties := maps.Clone(quick)
	properties["session.timeout.ms"], properties["reconnect.backoff.max.ms"] = "30000", "1000"
	s := serveWith(t, b, map[string]any{propertiesKey: properties},
		listener.On("batch", batches.Handle, listener.Topics(topic), listener.GroupID(batch), factory.AckMode(ackmode.Batch)),
		listener.On("record", records.Handle, listener.Topics(topic), listener.GroupID(record), factory.AckMode(ackmode.Record)),
	)
	var produced atomic.Int64
	stop := load(t, b, topic, &produced)
	goesOn := func(why string) {
		t.Helper()
		first, _ := batches.count()
		second, _ := records.count()
		eventually(t, why, func() (bool, string) {
			m, _ := batches.count()
			n, _ := records.count()
			return m >= first+200 && n >= second+200, fmt.Sprintf("%d and %d records more", m-first, n-second)
		})
	}
	goesOn("it works before")
	began := time.Now()
	require.NoError(t, cluster.Kill(1))
	require.NoError(t, cluster.Restart(t.Context(), 1))
	down := time.Since(began)
	goesOn("it goes on after the restart")
	t.Logf("the broker was away for %s, the listeners went on %s after it was back", down, time.Since(began)-down)
	stop()
	batches.complete(t, b, batch, topic)
	records.complete(t, b, record, topic)
	for name, c := range map[string]*tally{"batch": &batches, "record": &records} {
		n, calls := c.count()
		require.EqualValues(t, produced.Load(), n, name)
		t.Logf("%s: %d records, %d repeated", name, n, calls-n)
	}
	t.Logf("%d times lost, %d commits refused", len(found[event.Lost](s)), len(found[event.CommitFailed](s)))
	require.Empty(t, found[event.ConsumerFailed](s), "no client had to be made anew")
}
