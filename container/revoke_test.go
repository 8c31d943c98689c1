package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// manual gives the test all rebalances, starts h and assigns partitions 0 and 1.
func (e *engine) manual(h func(ctx context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error) *client {
	e.group.Manual()
	e.start(h)
	e.member(0).Give(part(0), part(1))
	e.settle()
	return e.member(0)
}

func TestRevokeWaitsForTheRunningHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		m := e.manual(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
			time.Sleep(4 * time.Second) //nolint:forbidigo // fake time
			return ctx.Err()
		})
		e.cluster.Fill(topic, 0, 3)
		e.pass(time.Second)
		m.Revoke(part(0))
		e.pass(3*time.Second - time.Millisecond)
		require.Empty(t, found[event.Revoked](e))
		e.pass(time.Millisecond)
		gone := found[event.Revoked](e)
		require.Len(t, gone, 1)
		require.Equal(t, 3*time.Second, gone[0].Took)
		require.Empty(t, gone[0].Abandoned)
		require.NoError(t, gone[0].Err)
		require.EqualValues(t, 1, e.committed(0), "the drained revoke redoes nothing")
		e.pass(time.Minute)
		require.Equal(t, []int64{0}, e.seen(), "nothing starts after the revoke")
		m.Give(part(0))
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1, 2}, e.seen())
		e.group.CheckMonotonic(t)
	})
}

func TestRevokeDeadlineCancelsAbandonsAndFences(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.spec.Workers = 2
		hung, slow := newStuck(t), newStuck(t)
		var cause box[error]
		var ack listener.Acknowledgment
		m := e.manual(func(ctx context.Context, r *listener.RawRecord, k listener.Acknowledgment) error {
			if r.Partition == 1 {
				slow.wait()
				return k.Acknowledge()
			}
			<-ctx.Done()
			cause.set(context.Cause(ctx))
			ack = k
			hung.wait()
			return k.Acknowledge()
		})
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 1, 2)
		e.settle()
		m.Revoke(part(0))
		e.pass(10*time.Second - time.Millisecond)
		require.NoError(t, cause.get())
		e.pass(time.Millisecond)
		require.ErrorIs(t, cause.get(), listener.ErrRevoked)
		e.pass(time.Second)
		gone := found[event.Revoked](e)
		require.Len(t, gone, 1)
		require.Equal(t, []string{"handler of orders[0]@0, running for 11s"}, gone[0].Abandoned, "the hung one, and no other")
		require.ErrorIs(t, ack.Acknowledge(), listener.ErrRevoked)
		require.ErrorIs(t, ack.Nack(0), listener.ErrRevoked)
		hung.free()
		slow.free()
		e.pass(5 * time.Second)
		require.EqualValues(t, -1, e.committed(0), "fenced")
		require.EqualValues(t, 2, e.committed(1))
		require.Len(t, e.of(0), 1)
		require.Len(t, found[event.LateAck](e), 3)
	})
}

func TestLateAckDoesNotMoveTheOffsetOfTheNewOwner(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.group.Manual()
		acks := map[int64]listener.Acknowledgment{}
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			acks[r.Offset] = ack
			return nil
		})
		other := e.another()
		other.start(func(_ context.Context, _ *listener.RawRecord, ack listener.Acknowledgment) error {
			return ack.Acknowledge()
		})
		e.cluster.Fill(topic, 0, 5)
		e.member(0).Give(part(0))
		e.pass(time.Second)
		require.NoError(t, acks[0].Acknowledge())
		e.member(0).Revoke(part(0))
		e.pass(time.Second)
		other.member(0).Give(part(0))
		e.pass(time.Second)
		require.Equal(t, []int64{1, 2, 3, 4}, other.seen())
		for i := int64(1); i < 5; i++ {
			require.ErrorIs(t, acks[i].Acknowledge(), listener.ErrRevoked)
		}
		e.pass(2 * time.Minute)
		require.EqualValues(t, 5, e.committed(0))
		e.group.CheckMonotonic(t)
	})
}

