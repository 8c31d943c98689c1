package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Under group.protocol=consumer nobody tells a member that there is nothing for it.
func TestSilentProtocol(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Client = map[string]string{"group.protocol": "consumer"}
		e.spec.Concurrency, e.spec.Start = 5, waits(time.Minute)
		k := e.prepared()
		took, err := e.timed(context.Background(), k)
		require.NoError(t, err)
		require.InDelta(t, 10, took.Seconds(), 0.5)
		require.Equal(t, container.HealthUp, k.Health().Status)
		require.Contains(t, k.Health().Reason, "idle member")
	})
}

func TestMoreConsumersThanExplicitPartitions(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Topics, e.spec.Partitions = nil, []spec.PartitionSet{{Topic: topic, IDs: []int32{0}}}
		e.spec.Concurrency = 2
		k := e.start(done)
		e.pass(12 * time.Second)
		require.Equal(t, container.HealthUp, k.Health().Status)
		require.Contains(t, k.Health().Reason, "idle member: the listener has more consumers than partitions")
	})
}

func TestHealthBeforeTheFirstStartReportsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.prepared()
		require.Equal(t, [2]string{"stopped", "not started"}, health(k))
		require.Empty(t, e.story())
	})
}

func TestHealthOfAStalledPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 1, 1)
		var mended box[bool]
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			if !mended.get() {
				return errBoom
			}
			return nil
		})
		e.pass(2 * time.Minute)
		h := health(k)
		require.Equal(t, "degraded", h[0])
		require.Contains(t, h[1], "orders[1] does not move: offset 0 failed")
		mended.set(true)
		e.pass(time.Minute)
		require.Equal(t, up(), health(k))
	})
}

func TestHealthOfAHungHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = 10 * time.Second
		deaf := newStuck(t)
		e.cluster.Fill(topic, 1, 1)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error { deaf.wait(); return nil })
		e.pass(12 * time.Second)
		require.Equal(t, [2]string{"degraded", "the handler of orders[1]@0 runs past its handler-timeout"}, health(k))
		e.pass(30 * time.Second)
		require.Equal(t, "down", health(k)[0])
		require.Contains(t, health(k)[1], "a handler hangs: ")
		deaf.free()
		e.pass(10 * time.Second)
		require.Equal(t, up(), health(k))
	})
}

func TestHealthOfFailingCommits(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		e.pass(time.Second)
		cure := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: clientError(broker.Retriable, 27)})
		e.cluster.Fill(topic, 0, 1)
		e.pass(5 * time.Second)
		require.Equal(t, up(), health(k), "a rebalance refuses some")
		require.True(t, found[event.CommitFailed](e)[0].Stale)
		e.pass(8 * time.Second)
		require.Equal(t, "degraded", health(k)[0])
		require.Contains(t, health(k)[1], "commits fail: ")
		cure()
		e.pass(10 * time.Second)
		require.Equal(t, up(), health(k))
	})
}

func TestHealthOfAFatalEndAndANewStart(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Reset, e.spec.OnFatal = spec.NoReset, spec.FatalApp
		k := e.start(done)
		e.pass(time.Second)
		require.Equal(t, "down", health(k)[0])
		require.Contains(t, health(k)[1], "ended: listener billing ended: auto-offset-reset is none")
		require.ErrorIs(t, <-e.reg.Fatal(), k.Err())
		for id := range int32(4) {
			e.group.SetCommitted(broker.Offset{Partition: part(id), Offset: 0})
		}
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Equal(t, up(), health(k))
	})
}

func TestReopeningConsumerIsDown(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Concurrency = 2
		k := e.start(done)
		e.pass(time.Second)
		e.member(1).Emit(clientError(broker.Dead, -150))
		e.pass(200 * time.Millisecond)
		require.Equal(t, "degraded", health(k)[0], "the other one works")
		require.Contains(t, health(k)[1], "consumer 1: the consumer ended and is opened again: ")
		require.Equal(t, container.HealthDown, k.Health().Consumers[1].Status)
		e.pass(2 * time.Second)
		require.Equal(t, up(), health(k))
	})
}

func TestRunEndsWithAListenerThatTakesTheAppAlong(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		bad := e.spec
		bad.ID, bad.Group, bad.Reset, bad.OnFatal = "bad", "bad", spec.NoReset, spec.FatalApp
		e.reg = e.registry(e.complete(e.spec, nothing), e.complete(bad, nothing))
		err := e.reg.Run(context.Background())
		var fatal *container.FatalError
		require.ErrorAs(t, err, &fatal)
		require.Equal(t, "bad", fatal.Listener)
		require.Empty(t, e.group.Members())
	})
}
