package container_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

var errDown = errors.New("payments are down")

func TestListenerPausesItself(t *testing.T) {
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				e.noVerdicts()
				e.spec.Workers = 2
				for id := range int32(4) {
					e.cluster.Fill(topic, id, 3)
				}
				var down atomic.Bool
				down.Store(true)
				k := e.start(func(ctx context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
					if down.Load() {
						return listener.PauseFor(time.Minute, errDown)
					}
					require.Equal(t, 1, r.Attempt, "nothing was an attempt")
					return acked(ctx, r, ack)
				})
				e.pass(time.Second)
				require.LessOrEqual(t, len(e.allCalls()), 2, "who ran already")
				st := k.Status()
				require.True(t, st.PauseRequested && st.Paused)
				require.Equal(t, "payments are down", st.PauseReason)
				h := k.Health()
				require.Equal(t, "degraded", h.Status.String())
				require.Equal(t, "it has paused itself: payments are down", h.Reason)
				require.Len(t, e.member(0).Paused(), 4)
				require.Equal(t, []event.ListenerPaused{
					{Listener: "billing", Reason: "payments are down", Until: e.began.Add(time.Minute)}, {Listener: "billing", Reached: true},
				}, found[event.ListenerPaused](e))

				e.pass(58 * time.Second)
				require.LessOrEqual(t, len(e.allCalls()), 2)
				down.Store(false)
				e.pass(10 * time.Second)
				require.False(t, k.Status().PauseRequested)
				require.Equal(t, "up", k.Health().Status.String())
				require.Len(t, found[event.ListenerResumed](e), 1)
				require.Empty(t, e.member(0).Paused())
				for id := range int32(4) {
					require.EqualValues(t, 3, e.committed(id))
				}
				require.Empty(t, found[event.RecordFailed](e))
				require.Empty(t, found[event.Stalled](e))
			})
		})
	}
}

// The pause of a user and that of the listener are two.
func TestPausesAddUp(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 1)
		n := 0
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			if n++; n < 3 {
				return listener.PauseFor(10*time.Second, nil)
			}
			return nil
		})
		e.pass(time.Second)
		k.Pause()
		e.pass(time.Minute)
		require.Equal(t, 1, n, "the user's pause goes on")
		require.Equal(t, "paused by request", k.Health().Reason)
		k.Resume()
		e.pass(time.Second)
		require.Equal(t, 2, n)
		require.Equal(t, "it has paused itself: no reason was given", k.Health().Reason)
		k.Resume()
		require.False(t, k.Status().PauseRequested)
		e.pass(9 * time.Second)
		require.Equal(t, 3, n, "not before it is due")
		require.EqualValues(t, 1, e.committed(0))
	})
}

// The longest pause counts, and a shorter one does not shorten it.
func TestTheLongestPauseCounts(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Workers = 2
		e.cluster.Fill(topic, 0, 1)
		e.cluster.Fill(topic, 1, 1)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if time.Since(e.began) > 2*time.Second {
				return nil
			}
			time.Sleep(time.Second) //nolint:forbidigo // fake time: both run
			return listener.PauseFor(map[int32]time.Duration{0: time.Minute, 1: time.Second}[r.Partition], nil)
		})
		e.pass(30 * time.Second)
		require.Len(t, e.allCalls(), 2)
		e.pass(time.Minute)
		require.EqualValues(t, 1, e.committed(0))
		require.EqualValues(t, 1, e.committed(1))
		require.Len(t, found[event.ListenerResumed](e), 1)
	})
}

// A pause of its own does not survive a stop, survives a rebalance, and holds what is assigned meanwhile.
func TestSelfPauseStopAndRebalance(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var down atomic.Bool
		down.Store(true)
		m := e.manual(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			if down.Load() {
				return listener.PauseFor(time.Hour, errDown)
			}
			return nil
		})
		k := e.container("billing")
		m.Give(part(0))
		e.cluster.Fill(topic, 0, 1)
		e.cluster.Fill(topic, 2, 1)
		e.pass(time.Second)
		require.Len(t, e.allCalls(), 1)
		m.Revoke()
		e.pass(time.Second)
		m.Give(part(0), part(2))
		e.pass(time.Minute)
		require.Len(t, e.allCalls(), 1)
		_, err := e.stop(k)
		require.NoError(t, err)
		down.Store(false)
		require.NoError(t, k.Start(context.Background()))
		e.settle()
		e.member(1).Give(part(0), part(2))
		e.pass(time.Second)
		require.Len(t, e.allCalls(), 3)
		e.pass(2 * time.Hour)
		require.Empty(t, found[event.ListenerResumed](e), "an old timer ends nothing")
	})
}

// A pause that ends while it begins leaves nothing paused.
func TestAPauseForNoTimeEnds(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Workers = 4
		const each = 200
		for id := range int32(4) {
			e.cluster.Fill(topic, id, each)
		}
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Attempt == 1 && len(e.allCalls())%2 == 0 {
				return listener.PauseFor(0, errDown)
			}
			return nil
		})
		e.pass(time.Minute)
		for id := range int32(4) {
			require.EqualValues(t, each, e.committed(id))
		}
	})
}
