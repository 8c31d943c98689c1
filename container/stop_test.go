package container_test

import (
	"context"
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

func abandoned(t *testing.T, err error) []string {
	t.Helper()
	var left *container.StopError
	require.ErrorAs(t, err, &left)
	return left.Abandoned
}

func TestStopIsCleanAndCommitsWhatIsSettled(t *testing.T) {
	for _, mode := range []ackmode.Mode{ackmode.Record, ackmode.Batch, ackmode.Time, ackmode.Count, ackmode.CountTime} {
		bubble(t, func(t *testing.T, e *engine) {
			e.mode(mode)
			e.spec.AckCount = 100
			e.cluster.Fill(topic, 0, 10)
			k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				if r.Offset == 4 {
					time.Sleep(3 * time.Second) //nolint:forbidigo // fake time
				}
				return nil
			})
			e.pass(time.Second)
			took, err := e.stop(k)
			require.NoError(t, err)
			require.LessOrEqual(t, took, 2100*time.Millisecond)
			require.EqualValues(t, 5, e.committed(0), "%s: the running one is waited for, the next does not start", mode)
			require.Equal(t, []int64{0, 1, 2, 3, 4}, e.seen())
			require.Empty(t, e.group.Members())
			require.Equal(t, container.Stopped, k.Status().State)
		})
	}
}

func TestStopEndsNackDelaysAndBackOffs(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.cluster.Fill(topic, 0, 3)
		e.cluster.Fill(topic, 1, 3)
		k := e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Partition == 0 {
				return ack.Nack(time.Hour)
			}
			return listener.RetryAfter(time.Hour, nil)
		})
		e.pass(time.Second)
		took, err := e.stop(k)
		require.NoError(t, err)
		require.LessOrEqual(t, took, 100*time.Millisecond)
		e.pass(2 * time.Hour)
		require.Len(t, e.allCalls(), 2)
	})
}

func TestStopWithAHungHandlerEndsWithinItsBudgetAndNamesIt(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		var cause box[error]
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 1, 2)
		e.spec.Workers = 2
		k := e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				<-ctx.Done()
				cause.set(context.Cause(ctx))
				hung.wait()
			}
			return nil
		})
		took, err := e.stop(k)
		require.Len(t, abandoned(t, err), 1)
		require.Contains(t, abandoned(t, err)[0], "billing/0: handler of orders[0]@0, running for 16")
		require.ErrorIs(t, cause.get(), listener.ErrStopping)
		require.InDelta(t, 16, took.Seconds(), 0.2)
		require.EqualValues(t, 2, e.committed(1))
		require.Empty(t, e.group.Members(), "it has left all the same")
		hung.free()
		e.pass(time.Minute)
		require.EqualValues(t, -1, e.committed(0))
		require.Len(t, found[event.ListenerStopped](e), 1)
	})
}

// A handler that was abandoned by a revoke still runs: the stop waits for it, and names it.
func TestStopKnowsHandlersThatARevokeAbandoned(t *testing.T) {
	for _, returns := range []bool{true, false} {
		bubble(t, func(t *testing.T, e *engine) {
			hung := newStuck(t)
			m := e.manual(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
				hung.wait()
				return nil
			})
			e.cluster.Fill(topic, 0, 1)
			e.settle()
			m.Revoke(part(0))
			e.pass(12 * time.Second)
			if returns {
				time.AfterFunc(5*time.Second, hung.free)
			}
			took, err := e.stop(e.container("billing"))
			if returns {
				require.NoError(t, err)
				require.InDelta(t, 5, took.Seconds(), 0.2)
				return
			}
			require.Len(t, abandoned(t, err), 1)
			require.Contains(t, abandoned(t, err)[0], "billing/0: handler of orders[0]@0, running for 28")
		})
	}
}

func TestStopWithADeadBroker(t *testing.T) {
	for _, op := range []brokertest.Op{brokertest.OpCommit, brokertest.OpClose} {
		t.Run(string(op), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				dead := newStuck(t)
				e.cluster.Fill(topic, 0, 2)
				e.mode(ackmode.Time)
				k := e.start(done)
				e.cluster.Inject(brokertest.Fault{Op: op, Block: dead.gate})
				e.cluster.Inject(brokertest.Fault{Op: brokertest.OpLogEnd, Block: dead.gate})
				e.member(0).Emit(clientError(broker.Transient, -187))
				took, err := e.stop(k)
				require.LessOrEqual(t, took, 26*time.Second)
				require.NotEmpty(t, abandoned(t, err))
				if op == brokertest.OpCommit {
					require.LessOrEqual(t, took, 7*time.Second)
					require.Len(t, e.group.Members(), 1, "no Close beside a running commit")
					require.Len(t, abandoned(t, err), 2)
				}
			})
		})
	}
}

