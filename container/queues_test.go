package container_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// The window is 100 records, and the fake behaves like the queue reader.
func (e *engine) queues() { e.narrow(); e.reader = spec.Queues }

func TestFullPartitionIsHeldAtOnceAndNobodyElse(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.queues()
		e.spec.Workers = 2
		gate := newStuck(t)
		e.cluster.Fill(topic, 0, 500)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				gate.wait()
			}
			return nil
		})
		m := e.member(0)
		e.settle()
		require.Equal(t, []broker.Partition{part(0)}, m.Paused(), "no patience: it costs nothing")
		for range 100 {
			e.cluster.Fill(topic, 1, 5)
			e.settle()
		}
		require.Len(t, e.of(1), 500, "the others flow, in no time at all")
		gate.free()
		e.settle()
		require.Len(t, e.of(0), 500, "and the held one goes on in no time: its room wakes the client")
		require.Empty(t, m.Paused())
		require.Zero(t, m.Pauses())
		require.Empty(t, found[event.PartitionPaused](e), "holding goes on and off too often to be told")
		require.Empty(t, found[event.PartitionResumed](e))
	})
}

func TestAllHeldStillPolls(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.queues()
		gate := newStuck(t)
		e.cluster.Fill(topic, 0, 500)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			return nil
		})
		e.pass(4 * time.Minute) // that it polls is checked at the end
		require.Empty(t, e.of(0)[1:])
		gate.free()
		e.settle()
		require.Len(t, e.of(0), 500)
	})
}

func TestHeldAndPausedByTheUser(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.queues()
		gate := newStuck(t)
		e.cluster.Fill(topic, 0, 300)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			gate.wait()
			return nil
		})
		e.settle()
		require.Equal(t, []broker.Partition{part(0)}, e.member(0).Paused())
		k.Pause()
		e.pass(time.Second)
		require.Len(t, found[event.PartitionPaused](e), 4, "a pause of the user's is told, of the held one as well")
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 1)
		require.Len(t, e.member(0).Paused(), 4)
		k.Resume()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 300)
		require.Len(t, found[event.PartitionResumed](e), 4)
	})
}

func TestFallbackIsSaidOnce(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.queues()
		e.spec.Concurrency = 3
		e.cluster.Unreadable(errors.New("an unknown client"))
		e.cluster.Fill(topic, 0, 10)
		e.start(done)
		e.settle()
		said := found[event.ReaderFallback](e)
		require.Len(t, said, 1)
		require.ErrorContains(t, said[0].Err, "an unknown client")
		require.Len(t, e.seen(), 10)
	})
}
