package container_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestHandlerTimeoutCancelsWithACause(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = time.Minute
		var cause, next box[error]
		var at box[time.Duration]
		e.cluster.Fill(topic, 0, 2)
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 0 && r.Attempt == 1 {
				<-ctx.Done()
				at.set(time.Since(e.began))
				cause.set(context.Cause(ctx))
				return ctx.Err()
			}
			next.set(ctx.Err())
			return nil
		})
		e.pass(2 * time.Minute)
		require.ErrorIs(t, cause.get(), listener.ErrHandlerTimeout)
		require.InDelta(t, 60, at.get().Seconds(), 0.2)
		require.NoError(t, next.get(), "the next handler has a fresh context")
		overdue := found[event.HandlerOverdue](e)
		require.Len(t, overdue, 1)
		require.False(t, overdue[0].Leaving)
		require.EqualValues(t, 2, e.committed(0))
		require.Empty(t, found[event.ConsumerEnded](e))
	})
}

// The times of quick records are not looked up, and one that is too early is not
// counted from: a handler has all of its time, and no more.
func TestHandlersAfterQuickOnesHaveTheirTime(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = time.Second
		var fault box[error]
		e.cluster.Fill(topic, 0, 40)
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			switch r.Offset {
			case 10: // it ends before the timer looks
				time.Sleep(4 * time.Millisecond) //nolint:forbidigo // fake time
			case 11, 30:
				time.Sleep(999 * time.Millisecond) //nolint:forbidigo // fake time
				if ctx.Err() != nil {
					fault.set(context.Cause(ctx))
				}
			case 31:
				<-ctx.Done()
			}
			return nil
		})
		e.pass(3 * time.Second)
		require.Empty(t, found[event.HandlerOverdue](e))
		require.NoError(t, fault.get())
		e.pass(200 * time.Millisecond)
		require.Len(t, found[event.HandlerOverdue](e), 1)
	})
}

// revokeSlowly lets the loop, which watches, stand still for 9 s at a rebalance.
func revokeSlowly(e *engine) {
	e.spec.Rebalance = listener.RebalanceListener{RevokedBeforeCommit: func(context.Context, []listener.TopicPartition) {
		time.Sleep(9 * time.Second) //nolint:forbidigo // fake time
	}}
}

func TestAHandlersTimeCountsWhileTheLoopIsInACallback(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = 8 * time.Second
		revokeSlowly(e)
		var took box[time.Duration]
		m := e.manual(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			switch r.Offset {
			case 0:
				time.Sleep(30 * time.Millisecond) //nolint:forbidigo // fake time
			case 10:
				at := time.Now()
				<-ctx.Done()
				took.set(time.Since(at))
			}
			return nil
		})
		e.pass(time.Second)
		e.cluster.Fill(topic, 0, 20)
		e.pass(10 * time.Millisecond)
		m.Revoke(part(1))
		e.pass(30 * time.Second)
		require.InDelta(t, 9, took.get().Seconds(), 0.3, "the loop sees it after its callback")
		require.InDelta(t, 9, found[event.HandlerOverdue](e)[0].Running.Seconds(), 0.3)
	})
}

// A partition whose records turn out slow after quick ones does not keep its worker from
// others: one slow record, and then it is the other's turn.
func TestATurnEndsAfterAQuickPartitionTurnsSlow(t *testing.T) {
	for _, c := range []struct {
		from int64
		slow time.Duration
	}{{10, time.Second}, {1, time.Second}, {10, 11 * time.Millisecond}, {1, 11 * time.Millisecond}, {10, 6 * time.Millisecond}} {
		bubble(t, func(t *testing.T, e *engine) {
			e.cluster.Fill(topic, 0, 40)
			e.cluster.Fill(topic, 1, 1)
			e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				if r.Partition == 0 && r.Offset >= c.from {
					time.Sleep(c.slow) //nolint:forbidigo // fake time
				}
				return nil
			})
			e.pass(time.Minute)
			at := slices.IndexFunc(e.allCalls(), func(c call) bool { return c.partition == 1 })
			require.GreaterOrEqual(t, at, 0)
			require.LessOrEqual(t, at, int(c.from)+int(10*time.Millisecond/c.slow)+1, "%+v", c)
		})
	}
}

