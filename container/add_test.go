package container_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// named is another listener of the same kind.
func (e *engine) named(id string, h listener.HandlerFunc) container.Spec {
	s := e.spec
	s.ID, s.Group = id, id
	return e.complete(s, h)
}

func TestAddAndRemoveFiftyTimes(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.start(done)
		e.pass(time.Second)
		for i := range 50 {
			k, err := e.reg.AddSpec(e.named("extra", nothing))
			require.NoError(t, err)
			e.pass(300 * time.Millisecond)
			require.Equal(t, container.HealthUp, k.Health().Status)
			require.Len(t, e.reg.Containers(), 2)
			e.cluster.Fill(topic, 0, 1)
			e.pass(300 * time.Millisecond)
			require.NoError(t, e.reg.Remove(context.Background(), "extra"))
			require.Len(t, e.reg.Containers(), 1)
			require.ErrorIs(t, k.Start(context.Background()), container.ErrRemoved)
			require.Len(t, e.calls, 2*(i+1), "one each")
		}
		require.Len(t, found[event.ListenerAdded](e), 50)
		require.Len(t, found[event.ListenerRemoved](e), 50)
		_, err := e.reg.Container("extra")
		require.ErrorIs(t, err, container.ErrUnknownListener)
		require.ErrorIs(t, e.reg.Remove(context.Background(), "extra"), container.ErrUnknownListener)
	})
}

func TestAddResolves(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.start(done)
		l := listener.On("extra", func(context.Context, listener.Record[string]) error { return nil }, listener.Topics(topic))
		_, err := e.reg.Add(l)
		require.ErrorIs(t, err, container.ErrNoResolver)
		e.reg.ResolveWith(func(l listener.Listener) (container.Spec, error) {
			if l.ID() != "extra" {
				return container.Spec{}, fmt.Errorf("no such topic")
			}
			return e.named(l.ID(), nothing), nil
		})
		k, err := e.reg.Add(l)
		require.NoError(t, err)
		require.Equal(t, container.Running, k.Status().State)
		_, err = e.reg.Add(l)
		require.ErrorIs(t, err, container.ErrDuplicateListener)
		require.ErrorContains(t, err, "listener extra")
	})
}

func TestAddToARegistryThatDoesNotRun(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.prepared()
		k, err := e.reg.AddSpec(e.named("extra", nothing))
		require.NoError(t, err)
		require.Equal(t, container.Stopped, k.Status().State)
		require.NoError(t, e.reg.Start(context.Background()))
		require.Equal(t, container.Running, k.Status().State)
		off := e.named("off", nothing)
		off.AutoStartup = false
		k, err = e.reg.AddSpec(off)
		require.NoError(t, err)
		require.Equal(t, [2]string{"stopped", "auto-startup is off"}, health(k))
		require.NoError(t, e.reg.Stop(context.Background()))
		_, err = e.reg.AddSpec(e.named("late", nothing))
		require.ErrorIs(t, err, container.ErrRegistryStopped)
		e.reg.Close()
		_, err = e.reg.AddSpec(e.named("late", nothing))
		require.ErrorIs(t, err, container.ErrRegistryStopped)
		require.ErrorIs(t, e.reg.Start(context.Background()), container.ErrRegistryStopped)
	})
}

func TestAddThatDoesNotStart(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.start(done)
		s := e.named("extra", nothing)
		s.Topics, s.Start = []string{"later"}, fails(2*time.Second)
		_, err := e.reg.AddSpec(s)
		require.ErrorIs(t, err, container.ErrNoTopic)
		require.Len(t, e.reg.Containers(), 1, "it is as before")
	})
}

func TestAddMeetsStop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.start(done)
		s := e.named("extra", nothing)
		s.Topics, s.Start = []string{"later"}, waits(time.Hour)
		answer := make(chan error, 1)
		go func() {
			_, err := e.reg.AddSpec(s)
			answer <- err
		}()
		e.pass(time.Second)
		require.NoError(t, e.reg.Stop(context.Background()))
		require.Error(t, <-answer)
		require.Empty(t, e.cluster.Group("extra").Members())
	})
}

func TestRemoveNamesWhatItAbandons(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		deaf := newStuck(t)
		e.cluster.Fill(topic, 0, 1)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error { deaf.wait(); return nil })
		e.pass(time.Second)
		err := e.reg.Remove(context.Background(), "billing")
		var left *container.StopError
		require.ErrorAs(t, err, &left)
		require.ErrorContains(t, err, "listener billing: stopped, but abandoned: billing/0: handler of orders[0]@0")
		require.Empty(t, e.reg.Containers(), "forgotten all the same")
	})
}

func TestRemoveFromItsOwnHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 2)
		e.start(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
			return e.reg.Remove(ctx, "billing")
		})
		e.pass(time.Second)
		require.Len(t, e.seen(), 1)
		require.Empty(t, e.reg.Containers())
		require.EqualValues(t, 1, e.committed(0))
		require.Len(t, found[event.ListenerRemoved](e), 1)
	})
}

func TestZeroRegistryIsEmpty(t *testing.T) {
	var r container.Registry
	require.Empty(t, r.Containers())
	require.Empty(t, r.Health())
	require.NoError(t, r.Start(context.Background()))
	require.NoError(t, r.Stop(context.Background()))
	_, err := r.AddSpec(container.Spec{ID: "a"})
	require.Error(t, err)
	r.Close()
}

// Somebody who finds the listener while it is being added may start it first:
// it runs then, and is not forgotten.
func TestAddedAndStartedAtTheSameTime(t *testing.T) {
	for range 100 {
		bubble(t, func(t *testing.T, e *engine) {
			e.start(done)
			extra := e.spec
			extra.ID = "extra"
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 10000 { // it is there in no time, or never
						if k, err := e.reg.Container("extra"); err == nil {
							_ = k.Start(context.Background())
							return
						}
						runtime.Gosched()
					}
				})
			}
			k, err := e.reg.AddSpec(e.complete(extra, nothing))
			require.NoError(t, err)
			all.Wait()
			e.settle()
			require.Equal(t, container.Running, k.Status().State)
			require.Same(t, k, e.container("extra"))
		})
	}
}

// A listener that could not be added does not run, whoever starts it meanwhile.
func TestNotAddedIsNotRunning(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.start(done)
		extra := e.spec
		extra.ID = "extra"
		extra = e.complete(extra, nothing)
		open := extra.Open
		var refused box[bool]
		extra.Open = func(i int, log func(int, string, string)) (broker.Consumer, error) {
			if !refused.get() {
				refused.set(true)
				return nil, errBoom
			}
			return open(i, log)
		}
		stop := make(chan struct{})
		go func() {
			var k *container.Container
			for n := 0; ; n++ {
				if there, err := e.reg.Container("extra"); err == nil {
					k = there
				}
				if k != nil && refused.get() { // the first start is AddSpec's own
					_ = k.Start(context.Background())
				}
				if runtime.Gosched(); n > 1000 { // a stop needs time, which does not pass while somebody runs
					time.Sleep(time.Millisecond) //nolint:forbidigo // fake time
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
		_, err := e.reg.AddSpec(extra)
		close(stop)
		require.ErrorIs(t, err, errBoom)
		e.pass(time.Second)
		require.Len(t, e.group.Members(), 1)
	})
}
