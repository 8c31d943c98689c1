package container_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// The window is 20 × max-poll-records: 100 here. That every client is polled
// at least once a second is checked at the end of each test.
func (e *engine) narrow() { e.spec.MaxPollRecords = 5 }

func TestFullWindowHoldsPollingThenPauses(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.narrow()
		gate := newStuck(t)
		m := e.manual(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			return nil
		})
		m.Revoke(part(1))
		e.settle()
		e.cluster.Fill(topic, 0, 500)
		e.pass(890 * time.Millisecond)
		require.InDelta(t, 100, m.Position(part(0)), 5, "the window is full: it takes no more")
		require.Zero(t, m.Pauses(), "not polling is cheaper than a pause")
		e.pass(110 * time.Millisecond)
		require.Equal(t, []broker.Partition{part(0)}, m.Paused(), "past about a second it pauses")
		e.pass(4 * time.Minute)
		require.Empty(t, e.of(0)[1:])
		require.Equal(t, 1, m.Pauses(), "it does not flip")
		require.Len(t, m.Assigned(), 1)
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 500, "a drained window resumes")
		require.EqualValues(t, 500, e.committed(0))
		require.Empty(t, m.Paused())
	})
}

func TestOneFullPartitionIsPausedSoonWhileOthersFlow(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.narrow()
		e.spec.Workers = 2
		gate := newStuck(t)
		e.cluster.Fill(topic, 0, 500)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				gate.wait()
			}
			return nil
		})
		m := e.member(0)
		e.pass(90 * time.Millisecond)
		require.Empty(t, m.Paused(), "the others are idle: a handler that is merely fast would make room soon")
		e.pass(20 * time.Millisecond)
		require.Equal(t, []broker.Partition{part(0)}, m.Paused())
		for range 100 {
			e.cluster.Fill(topic, 1, 5)
			e.pass(time.Millisecond)
		}
		require.Len(t, e.of(1), 500)
		require.Empty(t, e.of(0)[1:])
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.of(0), 500)
	})
}

func TestOneFullPartitionIsPausedAtOnceBesideBusyOnes(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.narrow()
		gate := newStuck(t)
		e.cluster.Fill(topic, 1, 50)
		e.cluster.Fill(topic, 0, 500)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			return nil
		})
		e.pass(time.Millisecond)
		require.Equal(t, []broker.Partition{part(0)}, e.member(0).Paused())
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 550)
	})
}

func TestFastHandlerBesideIdlePartitionsIsNotPaused(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.narrow()
		e.cluster.Fill(topic, 0, 2000)
		e.start(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
			wait(ctx, time.Millisecond)
			return nil
		})
		e.pass(2100 * time.Millisecond)
		require.Len(t, e.seen(), 2000, "a window a second would have been 100 records")
		require.Zero(t, e.member(0).Pauses())
	})
}

func TestFullPartitionResumesAtHalf(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.narrow()
		e.cluster.Fill(topic, 0, 500)
		e.start(second)
		m := e.member(0)
		low := int64(1 << 60)
		for range 480 {
			e.pass(time.Second)
			queued := m.Position(part(0)) - int64(len(e.seen()))
			require.LessOrEqual(t, queued, int64(105))
			if m.Position(part(0)) < 500 {
				low = min(low, queued)
			}
		}
		require.InDelta(t, 50, low, 5, "it fetches again when half is free")
		require.Less(t, m.Pauses(), 15, "every pause throws a prefetch away")
	})
}

func TestBytesFillTheWindow(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		gate := newStuck(t)
		big := make([]byte, 1<<20)
		for range 40 {
			e.cluster.Append(part(0), listener.RawRecord{Value: big})
		}
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			return nil
		})
		e.pass(10 * time.Second)
		require.LessOrEqual(t, e.member(0).Position(part(0)), int64(18))
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 40)
	})
}

func TestPauseByUserAndByPressure(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.narrow()
		gate := newStuck(t)
		e.cluster.Fill(topic, 0, 300)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			return nil
		})
		e.pass(5 * time.Second)
		k.Pause()
		e.pass(5 * time.Second)
		k.Resume()
		e.pass(5 * time.Second)
		require.Equal(t, []broker.Partition{part(0)}, e.member(0).Paused(), "it is still full")
		k.Pause()
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 1)
		k.Resume()
		e.pass(10 * time.Second)
		require.Len(t, e.seen(), 300)
	})
}

func TestNeverAcknowledgingKeepsReceiving(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		const n = 100_000
		e.mode(ackmode.Manual)
		e.cluster.Fill(topic, 0, n)
		var got atomic.Int64
		var last box[listener.Acknowledgment]
		e.start(func(_ context.Context, _ *listener.RawRecord, ack listener.Acknowledgment) error {
			got.Add(1)
			last.set(ack)
			return nil
		})
		e.pass(2 * time.Minute)
		require.EqualValues(t, n, got.Load())
		require.EqualValues(t, -1, e.committed(0), "the first one pins the offset")
		stalls := found[event.Stalled](e)
		require.Len(t, stalls, 1)
		require.Contains(t, stalls[0].Reason, "offset 0 was never acknowledged")
		require.NoError(t, last.get().Acknowledge())
		e.pass(2 * time.Second)
		require.EqualValues(t, -1, e.committed(0))
	})
}