func TestATurnEndsWhileTheLoopIsInACallback(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		revokeSlowly(e)
		m := e.manual(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 && r.Offset >= 3 {
				time.Sleep(500 * time.Millisecond) //nolint:forbidigo // fake time
			} else if r.Partition == 0 && r.Offset == 0 {
				time.Sleep(9 * time.Millisecond) //nolint:forbidigo // fake time
			}
			return nil
		})
		m.Give(part(2))
		e.pass(time.Second)
		e.cluster.Fill(topic, 0, 40)
		e.cluster.Fill(topic, 2, 1)
		e.pass(5 * time.Millisecond)
		m.Revoke(part(1))
		e.pass(time.Minute)
		at := slices.IndexFunc(e.allCalls(), func(c call) bool { return c.partition == 2 })
		require.GreaterOrEqual(t, at, 0)
		require.LessOrEqual(t, at, 4)
	})
}

func TestHungHandlerLeavesTheGroupAndComesBack(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = time.Minute
		e.spec.Workers = 2
		hung := newStuck(t)
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 1, 2)
		k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				hung.wait()
			}
			return nil
		})
		e.pass(119 * time.Second)
		require.Len(t, e.group.Members(), 1)
		e.pass(2 * time.Second)
		require.Len(t, e.group.Members(), 1, "healthy handlers get what a revoke would give them")
		e.pass(e.spec.RevokeTimeout + time.Second)
		require.Empty(t, e.group.Members(), "at twice its time the consumer leaves")
		overdue := found[event.HandlerOverdue](e)
		require.Len(t, overdue, 2)
		require.True(t, overdue[1].Leaving)
		var left *container.HungError
		require.ErrorAs(t, found[event.ConsumerFailed](e)[0].Err, &left)
		require.Contains(t, left.Error(), "handler of orders[0]@0")
		require.EqualValues(t, 2, e.committed(1), "what is settled is committed")
		e.pass(time.Hour)
		require.Empty(t, e.group.Members(), "it does not come back before the handler returned")
		require.Equal(t, container.Running, k.Status().State)
		hung.free()
		e.pass(500 * time.Millisecond)
		_, err := e.stop(k)
		require.NoError(t, err, "the handler has returned: nothing is abandoned any more")
		require.NoError(t, k.Start(context.Background()))
		e.pass(2 * time.Second)
		require.EqualValues(t, 2, e.committed(0))
		require.Len(t, e.of(0), 3)
		e.group.CheckMonotonic(t)
	})
}

func TestHungHandlerComesBackByItself(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = time.Minute
		hung := newStuck(t)
		e.cluster.Fill(topic, 0, 2)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			hung.wait()
			return nil
		})
		e.pass(3 * time.Minute)
		hung.free()
		e.pass(1100 * time.Millisecond)
		require.Equal(t, []int64{0, 0, 1}, e.seen())
		require.EqualValues(t, 2, e.committed(0))
		_, err := e.stop(k)
		require.NoError(t, err)
	})
}

func TestHungHandlerIsNamedByAStop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = time.Minute
		hung := newStuck(t)
		e.cluster.Fill(topic, 0, 2)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			hung.wait()
			return nil
		})
		e.pass(3 * time.Minute)
		_, err := e.stop(k)
		require.Len(t, abandoned(t, err), 1)
		require.Contains(t, abandoned(t, err)[0], "handler of orders[0]@0")
	})
}

func TestOnHangStays(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout, e.spec.OnHang, e.spec.Workers = time.Minute, spec.HangStays, 2
		hung := newStuck(t)
		e.cluster.Fill(topic, 0, 2)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				hung.wait()
			}
			return nil
		})
		e.pass(10 * time.Minute)
		require.Len(t, e.group.Members(), 1)
		require.Len(t, found[event.HandlerOverdue](e), 2)
		e.cluster.Fill(topic, 1, 2)
		e.pass(time.Second)
		require.Len(t, e.of(1), 2)
		hung.free()
		e.pass(time.Second)
		require.EqualValues(t, 2, e.committed(0), "late, but its own")
	})
}

// While a handler hangs in one member, the others of the listener take its
// other partitions; its own one waits for it.
func TestHungMembersPartitionsMoveOn(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout, e.spec.Concurrency = time.Minute, 2
		hung := newStuck(t)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				hung.wait()
			}
			return nil
		})
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 2)
		}
		e.pass(5 * time.Minute)
		require.Len(t, e.group.Members(), 1)
		for id := int32(1); id < 4; id++ {
			require.EqualValues(t, 2, e.committed(id), "partition %d", id)
		}
		require.Len(t, e.of(0), 1, "never two handlers of one partition")
		hung.free()
		e.pass(time.Second)
		require.EqualValues(t, 2, e.committed(0))
	})
}
