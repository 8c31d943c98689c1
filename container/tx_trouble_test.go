package container_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func copier(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
	return copies(ctx, r)
}

// TestACommitThatIsRefused: all of it runs again, and appears once.
func TestACommitThatIsRefused(t *testing.T) {
	for name, err := range map[string]error{"abort": brokertest.Abortable("no"), "fatal": brokertest.Fatal("dead"), "odd": errors.New("odd")} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log := e.transactional(ackmode.Batch)
				log.Fail("commit", err)
				e.cluster.Fill(topic, 0, 10)
				e.start(copier)
				e.pass(2 * time.Second)
				require.Equal(t, wanted(0, 10), log.Records(outputs))
				require.Len(t, e.allCalls(), 20)
				require.EqualValues(t, 10, e.committed(0))
				for _, c := range e.allCalls() {
					require.Equal(t, 1, c.attempt, "nothing has failed")
				}
			})
		})
	}
}

// TestACommitWithoutAnAnswer: the group's offsets say that it took place, and
// nothing runs again.
func TestACommitWithoutAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		log.Mislay("commit", brokertest.Fatal("no answer"))
		e.cluster.Fill(topic, 0, 10)
		e.start(copier)
		e.pass(2 * time.Second)
		require.Equal(t, wanted(0, 10), log.Records(outputs))
		require.Len(t, e.allCalls(), 10)
		require.Len(t, found[event.TransactionIndeterminate](e), 1)
		require.Len(t, found[event.ProducerRebuilt](e), 1)
		e.cluster.Fill(topic, 0, 5)
		e.pass(time.Second)
		require.Len(t, e.allCalls(), 15)
		require.EqualValues(t, 15, e.committed(0))
	})
}

// TestAClientThatDoesNotComeBack is left behind.
func TestAClientThatDoesNotComeBack(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		release := log.Stick("commit")
		e.cluster.Fill(topic, 0, 10)
		k := e.start(copier)
		e.pass(5 * time.Second)
		log.Unstick("commit") // for others
		e.pass(15 * time.Second)
		require.Equal(t, wanted(0, 10), log.Records(outputs))
		require.EqualValues(t, 10, e.committed(0))
		require.Equal(t, container.HealthUp, k.Health().Status)
		release()
		e.pass(time.Second)
		require.Equal(t, 1, log.Live())
	})
}

// TestASendThatFailsBehindTheHandler is its record's failure.
func TestASendThatFailsBehindTheHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.spec.ErrorHandler = errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
			return errorhandler.Skip()
		})
		e.cluster.Fill(topic, 0, 6)
		refused := &broker.ProducerError{Code: 10, Text: "too large"}
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 3 {
				log.Fail("produce", refused)
			}
			listener.TxFrom(ctx).Publish(ctx, listener.Outgoing{Topic: outputs, Value: []byte(output(r))}, func(listener.Sent, error) {})
			return nil
		})
		e.pass(2 * time.Second)
		failed := found[event.RecordFailed](e)
		require.Len(t, failed, 1)
		require.EqualValues(t, 3, failed[0].Offset)
		require.Equal(t, 1, failed[0].Attempt)
		require.ErrorIs(t, failed[0].Err, refused)
		require.Equal(t, append(wanted(0, 3), "0@4", "0@5"), log.Records(outputs))
		require.EqualValues(t, 6, e.committed(0))
	})
}

