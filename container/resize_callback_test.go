package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

// An Assigned callback that hangs in one consumer holds up neither a resize of
// the others nor the stop, and nothing that was read is lost.
func TestAssignedCallbackThatHangsWhileResizedAndStopped(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		e.spec.Concurrency = 2
		e.spec.Rebalance.Assigned = func(ctx context.Context, _ *listener.Assigned) {
			if listener.Info(ctx).Consumer == 1 {
				hung.wait()
			}
		}
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 3)
		}
		k := e.start(done)
		e.pass(time.Second)
		require.NoError(t, k.SetConcurrency(4))
		e.pass(time.Second)
		require.NoError(t, k.SetConcurrency(1)) // while consumer 1 is in its callback
		began := time.Now()
		_, err := e.stop(k)
		require.LessOrEqual(t, time.Since(began), 25*time.Second)
		requireNamed(t, err, "billing/1: rebalance callback Assigned")
		hung.free()
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Minute)
		for id := range int32(4) {
			require.EqualValues(t, 3, e.committed(id))
		}
		require.Equal(t, up(), health(k))
	})
}
