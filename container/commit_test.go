package container_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// commitFault makes the next n commits fail with err; 0 is for ever.
func (e *engine) commitFault(err error, n int, parts ...broker.Partition) (remove func()) {
	return e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: n, Err: err, Parts: parts})
}

func TestRefusedCommitKeepsMarksAndIsSentAgain(t *testing.T) {
	for code, class := range map[int]broker.Class{22: broker.Fenced, 25: broker.Fenced, 27: broker.Retriable, 113: broker.Retriable} {
		for _, mode := range []ackmode.Mode{ackmode.Record, ackmode.Batch, ackmode.Count} {
			t.Run(fmt.Sprint(code, mode), func(t *testing.T) {
				bubble(t, func(t *testing.T, e *engine) {
					e.mode(mode)
					e.cluster.Fill(topic, 0, 5)
					e.commitFault(clientError(class, code), 4)
					e.start(done)
					e.pass(100*time.Millisecond - time.Millisecond)
					require.EqualValues(t, -1, e.committed(0))
					e.pass(20 * time.Second)
					require.EqualValues(t, 5, e.committed(0), "the marks were kept")
					require.Equal(t, []int64{0, 1, 2, 3, 4}, e.seen(), "nothing runs again")
					require.Len(t, found[event.Assigned](e), 1, "ownership is not the committer's to end")
					require.Len(t, found[event.CommitFailed](e), 4)
					e.group.CheckMonotonic(t)
				})
			})
		}
	}
}

func TestRefusedCommitBacksOffToFiveSeconds(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 1)
		heal := e.commitFault(clientError(broker.Retriable, 27), 0)
		e.start(done)
		e.pass(29 * time.Second)
		var waits []time.Duration
		for _, f := range found[event.CommitFailed](e) {
			waits = append(waits, f.Retry)
		}
		ms := time.Millisecond
		require.Equal(t, []time.Duration{
			100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms,
			5000 * ms, 5000 * ms, 5000 * ms, 5000 * ms, 5000 * ms,
		}, waits)
		heal()
		e.pass(5 * time.Second)
		require.EqualValues(t, 1, e.committed(0))
	})
}

func TestOneRefusedPartitionDoesNotHoldUpTheOthers(t *testing.T) {
	for _, mode := range []ackmode.Mode{ackmode.Record, ackmode.Batch} {
		bubble(t, func(t *testing.T, e *engine) {
			e.mode(mode)
			e.commitFault(clientError(broker.Retriable, 3), 0, part(0))
			e.start(done)
			e.cluster.Fill(topic, 0, 3)
			e.cluster.Fill(topic, 1, 3)
			e.pass(20 * time.Second)
			require.EqualValues(t, 3, e.committed(1))
			e.cluster.Fill(topic, 1, 500)
			e.pass(10 * time.Millisecond)
			require.EqualValues(t, 503, e.committed(1), "%s: partition 1 goes on at full speed", mode)
			require.EqualValues(t, -1, e.committed(0))
			require.Less(t, len(found[event.CommitFailed](e)), 20, "partition 0 backs off")
		})
	}
}

func TestHangingCommitHoldsNeitherPollsNorOtherHandlers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hang := newStuck(t)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Block: hang.gate})
		e.cluster.Fill(topic, 0, 1)
		e.start(done)
		e.cluster.Fill(topic, 1, 3)
		e.pass(30 * time.Second)
		require.Len(t, e.of(1), 3, "handlers go on")
		require.EqualValues(t, -1, e.committed(1), "one commit is in flight at a time")
		hang.free()
		e.pass(10 * time.Millisecond)
		require.EqualValues(t, 3, e.committed(1))
		require.EqualValues(t, 1, e.committed(0))
	})
}