// TestABatchThatFailsInTheMiddle: what came before the failing record is
// redone without it.
func TestABatchThatFailsInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.spec.Shape.Batch = true
		e.spec.ErrorHandler = errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
			require.EqualValues(t, 4, f.Records[0].Offset)
			return errorhandler.Skip()
		})
		e.cluster.Fill(topic, 0, 10)
		e.startRaw(func(ctx context.Context, d *listener.Delivery) error {
			for i, r := range d.Records {
				if r.Offset == 4 {
					return listener.FailedAt(i, errBoom)
				}
				if err := copies(ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
		e.pass(2 * time.Second)
		require.Equal(t, append(wanted(0, 4), wanted(0, 10)[5:]...), log.Records(outputs))
		require.EqualValues(t, 10, e.committed(0))
	})
}

// TestARevokeEndsTheTransaction, in peace where handlers end in time.
func TestARevokeEndsTheTransaction(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.spec.Tx.Time = time.Minute
		e.spec.Workers = 2
		e.group.Manual()
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			wait(ctx, time.Second)
			return copies(ctx, r)
		})
		e.member(0).Give(part(0), part(1))
		e.cluster.Fill(topic, 0, 10)
		e.cluster.Fill(topic, 1, 10)
		e.pass(2500 * time.Millisecond)
		e.member(0).Revoke(part(0))
		e.pass(time.Second)
		require.EqualValues(t, 3, e.committed(0))
		require.EqualValues(t, 3, e.committed(1), "one window over both")
		require.NoError(t, found[event.Revoked](e)[0].Err)
		e.pass(10 * time.Second)
		require.EqualValues(t, 10, e.committed(1))
		require.Len(t, log.Records(outputs), 13)
	})
}

// TestARevokeWithADeafHandler aborts: the handler's later sends go nowhere, and
// what stays here runs again.
func TestARevokeWithADeafHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.spec.Tx.Time = time.Minute
		e.spec.Workers = 2
		e.group.Manual()
		held := newStuck(t)
		var late box[error]
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				held.wait()
				late.set(copies(context.WithoutCancel(ctx), r))
				return nil
			}
			return copies(ctx, r)
		})
		e.member(0).Give(part(0), part(1))
		e.cluster.Fill(topic, 0, 1)
		e.cluster.Fill(topic, 1, 5)
		e.pass(time.Second)
		require.Empty(t, log.Records(outputs))
		e.member(0).Revoke(part(0))
		e.pass(20 * time.Second)
		require.Equal(t, wanted(1, 5), log.Records(outputs))
		require.EqualValues(t, -1, e.committed(0))
		require.EqualValues(t, 5, e.committed(1))
		require.Error(t, found[event.Revoked](e)[0].Err)
		held.free()
		e.settle()
		require.ErrorIs(t, late.get(), container.ErrTransactionOver)
	})
}

// TestAZombieCommitsNothing: its member was thrown out while it worked.
func TestAZombieCommitsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		other := e.another()
		other.transactionalAt(log, "other", ackmode.Batch)
		h := func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			err := copies(ctx, r)
			wait(ctx, 50*time.Millisecond)
			return err
		}
		e.cluster.Fill(topic, 0, 30)
		e.start(h)
		e.pass(120 * time.Millisecond)
		e.member(0).Lose()
		other.start(h)
		e.pass(10 * time.Second)
		require.Equal(t, wanted(0, 30), log.Records(outputs))
		require.EqualValues(t, 30, e.committed(0))
	})
}

// TestAStopNamesWhatItAborts: a handler that does not end takes its window along.
func TestAStopNamesWhatItAborts(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		held := newStuck(t)
		e.cluster.Fill(topic, 0, 3)
		k := e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 2 {
				held.wait()
			}
			return copies(ctx, r)
		})
		took, err := e.stop(k)
		require.ErrorContains(t, err, "handler of orders[0]@2")
		require.ErrorContains(t, err, "the last commit: its handlers did not end in time")
		require.LessOrEqual(t, took, 25*time.Second)
		require.Empty(t, log.Records(outputs))
		require.EqualValues(t, -1, e.committed(0))
		held.free()
	})
}

// TestTransactionsThatFailShowInHealth, after ten seconds.
func TestTransactionsThatFailShowInHealth(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		for range 100 {
			log.Fail("offsets", brokertest.Abortable("not allowed"))
		}
		e.cluster.Fill(topic, 0, 3)
		k := e.start(copier)
		e.pass(5 * time.Second)
		require.Equal(t, container.HealthUp, k.Health().Status)
		e.pass(10 * time.Second)
		require.Equal(t, container.HealthDegraded, k.Health().Status)
		require.Contains(t, k.Health().Reason, "transactions fail: send offsets: ")
		require.Less(t, len(e.allCalls()), 50, "it backs off")
		log.Heal()
		e.pass(10 * time.Second)
		require.Equal(t, container.HealthUp, k.Health().Status)
		require.Equal(t, wanted(0, 3), log.Records(outputs))
	})
}

