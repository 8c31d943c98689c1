package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// unseen keeps two of three records: the last one of each is filtered out.
var unseen = listener.Filter(func(_ context.Context, r *listener.RawRecord) bool { return r.Offset%3 != 2 })

// TestFilterInEveryMode: what is filtered out reaches no handler, and is
// committed all the same, the last record of the log included; in batches, too.
func TestFilterInEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				topic, group, batches := b.NewTopic("filter", 1), b.Unique("filter"), b.Unique("filtered-batches")
				b.Produce(topic, old(0, 300)...)
				var got, inBatches log[int64]
				opts := func(group string) []listener.Option {
					return []listener.Option{
						listener.Topics(topic), listener.GroupID(group), factory.AckMode(mode), unseen,
						factory.AckTime(500 * time.Millisecond), factory.MaxPollRecords(50),
					}
				}
				if mode != ackmode.Time && mode != ackmode.CountTime {
					whole := opts
					opts = func(group string) []listener.Option { return append(whole(group)[:4], factory.MaxPollRecords(50)) }
				}
				ls := []listener.Listener{walker(mode, func(r listener.Record[string]) { got.add(r.Offset) }, opts(group))}
				if mode != ackmode.Record {
					ls = append(ls, batchWalker(mode, func(r listener.Record[string]) { inBatches.add(r.Offset) }, opts(batches)))
				}
				s := serve(t, b, ls...)
				want := func(l *log[int64], group string) {
					t.Helper()
					b.WaitCommitted(group, topic, 0, 300)
					all := l.list()
					require.Len(t, all, 200)
					for i, offset := range all {
						require.EqualValues(t, i/2*3+i%2, offset)
					}
				}
				want(&got, group)
				if mode != ackmode.Record {
					want(&inBatches, batches)
				}
				eventually(t, "what was filtered is told", func() (bool, string) {
					told := 0
					for _, f := range found[event.RecordsFiltered](s) {
						told += f.Records
					}
					require.LessOrEqual(t, told, 100*len(ls))
					return told == 100*len(ls), fmt.Sprintf("%d records are", told)
				})
				require.Empty(t, found[event.RecordFailed](s))
			}, kafkatest.MinSessionTimeout(time.Second))
		})
	}
}

func batchWalker(mode ackmode.Mode, walk func(listener.Record[string]), opts []listener.Option) listener.Listener {
	each := func(rs []listener.Record[string]) {
		for _, r := range rs {
			walk(r)
		}
	}
	if mode.Row().By == ackmode.ByHandler {
		return listener.OnBatchAck("batches", func(_ context.Context, rs []listener.Record[string], ack listener.BatchAcknowledgment) error {
			each(rs)
			return ack.Acknowledge()
		}, opts...)
	}
	return listener.OnBatch("batches", func(_ context.Context, rs []listener.Record[string]) error {
		each(rs)
		return nil
	}, opts...)
}

// TestListenerPausesItselfUnderLoad: what meets a dependency that is down
// pauses the listener, in health and status, while records go on coming. No
// attempt is counted, no record fails, and all of them are handled when it is back.
func TestListenerPausesItselfUnderLoad(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("self-pause", 3), b.Unique("self-pause")
		var down atomic.Bool
		guard := func(next listener.HandlerFunc) listener.HandlerFunc {
			return func(ctx context.Context, d *listener.Delivery) error {
				if down.Load() {
					return listener.PauseFor(time.Second, errors.New("payments are down"))
				}
				return next(ctx, d)
			}
		}
		var seen [3]atomic.Int64
		var retried atomic.Int64
		s := serve(t, b, listener.On("payments", func(_ context.Context, r listener.Record[string]) error {
			seen[r.Partition].Add(1)
			retried.Add(int64(r.Attempt - 1))
			return nil
		}, listener.Topics(topic), listener.GroupID(group), listener.Use(guard), factory.Concurrency(2), factory.Workers(2), factory.AckMode(ackmode.Record)))
		produce := func(n int) {
			for p := range int32(3) {
				b.Produce(topic, old(p, n)...)
			}
		}
		produce(100)
		k := s.container("payments")
		eventually(t, "some are handled", func() (bool, string) { n := seen[0].Load(); return n > 10, fmt.Sprint(n) })
		down.Store(true)
		produce(100)
		var paused container.Status
		eventually(t, "the pause is reached", func() (bool, string) { // for a second, and again
			paused = k.Status()
			return paused.Paused && paused.PauseReason != "", fmt.Sprint(paused)
		})
		require.Equal(t, "payments are down", paused.PauseReason)
		eventually(t, "health says so", func() (bool, string) {
			h := k.Health()
			return h.Reason == "it has paused itself: payments are down", fmt.Sprint(h)
		})
		during := seen[0].Load() + seen[1].Load() + seen[2].Load()
		produce(100)
		require.Less(t, during, int64(600))
		eventually(t, "it has probed and paused again", func() (bool, string) {
			n := len(found[event.ListenerResumed](s))
			return n >= 2, fmt.Sprint(n)
		})
		require.Equal(t, during, seen[0].Load()+seen[1].Load()+seen[2].Load(), "nothing is handled meanwhile")
		down.Store(false)
		b.WaitDone(group, topic)
		for p := range seen {
			require.EqualValues(t, 300, seen[p].Load(), "each record once")
		}
		require.Zero(t, retried.Load(), "no attempt was counted")
		require.Empty(t, found[event.RecordFailed](s))
		eventually(t, "health is up", func() (bool, string) { h := k.Health(); return h.Status.String() == "up", fmt.Sprint(h) })
	}, kafkatest.MinSessionTimeout(time.Second))
}
