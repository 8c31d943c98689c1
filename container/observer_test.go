package container_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

func TestBlockedObserverHoldsNothingUp(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Record)
		blocked := newStuck(t)
		e.observe = func(event.Event) { blocked.wait() }
		const n = 6000 // each is a Committed event: more than the queue holds
		e.cluster.Fill(topic, 0, n)
		k := e.start(done)
		e.pass(time.Minute)
		require.Len(t, e.seen(), n)
		require.EqualValues(t, n, e.committed(0))
		_, err := e.stop(k)
		require.NoError(t, err)
		blocked.free()
		e.pass(time.Second)
		lost := uint64(0)
		for _, d := range found[event.Dropped](e) {
			lost += d.Events
		}
		require.NotZero(t, lost)
		committed := uint64(len(found[event.Committed](e)))
		require.Less(t, committed, uint64(n))
		require.GreaterOrEqual(t, committed+lost, uint64(n), "what was dropped is counted")
	})
}

// An observer that never comes back must not keep the process from ending.
func TestCloseDoesNotWaitForABlockedObserverForEver(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		blocked := newStuck(t)
		e.observe = func(event.Event) { blocked.wait() }
		e.start(done)
		began := time.Now()
		require.NoError(t, e.reg.Stop(context.Background()))
		e.reg.Close()
		require.LessOrEqual(t, time.Since(began), 2*time.Second)
	})
}

func TestPanickingObserver(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var saw atomic.Int32
		e.observe = func(event.Event) { saw.Add(1); panic("observer") }
		e.cluster.Fill(topic, 0, 3)
		e.start(done)
		e.pass(time.Second)
		require.EqualValues(t, 3, e.committed(0))
		require.Greater(t, saw.Load(), int32(3))
	})
}

// An observer that ends its goroutine misses that event alone.
func TestObserverThatCallsGoexit(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var saw atomic.Int32
		e.observe = func(event.Event) {
			if saw.Add(1)%2 == 0 {
				runtime.Goexit()
			}
		}
		e.cluster.Fill(topic, 0, 3)
		k := e.start(done)
		e.pass(time.Second)
		_, err := e.stop(k)
		require.NoError(t, err)
		require.NoError(t, e.reg.Stop(context.Background()))
		e.reg.Close() // which waits for the last event
		require.Greater(t, saw.Load(), int32(5))
		e.mu.Lock()
		defer e.mu.Unlock()
		require.Len(t, e.events, int(saw.Load()+1)/2, "every other one")
	})
}

// Events leave after the lock: an observer may ask for the status, and pause.
func TestObserverMayAskTheEngine(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var asked atomic.Int32
		e.observe = func(ev event.Event) {
			k := e.container("billing")
			_ = k.Status()
			switch ev.(type) {
			case event.RecordNacked, event.LateAck, event.CommitFailed, event.AckedButFailed, event.Revoked:
				k.Pause()
				k.Resume()
				asked.Add(1)
			}
		}
		e.mode(ackmode.ManualImmediate)
		e.cluster.Fill(topic, 0, 3)
		e.commitFault(errBoom, 1)
		var late box[listener.Acknowledgment]
		k := e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Offset == 1 && r.Attempt == 1 {
				late.set(ack)
				return ack.Nack(time.Second)
			}
			_ = ack.Acknowledge()
			return errBoom
		})
		e.pass(5 * time.Second)
		_, err := e.stop(k)
		require.NoError(t, err)
		require.ErrorIs(t, late.get().Acknowledge(), listener.ErrRevoked)
		e.settle()
		require.GreaterOrEqual(t, asked.Load(), int32(6))
		require.EqualValues(t, 3, e.committed(0))
	})
}

func TestLifeIsReportedInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 1)
		k := e.start(done)
		e.pass(time.Second)
		_, err := e.stop(k)
		require.NoError(t, err)
		e.settle()
		var order []string
		for _, ev := range e.events {
			switch ev.(type) {
			case event.ListenerStarting:
				order = append(order, "starting")
			case event.ConsumerStarted:
				order = append(order, "consumer started")
			case event.Assigned:
				order = append(order, "assigned")
			case event.Committed:
				order = append(order, "committed")
			case event.ConsumerEnded:
				order = append(order, "consumer ended")
			case event.ListenerStopped:
				order = append(order, "stopped")
			}
		}
		require.Equal(t, []string{"starting", "consumer started", "assigned", "committed", "consumer ended", "stopped"}, order)
	})
}

// Run ends with its context, or when every listener has ended by itself; one
// that somebody stopped may be started again.
func TestRun(t *testing.T) {
	for _, how := range []string{"context", "fatal", "restart", "none started"} {
		t.Run(how, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.spec.AutoStartup = how != "none started"
				e.cluster.Fill(topic, 0, 1)
				h := func(context.Context, *listener.Delivery) error { return errBoom }
				if how == "fatal" {
					e.verdicts(stopVerdict)
				}
				e.reg = e.registry(e.complete(e.spec, h))
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				ran := make(chan error, 1)
				go func() { ran <- e.reg.Run(ctx) }()
				e.pass(time.Second)
				k := e.container("billing")
				if how == "fatal" {
					var fatal *container.FatalError
					require.ErrorAs(t, <-ran, &fatal)
					return
				}
				if how == "restart" {
					_, err := e.stop(k)
					require.NoError(t, err)
					e.pass(time.Second)
					require.NoError(t, k.Start(context.Background()))
					e.pass(time.Minute)
					require.Equal(t, container.Running, k.Status().State)
				}
				require.Empty(t, ran)
				cancel()
				require.NoError(t, <-ran)
			})
		})
	}
}
