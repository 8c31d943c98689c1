package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// second is a handler that takes a second.
func second(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
	time.Sleep(time.Second) //nolint:forbidigo // fake time
	return nil
}

func TestPauseRequestedAndReached(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 3)
		k := e.start(second)
		e.pass(500 * time.Millisecond)
		k.Pause()
		st := k.Status()
		require.True(t, st.PauseRequested)
		require.False(t, st.Paused, "a handler still runs")
		e.settle()
		require.Equal(t, []event.ListenerPaused{{Listener: "billing"}}, found[event.ListenerPaused](e))
		e.pass(time.Second)
		require.True(t, k.Status().Paused)
		require.Equal(t, []int64{0}, e.seen(), "records that have not started are held at once")
		require.Equal(t, event.ListenerPaused{Listener: "billing", Reached: true}, found[event.ListenerPaused](e)[1])
		require.Len(t, e.member(0).Paused(), 4)
		e.pass(10 * time.Minute)
		require.Len(t, e.member(0).Assigned(), 4, "the membership stays")
		k.Resume()
		e.pass(2 * time.Second)
		require.Equal(t, []int64{0, 1, 2}, e.seen())
		require.Empty(t, e.member(0).Paused())
		require.False(t, k.Status().PauseRequested)
		require.Len(t, found[event.ListenerPaused](e), 2)
	})
}

func TestPauseSurvivesRebalancesButNotAStop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		m := e.manual(done)
		k := e.container("billing")
		k.Pause()
		e.pass(time.Second)
		m.Revoke()
		e.pass(time.Second)
		m.Give(part(0), part(2))
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 2, 2)
		e.pass(time.Minute)
		require.Empty(t, e.seen())
		require.Len(t, m.Paused(), 2)
		_, err := e.stop(k)
		require.NoError(t, err)
		require.NoError(t, k.Start(context.Background()))
		e.settle()
		e.member(1).Give(part(0), part(2))
		e.pass(time.Second)
		require.Len(t, e.seen(), 4)
	})
}

func TestPausePartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		k.PausePartition(topic, 1)
		e.pass(time.Second)
		require.Equal(t, []broker.Partition{part(1)}, e.member(0).Paused())
		e.cluster.Fill(topic, 0, 1)
		e.cluster.Fill(topic, 1, 1)
		e.pass(time.Second)
		require.Empty(t, e.of(1))
		require.Len(t, e.of(0), 1)
		k.Pause()
		k.Resume()
		e.pass(time.Second)
		require.Empty(t, e.of(1), "it stays paused by itself")
		k.Pause()
		k.ResumePartition(topic, 1)
		e.pass(time.Second)
		require.Empty(t, e.of(1), "the whole listener is paused")
		k.Resume()
		e.pass(time.Second)
		require.Len(t, e.of(1), 1)
	})
}

func TestPauseDuringBackOff(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 1)
		k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Attempt == 1 {
				return listener.RetryAfter(time.Second, nil)
			}
			return nil
		})
		k.Pause()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 1)
		k.Resume()
		e.settle()
		require.Len(t, e.seen(), 2)
	})
}

// Pause and Resume may come while partitions are being assigned: BaseContext
// is called in the middle of it.
func TestPauseAndResumeWhileAssigned(t *testing.T) {
	for _, pause := range []bool{true, false} {
		bubble(t, func(t *testing.T, e *engine) {
			var k *container.Container
			e.spec.BaseContext = func(ctx context.Context, in listener.Invocation) context.Context {
				if k != nil && in.Partition == 1 {
					if k.Resume(); pause {
						k.Pause()
					}
				}
				return ctx
			}
			m := e.manual(done)
			m.Revoke()
			e.pass(time.Second)
			k = e.container("billing")
			if !pause {
				k.Pause()
			}
			m.Give(part(0), part(1), part(2))
			e.cluster.Fill(topic, 0, 1)
			e.pass(time.Second)
			want := 1
			if pause {
				want = 0
			}
			require.Len(t, e.seen(), want, "paused %v", pause)
			for _, p := range k.Status().Consumers[0].Partitions {
				require.Equal(t, pause, p.Paused, "partition %d", p.Partition)
			}
		})
	}
}