// TestATroubleGoesWithItsPartition: whose partition has moved to another member
// hears of no commit any more that would prove that all is well.
func TestATroubleGoesWithItsPartition(t *testing.T) {
	moved := 0
	for p := range int32(4) {
		bubble(t, func(t *testing.T, e *engine) {
			log := e.transactional(ackmode.Batch)
			log.Fail("abort", errors.New("odd"))
			e.spec.ErrorHandler = errorhandler.HandlerFunc(func(context.Context, errorhandler.Failure) errorhandler.Verdict {
				return errorhandler.Redeliver(time.Hour)
			})
			e.cluster.Fill(topic, p, 1)
			fails := func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
				return errors.New("not yet")
			}
			k := e.start(fails)
			e.pass(15 * time.Second)
			require.Contains(t, k.Health().Reason, "transactions fail: abort transaction: odd")
			other := e.another()
			other.transactionalAt(log, "j", ackmode.Batch)
			other.start(fails)
			e.pass(30 * time.Second)
			if slices.Contains(have(k)[0], part(p)) {
				require.Contains(t, k.Health().Reason, "transactions fail")
				return
			}
			moved++
			require.NotContains(t, k.Health().Reason, "transactions fail")
		})
	}
	require.Positive(t, moved)
}

// TestASeekEndsTheTransaction: what was settled before it is committed, and
// what is read again is copied again, as it was asked for.
func TestASeekEndsTheTransaction(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.spec.Tx.Time = time.Minute
		e.cluster.Fill(topic, 0, 10)
		k := e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			wait(ctx, 100*time.Millisecond)
			return copies(ctx, r)
		})
		e.pass(450 * time.Millisecond)
		require.NoError(t, k.Seek(t.Context(), topic, 0, listener.FromOffset(2)))
		e.pass(3 * time.Second)
		got := log.Records(outputs)
		before := len(got) - 8 // the seek is heard of within 100 ms
		require.GreaterOrEqual(t, before, 5)
		require.Equal(t, append(wanted(0, before), wanted(0, 10)[2:]...), got)
		require.EqualValues(t, 10, e.committed(0))
	})
}

// TestALossWhileARunBegins: partitions go away just when a worker takes the
// first record of one. What that run sends is in no window which goes on with the
// next assignment: it would be there twice.
func TestALossWhileARunBegins(t *testing.T) {
	for _, order := range []spec.Ordering{spec.OrderPartition, spec.OrderKey} {
		t.Run(order.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log := e.transactional(ackmode.Batch)
				e.spec.Tx.Time = 5 * time.Second
				e.spec.Ordering, e.spec.Workers = order, 2
				var asked atomic.Int32
				e.spec.NotBefore = func(*listener.RawRecord) time.Time {
					if asked.Add(1) == 2 { // the first time the loop asks, then the worker
						e.member(0).Lose()
						for range 100_000 { // no time passes where somebody waits for a lock
							runtime.Gosched()
						}
					}
					return time.Time{}
				}
				e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					err := copies(ctx, r)
					wait(context.Background(), time.Duration(1+2*r.Partition)*time.Second)
					return err
				})
				e.cluster.Fill(topic, 0, 1)
				e.pass(500 * time.Millisecond)
				e.cluster.Fill(topic, 1, 1) // keeps the window open
				e.pass(time.Minute)
				require.Len(t, found[event.Lost](e), 1)
				require.ElementsMatch(t, append(wanted(0, 1), wanted(1, 1)...), log.Records(outputs))
				require.EqualValues(t, 1, e.committed(0))
			})
		})
	}
}
