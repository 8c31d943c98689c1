package container_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// batches runs a batch listener.
func (e *engine) batches(h listener.HandlerFunc) *container.Container {
	e.spec.Shape = listener.Shape{Batch: true, Acks: e.spec.AckMode.Row().By == ackmode.ByHandler}
	return e.startRaw(h)
}

// sec is a batch call of partition 0.
func sec(at int, offset int64, records, attempt int) call {
	return call{time.Duration(at) * time.Second, 0, offset, records, attempt}
}

func TestBatchFailedAt(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var failures []errorhandler.Failure
		e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
			f.Records = slices.Clone(f.Records) // the engine's, for the length of the call
			failures = append(failures, f)
			return errorhandler.Redeliver(time.Second)
		})
		e.cluster.Fill(topic, 0, 5)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			switch d.Attempt {
			case 1:
				return listener.FailedAt(2, errBoom)
			case 2:
				return listener.FailedAt(0, errBoom)
			default:
				return nil
			}
		})
		require.EqualValues(t, 2, e.committed(0), "the first two are done")
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 5, 1), sec(1, 2, 3, 2), sec(2, 2, 3, 3)}, e.of(0))
		require.Len(t, failures, 2)
		require.Len(t, failures[0].Records, 3)
		require.EqualValues(t, 2, failures[0].Records[0].Offset)
		require.Equal(t, errBoom, failures[0].Err)
		require.Equal(t, failures[0].Since, failures[1].Since)
		require.EqualValues(t, 5, e.committed(0))
	})
}

func TestBatchFailedBeyondItsEndIsDone(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 3)
		e.batches(func(context.Context, *listener.Delivery) error { return listener.FailedAt(3, errBoom) })
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 3, 1)}, e.of(0))
		require.EqualValues(t, 3, e.committed(0))
	})
}

func TestBatchPlainErrorRunsWhollyAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(time.Second) })
		e.cluster.Fill(topic, 0, 3)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if d.Attempt == 1 && d.Records[0].Offset == 0 {
				return errBoom
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 2)
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 3, 1), sec(1, 0, 3, 2), sec(1, 3, 2, 1)}, e.of(0))
		require.EqualValues(t, 5, e.committed(0))
	})
}

func TestBatchSkipsOne(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Skip() })
		e.cluster.Fill(topic, 0, 5)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			for i, r := range d.Records {
				if r.Offset == 2 {
					return listener.FailedAt(i, errBoom)
				}
			}
			return nil
		})
		e.pass(time.Second)
		require.Equal(t, []call{sec(0, 0, 5, 1), sec(0, 3, 2, 1)}, e.of(0), "those after it were not reached")
		require.EqualValues(t, 5, e.committed(0))
		require.EqualValues(t, 2, found[event.RecordFailed](e)[0].Offset)
	})
}

func TestBatchNackFrom(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.cluster.Fill(topic, 0, 5)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			var wrong *container.RangeError
			require.ErrorAs(t, d.BatchAck.NackFrom(len(d.Records), 0), &wrong)
			require.ErrorAs(t, d.BatchAck.NackFrom(-1, 0), &wrong)
			require.ErrorAs(t, d.BatchAck.AcknowledgeFirst(len(d.Records)+1), &wrong)
			if d.Attempt == 1 {
				return d.BatchAck.NackFrom(3, 2*time.Second)
			}
			return d.BatchAck.Acknowledge()
		})
		require.EqualValues(t, 3, e.committed(0))
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 5, 1), sec(2, 3, 2, 2)}, e.of(0))
		require.EqualValues(t, 5, e.committed(0))
		require.EqualValues(t, 3, found[event.RecordNacked](e)[0].Offset)
	})
}

func TestBatchAcknowledgeFirst(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.cluster.Fill(topic, 0, 5)
		var committed []int64
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			for _, n := range []int{0, 2, 4} {
				require.NoError(t, d.BatchAck.AcknowledgeFirst(n))
				committed = append(committed, e.committed(0))
			}
			require.ErrorIs(t, d.BatchAck.AcknowledgeFirst(3), listener.ErrSettled)
			require.NoError(t, d.BatchAck.Acknowledge())
			committed = append(committed, e.committed(0))
			return nil
		})
		e.pass(time.Second)
		require.Equal(t, []int64{-1, 2, 4, 5}, committed)
	})
}

func TestBatchErrorAfterAcknowledgeFirst(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(time.Second) })
		e.cluster.Fill(topic, 0, 5)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if d.Attempt == 1 {
				require.NoError(t, d.BatchAck.AcknowledgeFirst(2))
				return errBoom
			}
			return d.BatchAck.Acknowledge()
		})
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 5, 1), sec(1, 2, 3, 2)}, e.of(0), "what was acknowledged does not come again")
		require.EqualValues(t, 5, e.committed(0))
	})
}

// The commit of a part failed, and the handler gave up: the part is done, the
// rest was never worked on and comes again.
func TestBatchCommitErrorInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(time.Second) })
		e.cluster.Fill(topic, 0, 5)
		// Late, so that somebody waits for it when it fails.
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Delay: time.Millisecond, Err: clientError(broker.Retriable, 27)})
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if err := d.BatchAck.AcknowledgeFirst(min(2, len(d.Records))); err != nil {
				return err
			}
			return d.BatchAck.Acknowledge()
		})
		e.pass(time.Minute)
		require.Equal(t, []call{sec(0, 0, 5, 1), {101 * time.Millisecond, 0, 2, 3, 2}}, e.of(0))
		require.EqualValues(t, 5, e.committed(0))
		require.Empty(t, found[event.RecordFailed](e))
	})
}
