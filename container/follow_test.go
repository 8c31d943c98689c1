package container_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

const retryTopic = "orders-billing-retry-1s"

// retried gives the listener of e a retry container, whose records say in
// their values after how many milliseconds of the test they are due.
func (e *engine) retried(h listener.HandlerFunc) (ready chan struct{}, ended *int) {
	e.cluster.CreateTopic(retryTopic, 4)
	s := e.spec
	s.ID, s.Group, s.Topics = "billing-retry", "billing-retry", []string{retryTopic}
	s.NotBefore = func(r *listener.RawRecord) time.Time {
		ms, _ := strconv.Atoi(string(r.Value))
		return e.began.Add(time.Duration(ms) * time.Millisecond)
	}
	made := e.complete(s, h)
	e.spec.Retry = &made
	ready, ended = make(chan struct{}), new(int)
	e.spec.Beside = func(func(event.Event)) (<-chan struct{}, func()) {
		return ready, func() { *ended++ }
	}
	return ready, ended
}

func fine(context.Context, *listener.Delivery) error { return nil }

func TestARetryContainerGoesWithItsListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		ready, ended := e.retried(fine)
		k := e.startRaw(fine)
		require.Equal(t, container.Stopped, k.Retry().Status().State, "its topics are not there")
		require.Equal(t, "it starts with listener billing", k.Retry().Health().Reason)
		require.Len(t, e.reg.Health(), 2)
		close(ready)
		e.settle()
		require.Equal(t, container.Running, k.Retry().Status().State)

		k.Pause()
		require.True(t, k.Retry().Status().PauseRequested)
		k.Resume()
		require.False(t, k.Retry().Status().PauseRequested)

		_, err := e.stop(k)
		require.NoError(t, err)
		require.Equal(t, container.Stopped, k.Retry().Status().State)
		require.Equal(t, 1, *ended)

		require.NoError(t, k.Start(t.Context()))
		e.settle()
		require.Equal(t, container.Running, k.Retry().Status().State, "and again")
		require.NoError(t, e.reg.Remove(t.Context(), "billing"))
		require.Empty(t, e.reg.Containers())
		require.Equal(t, 2, *ended)
	})
}

// Topics that can't be made are no reason not to read those that are there.
func TestARetryContainerStartsAfterAWhileAllTheSame(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.retried(fine)
		k := e.startRaw(fine)
		e.pass(5 * time.Second)
		require.Equal(t, container.Running, k.Retry().Status().State)
	})
}

func TestAStopWhileARetryContainerWaits(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		_, ended := e.retried(fine)
		k := e.startRaw(fine)
		took, err := e.stop(k)
		require.NoError(t, err)
		require.Less(t, took, time.Second)
		e.pass(10 * time.Second)
		require.Equal(t, container.Stopped, k.Retry().Status().State)
		require.Equal(t, 1, *ended)
	})
}

// A handler of the retry container that stops the listener does not wait for itself.
func TestARetryHandlerStopsItsListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var k *container.Container
		ready, _ := e.retried(func(ctx context.Context, _ *listener.Delivery) error { return k.Stop(ctx) })
		close(ready)
		k = e.startRaw(fine)
		e.cluster.Produce(retryTopic, 0, "k", "0")
		e.pass(30 * time.Second)
		require.Equal(t, container.Stopped, k.Status().State)
		require.Equal(t, container.Stopped, k.Retry().Status().State)
	})
}

// Records come at their time, half an hour away as well, from one member that stays in
// its group; only their own partition waits, and nobody calls it stalled.
func TestRetriesComeAtTheirTime(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var mu sync.Mutex
		at := map[string]time.Duration{}
		ready, _ := e.retried(func(_ context.Context, d *listener.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			at[string(d.Records[0].Value)] = time.Since(e.began)
			return nil
		})
		close(ready)
		k := e.startRaw(fine)
		e.cluster.Produce(retryTopic, 0, "k", "1800000")
		for range 20_000 { // more than the window
			e.cluster.Produce(retryTopic, 0, "k", "1800001")
		}
		e.cluster.Produce(retryTopic, 1, "k", "1500")
		e.cluster.Produce(retryTopic, 1, "k", "1000")
		e.cluster.Produce(retryTopic, 2, "k", "1")
		e.pass(20 * time.Minute)
		require.Equal(t, container.HealthUp, k.Retry().Health().Status)
		require.Empty(t, found[event.Stalled](e))
		mu.Lock()
		require.NotContains(t, at, "1800000")
		mu.Unlock()
		e.pass(10*time.Minute + time.Second)
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, 1500*time.Millisecond, at["1500"])
		require.Equal(t, 1500*time.Millisecond, at["1000"], "behind it")
		require.Less(t, at["1"], 500*time.Millisecond)
		require.Equal(t, 30*time.Minute, at["1800000"])
		require.Less(t, at["1800001"], 30*time.Minute+time.Second)
		require.Len(t, e.cluster.Group("billing-retry").Members(), 1)
		require.EqualValues(t, 20_001, e.cluster.Group("billing-retry").Committed(broker.Partition{Topic: retryTopic}).Offset)
	})
}

// A pause that the listener has asked for itself is its own: the retry
// container, which starts meanwhile, is not left paused when it ends.
func TestARetryContainerStartsWhileItsListenerPausesItself(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.noVerdicts()
		e.cluster.Fill(topic, 0, 1)
		ready, _ := e.retried(fine)
		k := e.startRaw(func(context.Context, *listener.Delivery) error {
			if time.Since(e.began) < 30*time.Second {
				return listener.PauseFor(30*time.Second, nil)
			}
			return nil
		})
		e.settle()
		require.True(t, k.Status().PauseRequested)
		close(ready)
		e.pass(time.Minute)
		require.False(t, k.Status().PauseRequested)
		require.Equal(t, container.Running, k.Retry().Status().State)
		require.False(t, k.Retry().Status().PauseRequested)
	})
}
