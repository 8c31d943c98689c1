package container_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestResizeUnderLoad(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.CreateTopic(topic, 8)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // fake time
			return nil
		})
		load := func(rounds int) {
			for range rounds {
				for id := range int32(8) {
					e.cluster.Fill(topic, id, 5)
				}
				e.pass(100 * time.Millisecond)
			}
		}
		load(5)
		began := time.Now()
		require.NoError(t, k.SetConcurrency(8))
		require.Zero(t, time.Since(began), "it returns at once")
		require.Equal(t, 8, k.Status().Concurrency)
		load(10)
		require.Len(t, k.Status().Consumers, 8)
		require.Len(t, e.group.Members(), 8)
		require.NoError(t, k.SetConcurrency(2))
		require.Equal(t, 2, k.Status().Concurrency)
		load(10)
		e.pass(10 * time.Second)
		require.Len(t, k.Status().Consumers, 2, "it is reached")
		require.Len(t, e.group.Members(), 2)
		for id := range int32(8) {
			require.Len(t, e.of(id), 125, "each record once: those that left have committed")
			require.EqualValues(t, 125, e.committed(id))
		}
		require.Equal(t, []event.ListenerResized{{Listener: "billing", From: 1, To: 8}, {Listener: "billing", From: 8, To: 2}},
			found[event.ListenerResized](e))
		require.Equal(t, up(), health(k))
		_, err := e.stop(k)
		require.NoError(t, err)
		require.NoError(t, k.SetConcurrency(3), "at the next start")
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Len(t, e.group.Members(), 3)
	})
}

// A place is filled again when its last member has left: two of one static id
// would fence each other.
func TestPlaceIsNotFilledTwice(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		slow := newStuck(t)
		e.spec.Concurrency = 2
		most, open := 0, 0
		e.open = func(i int) (broker.Consumer, error) {
			if i == 1 {
				if open++; open > most {
					most = open
				}
			}
			return e.newClient(i)
		}
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 1)
		}
		e.group.Manual()
		k := e.start(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
			if listener.Info(ctx).Consumer == 1 {
				slow.wait()
			}
			return nil
		})
		e.member(1).Give(part(2), part(3))
		e.pass(time.Second)
		require.NoError(t, k.SetConcurrency(1))
		require.NoError(t, k.SetConcurrency(2))
		e.pass(2 * time.Second)
		require.Equal(t, 1, open, "the old one still drains")
		require.Len(t, k.Status().Consumers, 2)
		slow.free()
		e.pass(2 * time.Second)
		require.Equal(t, 2, open)
		require.Len(t, e.group.Members(), 2)
	})
}

func TestResizeMeetsStop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		require.NoError(t, k.SetConcurrency(20))
		_, err := e.stop(k)
		require.NoError(t, err)
		require.Empty(t, e.group.Members())
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Len(t, e.group.Members(), 20)
		require.NoError(t, k.SetConcurrency(1))
		_, err = e.stop(k)
		require.NoError(t, err)
		require.Empty(t, e.group.Members())
		require.Equal(t, container.Stopped, k.Status().State)
	})
}

func TestResizeFromAHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Concurrency = 4
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 1)
		}
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			return e.container("billing").SetConcurrency(1)
		})
		e.pass(5 * time.Second)
		require.Len(t, e.group.Members(), 1)
		require.Len(t, e.seen(), 4)
	})
}

func TestFatalMemberEndsTheGrownOnes(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		require.NoError(t, k.SetConcurrency(3))
		e.pass(time.Second)
		e.member(2).Emit(clientError(broker.FencedInstance, 82))
		require.NoError(t, k.SetConcurrency(5))
		e.pass(30 * time.Second)
		require.Equal(t, container.Failed, k.Status().State)
		require.Empty(t, e.group.Members())
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Len(t, e.group.Members(), 5)
	})
}

func TestResizeRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		require.ErrorIs(t, k.SetConcurrency(0), container.ErrConcurrency)
		require.ErrorIs(t, k.SetConcurrency(1001), container.ErrConcurrency)
		require.Equal(t, 1, k.Status().Concurrency)
	})
}

// Explicit partitions change hands: none is read by two, nothing twice.
func TestResizeOfExplicitPartitions(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.explicit(spec.PartitionSet{Topic: topic, Start: listener.FromBeginning()})
		k := e.start(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
			wait(ctx, 10*time.Millisecond)
			return ctx.Err()
		})
		written := 0
		for _, n := range []int{3, 1, 2, 6, 4} {
			require.NoError(t, k.SetConcurrency(n))
			for range 10 {
				for id := range int32(4) {
					e.cluster.Fill(topic, id, 3)
					written += 3
				}
				e.pass(100 * time.Millisecond)
			}
			e.pass(time.Second)
			got := have(k)
			require.Len(t, got, n)
			all := slices.Concat(got...)
			require.ElementsMatch(t, []broker.Partition{part(0), part(1), part(2), part(3)}, all)
			for i := range min(n, 4) {
				require.Contains(t, got[i], part(int32(i)))
			}
			require.Equal(t, up(), health(k))
		}
		require.Len(t, e.seen(), written)
		for id := range int32(4) {
			require.EqualValues(t, written/4, e.committed(id))
		}
		require.Empty(t, found[event.NotAssigned](e))
	})
}