// Also when it was revoked and assigned several times while the handler hung.
func TestSamePartitionStartsAgainOnlyWhenTheOldHandlerReturned(t *testing.T) {
	for _, rounds := range []int{1, 3} {
		bubble(t, func(t *testing.T, e *engine) {
			hung := newStuck(t)
			e.spec.Workers = 2
			m := e.manual(func(_ context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
				hung.wait()
				return nil
			})
			e.cluster.Fill(topic, 0, 3)
			e.pass(time.Second)
			for range rounds {
				m.Revoke(part(0))
				e.pass(12 * time.Second)
				m.Give(part(0))
				e.pass(time.Second)
			}
			e.pass(2 * time.Minute)
			require.Equal(t, []int64{0}, e.seen(), "%d rounds", rounds)
			stalls := found[event.Stalled](e)
			require.NotEmpty(t, stalls)
			require.Contains(t, stalls[len(stalls)-1].Reason, "earlier assignment")
			hung.free()
			e.pass(time.Second)
			require.Equal(t, []int64{0, 0, 1, 2}, e.seen())
			require.EqualValues(t, 3, e.committed(0))
		})
	}
}

func TestLostFencesWithoutWaitingOrCommitting(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Time)
		e.spec.Workers = 2
		hung := newStuck(t)
		var cause box[error]
		m := e.manual(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 1 && cause.get() == nil {
				<-ctx.Done()
				cause.set(context.Cause(ctx))
				hung.wait()
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 3)
		e.pass(time.Second)
		m.Lose()
		e.settle()
		require.Len(t, found[event.Lost](e), 1)
		require.ErrorIs(t, cause.get(), listener.ErrRevoked)
		hung.free()
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1}, e.seen(), "nothing starts")
		require.Empty(t, e.group.Commits())
		require.Empty(t, found[event.CommitFailed](e), "it was not even tried")
		m.Give(part(0))
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1, 0, 1, 2}, e.seen(), "assigned again, it goes on from the commit")
	})
}

func TestRevokeAndAssignWithinOneTurn(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		m := e.manual(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 1 {
				time.Sleep(time.Second) //nolint:forbidigo // fake time
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 4)
		e.settle()
		m.Revoke(part(0))
		m.Give(part(0)) // the revoke still waits for the handler of 1
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1, 2, 3}, e.seen(), "no record of the old epoch is booked, none is skipped")
		require.EqualValues(t, 4, e.committed(0))
		require.Len(t, found[event.Assigned](e), 2)
	})
}

func TestRevokeDuringNackDelayAndBackOff(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		m := e.manual(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			switch {
			case r.Offset != 1:
				return ack.Acknowledge()
			case r.Partition == 0:
				return ack.Nack(10 * time.Second)
			default:
				return listener.RetryAfter(10*time.Second, nil)
			}
		})
		e.cluster.Fill(topic, 0, 3)
		e.cluster.Fill(topic, 1, 3)
		e.pass(time.Second)
		m.Revoke()
		e.settle()
		gone := found[event.Revoked](e)
		require.Len(t, gone, 1)
		require.Zero(t, gone[0].Took, "a record that waits is not running")
		e.pass(time.Minute)
		require.Len(t, e.allCalls(), 4, "its timer does nothing any more")
		require.EqualValues(t, 1, e.committed(0))
		require.EqualValues(t, 1, e.committed(1))
	})
}

// A revoke under async-acks waits for what is open; without, it does not.
func TestRevokeAndOpenRecords(t *testing.T) {
	for _, async := range []bool{false, true} {
		bubble(t, func(t *testing.T, e *engine) {
			e.mode(ackmode.Manual)
			e.spec.AsyncAcks = async
			m := e.manual(func(_ context.Context, _ *listener.RawRecord, ack listener.Acknowledgment) error {
				time.AfterFunc(2*time.Second, func() { _ = ack.Acknowledge() })
				return nil
			})
			e.cluster.Fill(topic, 0, 3)
			e.settle()
			m.Revoke(part(0))
			e.pass(5 * time.Second)
			want := int64(-1)
			if async {
				want = 3
			}
			require.Equal(t, want, e.committed(0), "async-acks %v", async)
		})
	}
}

// A client that never said that a partition went, and gives it again.
func TestAssignedTwice(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		m := e.manual(second)
		e.cluster.Fill(topic, 0, 3)
		e.pass(500 * time.Millisecond)
		m.Give(part(0))
		e.pass(10 * time.Second)
		require.Len(t, found[event.Lost](e), 1, "the first assignment is over")
		require.Equal(t, []int64{0, 0, 1, 2}, e.seen())
		require.EqualValues(t, 3, e.committed(0))
	})
}