func TestHangingCommitBoundsTheRevokeAndSkipsTheLastCommit(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.Manual()
		hang := newStuck(t)
		e.start(done)
		e.member(0).Give(part(0), part(1))
		e.settle()
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Block: hang.gate})
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Second)
		e.cluster.Fill(topic, 0, 4)
		e.pass(time.Second)
		e.member(0).Revoke(part(0))
		e.pass(3*time.Second - time.Millisecond)
		require.Empty(t, found[event.Revoked](e))
		e.pass(time.Millisecond)
		gone := found[event.Revoked](e)
		require.Len(t, gone, 1)
		require.ErrorContains(t, gone[0].Err, "no last commit")
		require.Equal(t, 3*time.Second, gone[0].Took)
		hang.free()
		e.pass(10 * time.Second)
		require.Len(t, e.group.Commits(), 1, "the hanging one lands, nothing follows it")
		require.EqualValues(t, 1, e.committed(0))
		e.cluster.Fill(topic, 1, 2)
		e.pass(time.Second)
		require.EqualValues(t, 2, e.committed(1), "the other partition goes on")
	})
}

func TestUnansweredLastCommitBoundsTheRevoke(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.Manual()
		e.mode(ackmode.Time)
		hang := newStuck(t)
		e.start(done)
		e.member(0).Give(part(0))
		e.settle()
		e.cluster.Fill(topic, 0, 3)
		e.settle()
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Block: hang.gate})
		e.member(0).Revoke(part(0))
		e.pass(3 * time.Second)
		gone := found[event.Revoked](e)
		require.Len(t, gone, 1)
		require.ErrorContains(t, gone[0].Err, "not answered")
	})
}

func TestAcknowledgeErrorThenSecondCallWaitsAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.cluster.Fill(topic, 0, 2)
		e.commitFault(clientError(broker.Retriable, 27), 1)
		var first, second, third error
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Offset > 0 {
				return ack.Acknowledge()
			}
			first, second = ack.Acknowledge(), ack.Acknowledge()
			third = ack.Acknowledge()
			return nil
		})
		e.pass(time.Second)
		var refused *container.CommitError
		require.ErrorAs(t, first, &refused)
		require.Equal(t, part(0), refused.Partition)
		require.NoError(t, second, "it waited for the commit that was sent again")
		require.ErrorIs(t, third, listener.ErrSettled)
		require.EqualValues(t, 2, e.committed(0))
		require.Equal(t, []int64{0, 1}, e.seen())
	})
}

func TestReturnedAcknowledgeErrorNeverRedelivers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.cluster.Fill(topic, 0, 3)
		e.commitFault(clientError(broker.Retriable, 27), 2)
		e.start(func(_ context.Context, _ *listener.RawRecord, ack listener.Acknowledgment) error {
			if err := ack.Acknowledge(); err != nil {
				return fmt.Errorf("billing: %w", err)
			}
			return nil
		})
		e.pass(99 * time.Millisecond)
		require.Equal(t, []int64{0}, e.seen(), "awaited: the next one waits for the commit")
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1, 2}, e.seen())
		require.EqualValues(t, 3, e.committed(0))
		require.Empty(t, found[event.RecordFailed](e))
		require.Len(t, found[event.AckedButFailed](e), 1)
	})
}

func TestPositionIsAssertedEveryMinute(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.SetCommitted(broker.Offset{Partition: part(1), Offset: 0})
		e.cluster.Fill(topic, 0, 2)
		e.start(done)
		e.pass(time.Second)
		e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 1}) // a stray late commit
		e.pass(59*time.Second - time.Millisecond)
		require.EqualValues(t, 1, e.committed(0))
		before := len(e.group.Commits())
		e.pass(time.Millisecond)
		require.EqualValues(t, 2, e.committed(0), "healed")
		require.Len(t, e.group.Commits(), before+2, "and the offset of an idle partition does not expire")
		e.pass(time.Minute)
		require.Len(t, e.group.Commits(), before+4)
		require.EqualValues(t, -1, e.committed(2), "nothing is claimed that nobody committed")
	})
}
