package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// batchDone is a batch handler, under an automatic mode, that takes no time.
func batchDone(context.Context, *listener.Delivery) error { return nil }

// gathers starts a batch listener with a size and a linger.
func (e *engine) gathers(size int, linger time.Duration, h listener.HandlerFunc) *container.Container {
	e.spec.BatchSize, e.spec.BatchLinger = size, linger
	return e.batches(h)
}

// ms is a batch call of partition 0.
func ms(at int, offset int64, records, attempt int) call {
	return call{time.Duration(at) * time.Millisecond, 0, offset, records, attempt}
}

// Without a linger a batch is what waits, up to its size, whatever chunks that came in.
func TestBatchesOfASize(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.MaxPollRecords = 4
		e.cluster.Fill(topic, 0, 1)
		e.gathers(6, 0, func(_ context.Context, d *listener.Delivery) error {
			if d.Records[0].Offset == 0 {
				time.Sleep(time.Second) //nolint:forbidigo // fake time
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 15) // four chunks wait meanwhile
		e.pass(time.Minute)
		require.Equal(t, []call{ms(0, 0, 1, 1), ms(1000, 1, 6, 1), ms(1000, 7, 6, 1), ms(1000, 13, 3, 1)}, e.of(0))
		require.EqualValues(t, 16, e.committed(0))
	})
}

// A batch waits until it is full, or its linger has passed since its first record.
func TestABatchLingers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.gathers(5, time.Second, batchDone)
		e.cluster.Fill(topic, 0, 2)
		e.pass(600 * time.Millisecond)
		e.cluster.Fill(topic, 0, 1) // which does not begin it anew
		e.cluster.Fill(topic, 1, 5) // full at once, next to it
		e.pass(399 * time.Millisecond)
		require.Empty(t, e.of(0))
		require.Len(t, e.of(1), 1, "a linger holds its partition alone")
		e.pass(time.Millisecond)
		require.Equal(t, []call{ms(1000, 0, 3, 1)}, e.of(0))
		require.EqualValues(t, 3, e.committed(0))

		e.cluster.Fill(topic, 0, 4)
		e.pass(500 * time.Millisecond)
		e.cluster.Fill(topic, 0, 3)
		e.settle()
		require.Equal(t, ms(1500, 3, 5, 1), e.of(0)[1], "full before its time")
		e.pass(999 * time.Millisecond)
		require.Len(t, e.of(0), 2)
		e.pass(time.Millisecond)
		require.Equal(t, ms(2500, 8, 2, 1), e.of(0)[2], "the rest lingers since it came")
		e.pass(10 * time.Minute)
		require.Empty(t, found[event.Stalled](e))
	})
}

// The time in which another batch runs is part of the linger.
func TestALingerRunsBesideTheHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 2)
		e.gathers(2, time.Second, func(context.Context, *listener.Delivery) error {
			time.Sleep(3 * time.Second) //nolint:forbidigo // fake time
			return nil
		})
		e.pass(500 * time.Millisecond)
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Minute)
		require.Equal(t, []call{ms(0, 0, 2, 1), ms(3000, 2, 1, 1)}, e.of(0))
	})
}

// What lingers at a stop is not handled and not committed, and comes again.
func TestAStopThrowsHalfABatchAway(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.gathers(5, time.Minute, batchDone)
		e.cluster.Fill(topic, 0, 7)
		e.pass(time.Second)
		require.Len(t, e.of(0), 1)
		took, err := e.stop(k)
		require.NoError(t, err)
		require.Less(t, took, time.Second, "it does not wait for the linger")
		require.EqualValues(t, 5, e.committed(0))
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Minute - time.Second)
		require.Len(t, e.of(0), 1, "it lingers anew")
		e.pass(2 * time.Second)
		require.Equal(t, call{e.of(0)[1].at, 0, 5, 2, 1}, e.of(0)[1])
		require.EqualValues(t, 7, e.committed(0))
	})
}

// A revoke neither waits for a linger nor settles what lingers.
func TestARevokeThrowsHalfABatchAway(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.BatchSize, e.spec.BatchLinger, e.spec.Shape.Batch = 5, time.Minute, true
		m := e.manual(done)
		e.cluster.Fill(topic, 0, 3)
		e.pass(time.Second)
		began := time.Now()
		m.Revoke()
		e.settle()
		require.Empty(t, m.Assigned())
		require.Less(t, time.Since(began), time.Second)
		e.pass(2 * time.Minute)
		require.Empty(t, e.of(0))
		require.EqualValues(t, -1, e.committed(0))
		m.Give(part(0))
		e.pass(2 * time.Minute)
		require.Len(t, e.of(0), 1)
		require.Equal(t, 3, e.of(0)[0].records)
		require.EqualValues(t, 3, e.committed(0))
	})
}

// A pause holds a batch whose linger passes meanwhile, and a seek forgets what lingers.
func TestPauseAndSeekWhileABatchLingers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.gathers(5, 10*time.Second, batchDone)
		e.cluster.Fill(topic, 0, 3)
		e.pass(time.Second)
		k.Pause()
		e.pass(time.Minute)
		require.Empty(t, e.of(0))
		k.Resume()
		e.settle()
		require.Equal(t, []call{ms(61000, 0, 3, 1)}, e.of(0))

		e.cluster.Fill(topic, 0, 2)
		e.pass(time.Second)
		require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromOffset(1)))
		e.pass(30 * time.Second)
		calls := e.of(0)[1:]
		require.Len(t, calls, 1)
		require.EqualValues(t, 1, calls[0].offset)
		require.Equal(t, 4, calls[0].records)
		require.EqualValues(t, 5, e.committed(0))
	})
}

// What failed is delivered again at its time, alone, and what came meanwhile lingers behind it.
func TestARedeliveryDoesNotLinger(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(100 * time.Millisecond) })
		e.cluster.Fill(topic, 0, 4)
		e.gathers(4, 10*time.Second, func(_ context.Context, d *listener.Delivery) error {
			if d.Attempt == 1 && d.Records[0].Offset == 0 {
				return listener.FailedAt(3, errBoom)
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Minute)
		require.Equal(t, []call{ms(0, 0, 4, 1), ms(100, 3, 1, 2), ms(10000, 4, 1, 1)}, e.of(0))
		require.EqualValues(t, 5, e.committed(0))
	})
}

// The modes count records and are asked after a batch, whatever made it.
func TestGatheredBatchesUnderTheModes(t *testing.T) {
	for mode, want := range map[ackmode.Mode][]int64{ // committed at 0.5, 1, 2 and 7 s
		ackmode.Batch:     {-1, 3, 7, 8},
		ackmode.Count:     {-1, -1, 7, 8}, // of 5: 3 are too few, 7 are enough
		ackmode.Time:      {-1, -1, -1, 8},
		ackmode.CountTime: {-1, -1, 7, 8},
	} {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				e.spec.AckCount, e.spec.MaxPollRecords = 5, 2
				if mode == ackmode.Time || mode == ackmode.CountTime {
					e.spec.AckTime = 5 * time.Second
				}
				e.gathers(4, time.Second, batchDone)
				e.cluster.Fill(topic, 0, 3)
				var got []int64
				for _, after := range []int{500, 500} {
					e.pass(time.Duration(after) * time.Millisecond)
					got = append(got, e.committed(0))
				}
				e.cluster.Fill(topic, 0, 4) // full at once
				e.cluster.Fill(topic, 0, 1)
				e.pass(time.Second - time.Millisecond)
				got = append(got, e.committed(0))
				e.pass(5*time.Second + time.Millisecond)
				require.Equal(t, want, append(got, e.committed(0)))
			})
		})
	}
}
