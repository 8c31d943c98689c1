package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// noVerdicts makes the error handler fail the test.
func (e *engine) noVerdicts() {
	e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
		e.t.Errorf("the error handler was asked about %v", f.Err)
		return errorhandler.Skip()
	})
}

func TestPostponedIsNoAttempt(t *testing.T) {
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				e.noVerdicts()
				e.cluster.Fill(topic, 0, 2)
				e.cluster.Fill(topic, 1, 1)
				e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
					if r.Partition == 0 && r.Offset == 0 && time.Since(e.began) < 20*time.Second {
						return listener.Postpone(10*time.Second, errBoom)
					}
					return outcome(map[bool]string{true: "ack"}[ack != nil], "nil", ack)
				})
				require.Len(t, e.of(1), 1, "others go on")
				e.pass(time.Minute)
				require.Equal(t, []call{sec(0, 0, 1, 1), sec(10, 0, 1, 1), sec(20, 0, 1, 1), sec(20, 1, 1, 1)}, e.of(0))
				require.EqualValues(t, 2, e.committed(0))
				require.Empty(t, found[event.RecordFailed](e))
			})
		})
	}
}

// A record that is not due for an hour is no trouble, and one that failed
// before keeps its count.
func TestPostponedForAnHour(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var since []time.Time
		e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
			since = append(since, f.Since)
			return errorhandler.Redeliver(time.Second)
		})
		e.cluster.Fill(topic, 0, 1)
		n := 0
		k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			switch n++; n {
			case 1, 3:
				return errBoom
			case 2:
				return listener.Postpone(time.Hour, nil)
			default:
				return nil
			}
		})
		e.pass(30 * time.Minute)
		require.Equal(t, "up", k.Health().Status.String())
		require.Empty(t, found[event.Stalled](e))
		e.pass(time.Hour)
		require.Equal(t, []call{sec(0, 0, 1, 1), sec(1, 0, 1, 2), sec(3601, 0, 1, 2), sec(3602, 0, 1, 3)}, e.of(0))
		require.Len(t, since, 2)
		require.Equal(t, since[0], since[1])
		require.EqualValues(t, 1, e.committed(0))
	})
}

func TestPostponedBatch(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.noVerdicts()
		e.cluster.Fill(topic, 0, 5)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			switch len(e.of(0)) {
			case 1:
				return listener.Postpone(time.Second, nil)
			case 2:
				return listener.FailedAt(2, listener.Postpone(time.Second, nil))
			default:
				return nil
			}
		})
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 5, 1), sec(1, 0, 5, 1), sec(2, 2, 3, 1)}, e.of(0))
		require.EqualValues(t, 5, e.committed(0))
	})
}

// What was acknowledged or nacked before stands.
func TestPostponedAfterAnAcknowledgment(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.noVerdicts()
		e.cluster.Fill(topic, 0, 5)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if len(d.Records) == 5 {
				require.NoError(t, d.BatchAck.AcknowledgeFirst(3))
				return listener.Postpone(time.Second, nil)
			}
			return d.BatchAck.Acknowledge()
		})
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 5, 1), sec(1, 3, 2, 1)}, e.of(0))
		require.EqualValues(t, 5, e.committed(0))
	})
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.noVerdicts()
		e.cluster.Fill(topic, 0, 1)
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Attempt == 1 {
				require.NoError(t, ack.Nack(2*time.Second))
				return listener.Postpone(time.Second, nil)
			}
			return ack.Acknowledge()
		})
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 1, 1), sec(2, 0, 1, 2)}, e.of(0), "a nack counts")
	})
}

// A stop does not wait for what is postponed.
func TestPostponedAndStopped(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 1)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			return listener.Postpone(time.Hour, nil)
		})
		e.pass(time.Second)
		took, err := e.stop(k)
		require.NoError(t, err)
		require.Less(t, took, time.Second)
		require.EqualValues(t, -1, e.committed(0))
	})
}

func TestPostponedInATransaction(t *testing.T) {
	for _, sends := range []bool{false, true} {
		bubble(t, func(t *testing.T, e *engine) {
			e.noVerdicts()
			log := e.transactional(ackmode.Batch)
			e.cluster.Fill(topic, 0, 4)
			e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				if r.Offset == 2 && time.Since(e.began) < 10*time.Second {
					if sends {
						require.NoError(t, copies(ctx, r))
					}
					return listener.Postpone(10*time.Second, nil)
				}
				require.Equal(t, 1, r.Attempt)
				return copies(ctx, r)
			})
			e.pass(9 * time.Second)
			require.Equal(t, wanted(0, 2), log.Records(outputs))
			require.EqualValues(t, 2, e.committed(0), "what is before it is done")
			e.pass(time.Minute)
			require.Equal(t, wanted(0, 4), log.Records(outputs), "nothing twice")
			require.EqualValues(t, 4, e.committed(0))
			require.Equal(t, sends, len(found[event.TransactionAborted](e)) > 0)
		})
	}
}

// One record of a batch is postponed: it alone waits, and that is no trouble.
func TestPostponedAmongResults(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.noVerdicts()
		e.cluster.Fill(topic, 0, 3)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if len(d.Records) == 3 {
				return listener.Results(d.Records, []error{nil, listener.Postpone(2*time.Hour, nil), nil})
			}
			return nil
		})
		e.pass(3 * time.Hour)
		require.Equal(t, []call{sec(0, 0, 3, 1), sec(7200, 1, 1, 1)}, e.of(0))
		require.EqualValues(t, 3, e.committed(0))
		require.Empty(t, found[event.Stalled](e))
	})
}
