package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestPause: a pause holds at once what has not started, lets the running
// handler end, and outlives a rebalance; a stop clears it. Another group, which
// is not paused, says that what was produced could have been received.
func TestPause(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group, free := b.NewTopic("pause", 2), b.Unique("pause"), b.Unique("free")
		produce := func(n int) {
			b.Produce(topic, old(0, n)...)
			b.Produce(topic, old(1, n)...)
		}
		produce(50)
		var held, other log[string]
		gate, started := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s := serve(t, b,
			listener.On("held", func(_ context.Context, r listener.Record[string]) error {
				held.add(place(r))
				once.Do(func() { close(started); <-gate })
				return nil
			}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Record)),
			listener.On("free", func(context.Context, listener.Record[string]) error { return nil },
				listener.Topics(topic), listener.GroupID(free)),
		)
		k := s.container("held")
		<-started
		k.Pause()
		require.False(t, k.Status().Paused, "a handler runs")
		close(gate)
		eventually(t, "the pause is reached", func() (bool, string) { return k.Status().Paused, fmt.Sprint(k.Status()) })
		still := func(n int) {
			t.Helper()
			b.WaitDone(free, topic)
			require.Len(t, held.list(), n, "nothing starts in a pause")
		}
		still(1)
		eventually(t, "what ran is committed", func() (bool, string) {
			c := b.Committed(group, topic)
			return c[0]+c[1] == 1, fmt.Sprint(c)
		})

		guest := serve(t, b, listener.On("guest", func(_ context.Context, r listener.Record[string]) error {
			other.add(place(r))
			return nil
		}, listener.Topics(topic), listener.GroupID(group)))
		other.wait(t, 49) // the partition that it was given, less what is done
		_, err := guest.stop()
		require.NoError(t, err)
		b.WaitMembers(group, 1)
		waitAssigned(t, b, group, 2)
		eventually(t, "it was given a partition in its pause", func() (bool, string) {
			n := 0
			for _, ev := range found[event.Assigned](s) {
				if ev.Consumer.Listener == "held" {
					n++
				}
			}
			return n > 1, fmt.Sprintf("assigned %d times", n)
		})
		produce(5)
		still(1)
		require.True(t, k.Status().Paused)

		k.Resume()
		b.WaitDone(group, topic)
		all := append(held.list(), other.list()...)
		require.Len(t, all, 110)
		slices.Sort(all)
		require.Len(t, slices.Compact(all), 110, "each once")

		k.Pause()
		require.NoError(t, k.Stop(context.Background()))
		require.NoError(t, k.Start(context.Background()))
		produce(1)
		b.WaitDone(group, topic)
	})
}

// TestPauseOfOnePartition: the other one goes on.
func TestPauseOfOnePartition(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group, free := b.NewTopic("pauseone", 2), b.Unique("pauseone"), b.Unique("free")
		var held log[int32]
		s := serve(t, b,
			listener.On("held", func(_ context.Context, r listener.Record[string]) error {
				held.add(r.Partition)
				return nil
			}, listener.Topics(topic), listener.GroupID(group)),
			listener.On("free", func(context.Context, listener.Record[string]) error { return nil },
				listener.Topics(topic), listener.GroupID(free)),
		)
		k := s.container("held")
		k.PausePartition(topic, 0) // before it is assigned
		b.Produce(topic, old(0, 5)...)
		b.Produce(topic, old(1, 5)...)
		b.WaitCommitted(group, topic, 1, 5)
		b.WaitDone(free, topic)
		require.Equal(t, []int32{1, 1, 1, 1, 1}, held.list())
		k.ResumePartition(topic, 0)
		b.WaitCommitted(group, topic, 0, 5)
		require.Len(t, held.list(), 10)
	})
}

func place(r listener.Record[string]) string { return fmt.Sprintf("[%d]@%d", r.Partition, r.Offset) }