func TestStopTwice(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 1)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			time.Sleep(3 * time.Second) //nolint:forbidigo // fake time
			return nil
		})
		first := make(chan error, 1)
		go func() { first <- k.Stop(context.Background()) }()
		e.pass(time.Second)
		require.Equal(t, container.Stopping, k.Status().State)
		require.ErrorIs(t, k.Start(context.Background()), container.ErrRunning)
		took, err := e.stop(k)
		require.NoError(t, err)
		require.InDelta(t, 2, took.Seconds(), 0.1, "it waits for the same stop")
		require.NoError(t, <-first)
		require.NoError(t, k.Stop(context.Background()))
		require.Len(t, found[event.ListenerStopped](e), 1)
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Equal(t, container.Running, k.Status().State)
	})
}

func TestHandlersMayStopAndPauseTheirListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var k box[*container.Container]
		var took box[time.Duration]
		e.cluster.Fill(topic, 0, 3)
		gate := newStuck(t)
		k.set(e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			gate.wait()
			began := time.Now()
			if r.Offset == 0 {
				k.get().Pause()
				k.get().Resume()
				k.get().PausePartition(topic, 3)
				return nil
			}
			err := k.get().Stop(ctx)
			took.set(time.Since(began))
			return err
		}))
		gate.free()
		e.pass(5 * time.Second)
		require.Zero(t, took.get(), "asked with the handler's own context, it does not wait for itself")
		require.Equal(t, []int64{0, 1}, e.seen())
		require.EqualValues(t, 2, e.committed(0))
		require.Equal(t, container.Stopped, k.get().Status().State)
	})
}

// It waits for itself: nothing but the deadline can end that, and it does.
func TestHandlerThatWaitsForItsOwnStop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var k box[*container.Container]
		var got box[error]
		gate := newStuck(t)
		e.cluster.Fill(topic, 0, 1)
		k.set(e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			got.set(k.get().Stop(context.Background()))
			return nil
		}))
		gate.free()
		e.pass(17 * time.Second)
		require.Len(t, abandoned(t, got.get()), 1)
		require.Equal(t, container.Stopped, k.get().Status().State)
	})
}

func TestStopDuringADrain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.RevokeTimeout = 60 * time.Second
		hung := newStuck(t)
		m := e.manual(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			hung.wait()
			return nil
		})
		e.cluster.Fill(topic, 0, 1)
		e.settle()
		m.Revoke(part(0))
		e.pass(time.Second)
		took, err := e.stop(e.container("billing"))
		require.NotEmpty(t, abandoned(t, err))
		require.LessOrEqual(t, took, 26*time.Second, "the stop's deadline ends the drain")
	})
}

func TestAssignedWhileStopping(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		m := e.manual(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			time.Sleep(3 * time.Second) //nolint:forbidigo // fake time
			return nil
		})
		e.cluster.Fill(topic, 0, 1)
		e.cluster.Fill(topic, 2, 5)
		e.settle()
		go func() { e.pass(time.Second); m.Give(part(2)) }()
		_, err := e.stop(e.container("billing"))
		require.NoError(t, err)
		require.Empty(t, e.of(2), "assigned, paused, and given back")
		require.EqualValues(t, 1, e.committed(0))
		require.Empty(t, e.group.Members())
	})
}

func TestStopDeadlineOfTheCaller(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		e.cluster.Fill(topic, 0, 1)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			hung.wait()
			return nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
		defer cancel()
		began := time.Now()
		require.NotEmpty(t, abandoned(t, k.Stop(ctx)))
		require.LessOrEqual(t, time.Since(began), 6*time.Second)
	})
}

// What a stop took is not how long the listener has run.
func TestStoppedSaysHowLongTheStopTook(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		e.pass(time.Hour)
		took, err := e.stop(k)
		require.NoError(t, err)
		said := found[event.ListenerStopped](e)
		require.Len(t, said, 1)
		require.LessOrEqual(t, said[0].Took, took)
		require.GreaterOrEqual(t, said[0].Ran, time.Hour)
	})
}
