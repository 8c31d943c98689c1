package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestBatchCommitsAtTheChunksEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		gate := make(chan struct{})
		e.cluster.Fill(topic, 0, 4)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 2 {
				<-gate
			}
			return nil
		})
		e.pass(3 * time.Second)
		require.Equal(t, []int64{0, 1, 2}, e.seen())
		require.EqualValues(t, -1, e.committed(0), "the chunk has not ended")
		close(gate)
		e.pass(time.Millisecond)
		require.EqualValues(t, 4, e.committed(0))
		require.Len(t, e.group.Commits(), 1)
	})
}

func TestRecordCommitsEachRecordBeforeTheNext(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Record)
		e.cluster.Fill(topic, 0, 5)
		var before []int64
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			before = append(before, e.committed(0))
			return nil
		})
		e.pass(time.Second)
		require.Equal(t, []int64{-1, 1, 2, 3, 4}, before)
		require.EqualValues(t, 5, e.committed(0))
	})
}

func TestTimeCommitsByTheClock(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Time)
		e.cluster.Fill(topic, 0, 3)
		e.start(done)
		e.pass(5*time.Second - time.Millisecond)
		require.EqualValues(t, -1, e.committed(0))
		e.pass(time.Millisecond)
		require.EqualValues(t, 3, e.committed(0), "exactly ack-time after the start")
		e.cluster.Fill(topic, 0, 2)
		e.pass(5*time.Second - time.Millisecond)
		require.EqualValues(t, 3, e.committed(0))
		e.pass(time.Millisecond)
		require.EqualValues(t, 5, e.committed(0))
	})
}

func TestCountFreezesThePoint(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Count)
		e.spec.AckCount = 3
		e.cluster.Fill(topic, 0, 7)
		e.start(done)
		require.EqualValues(t, 6, e.committed(0), "one is left over")
		offsets := []int64{}
		for _, c := range e.group.Commits() {
			offsets = append(offsets, c.Offset.Offset)
		}
		require.NotContains(t, offsets, int64(4))
		require.NotContains(t, offsets, int64(5))
		e.pass(time.Second - time.Millisecond)
		require.EqualValues(t, 6, e.committed(0))
		e.pass(time.Millisecond)
		require.EqualValues(t, 7, e.committed(0), "the leftover, after a second of silence")
	})
}

func TestCountTimeTakesWhatComesFirst(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.CountTime)
		e.spec.AckCount, e.spec.AckTime = 100, 500*time.Millisecond
		e.cluster.Fill(topic, 0, 3)
		e.start(done)
		e.pass(499 * time.Millisecond)
		require.EqualValues(t, -1, e.committed(0))
		e.pass(time.Millisecond)
		require.EqualValues(t, 3, e.committed(0), "by time")
		e.cluster.Fill(topic, 0, 100)
		e.pass(101 * time.Millisecond)
		require.EqualValues(t, 103, e.committed(0), "by count")
	})
}

func TestManualImmediateCommitsOutOfOrderAcksWithoutGaps(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		acks := map[int64]listener.Acknowledgment{}
		e.cluster.Fill(topic, 0, 4)
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			acks[r.Offset] = ack
			return nil
		})
		require.Len(t, acks, 4, "later records are delivered although none is acknowledged")
		for _, step := range []struct{ ack, committed int64 }{{3, -1}, {1, -1}, {0, 2}, {2, 4}} {
			require.NoError(t, acks[step.ack].Acknowledge())
			require.Equal(t, step.committed, e.committed(0), "after ack %d", step.ack)
			require.ErrorIs(t, acks[step.ack].Acknowledge(), listener.ErrSettled)
		}
		e.group.CheckMonotonic(t)
	})
}

func TestManualLeavesNoGap(t *testing.T) {
	for _, cumulative := range []bool{false, true} {
		bubble(t, func(t *testing.T, e *engine) {
			e.mode(ackmode.Manual)
			e.spec.Cumulative = cumulative
			e.cluster.Fill(topic, 0, 4)
			k := e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
				if r.Offset == 1 {
					return nil
				}
				return ack.Acknowledge()
			})
			e.pass(2 * time.Second)
			want := int64(1)
			if cumulative {
				want = 4
			}
			require.Equal(t, want, e.committed(0))
			_, err := e.stop(k)
			require.NoError(t, err)
			require.NoError(t, k.Start(context.Background()))
			e.pass(time.Second)
			require.Equal(t, []int64{0, 1, 2, 3, 1, 2, 3}[:4+int(4-want)], e.seen(), "a restart brings back what was not committed")
		})
	}
}

func TestManualLateAckIsCommittedWithinASecondOrAckTime(t *testing.T) {
	for _, ackTime := range []time.Duration{0, 10 * time.Second} {
		bubble(t, func(t *testing.T, e *engine) {
			e.mode(ackmode.Manual)
			e.spec.AckTime = ackTime
			var late listener.Acknowledgment
			e.cluster.Fill(topic, 0, 1)
			e.start(func(_ context.Context, _ *listener.RawRecord, ack listener.Acknowledgment) error {
				late = ack
				return nil
			})
			e.pass(20 * time.Second)
			require.EqualValues(t, -1, e.committed(0))
			require.NoError(t, late.Acknowledge())
			within := max(ackTime, time.Second)
			e.pass(within - time.Millisecond)
			require.EqualValues(t, -1, e.committed(0))
			e.pass(time.Millisecond)
			require.EqualValues(t, 1, e.committed(0))
		})
	}
}

func TestUnackedPolicies(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.spec.Unacked = spec.Unacked{Kind: spec.UnackedRedeliver, After: 2 * time.Second}
		e.cluster.Fill(topic, 0, 2)
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Offset == 0 && r.Attempt == 1 {
				return nil
			}
			return ack.Acknowledge()
		})
		e.pass(2*time.Second - time.Millisecond)
		require.Equal(t, []int64{0}, e.seen())
		e.pass(time.Millisecond)
		require.Equal(t, []int64{0, 0, 1}, e.seen())
		require.EqualValues(t, 2, e.committed(0))
	})
}

func TestNackIsExactAndHoldsOnlyItsPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.cluster.Fill(topic, 0, 3)
		e.cluster.Fill(topic, 1, 3)
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Partition == 0 && r.Offset == 1 && r.Attempt == 1 {
				return ack.Nack(time.Second)
			}
			return ack.Acknowledge()
		})
		require.EqualValues(t, 1, e.committed(0), "what was settled is committed when the partition begins to wait")
		require.EqualValues(t, 3, e.committed(1))
		e.pass(time.Second)
		var zero []call
		for _, c := range e.allCalls() {
			if c.partition == 0 {
				zero = append(zero, c)
			}
		}
		require.Equal(t, []call{{0, 0, 0, 1, 1}, {0, 0, 1, 1, 1}, {time.Second, 0, 1, 1, 2}, {time.Second, 0, 2, 1, 1}}, zero)
		require.EqualValues(t, 3, e.committed(0))
	})
}
