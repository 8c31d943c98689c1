package container

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// looks runs n runs of took each through g, from now on, and returns how many looks at
// the clock there were, and the time as the worker knows it.
func looks(g *glance, now time.Time, n int, took time.Duration) (int, time.Time) {
	seen := 0
	for range n {
		time.Sleep(took) //nolint:forbidigo // fake time inside a bubble
		after := g.after(now, true)
		if g.unread == 0 {
			seen++
		}
		now = after
	}
	return seen, now
}

func TestTheClockIsReadSeldomForQuickRunsOnly(t *testing.T) {
	for _, c := range []struct {
		took    time.Duration
		n, want int
	}{
		{500 * time.Nanosecond, 1600, 100 + 1},
		{2 * time.Microsecond, 600, 100},
		{6 * time.Microsecond, 100, 50},
		{11 * time.Microsecond, 100, 100},
		{time.Second, 3, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			var g glance
			got, _ := looks(&g, time.Now(), c.n, c.took)
			require.InDelta(t, c.want, got, 1, "runs of %s", c.took)
		})
	}
}

func TestTheClockIsReadAfterTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g glance
		_, now := looks(&g, time.Now(), 3, time.Microsecond)
		require.NotZero(t, g.left)
		time.Sleep(time.Second) //nolint:forbidigo // fake time inside a bubble
		require.Equal(t, time.Now(), g.after(now, false), "a run that failed is timed: its delay counts from there")
		require.Zero(t, g.left, "and none may be left out after one that took a second")
	})
}

func TestTheClockIsReadWhenTheTimerAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g glance
		_, now := looks(&g, time.Now(), 3, time.Microsecond)
		g.asked.Store(true)
		time.Sleep(time.Second) //nolint:forbidigo // fake time inside a bubble
		require.Equal(t, time.Now(), g.after(now, true))
		require.False(t, g.asked.Load())
	})
}

func TestATurnBeginsWithALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g glance
		looks(&g, time.Now(), 3, time.Microsecond)
		g.fresh()
		seen, _ := looks(&g, time.Now(), 1, time.Microsecond)
		require.Equal(t, 1, seen)
	})
}

func TestTheTimerLooksWheneverItIsNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w worker
		begin := func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lookOut()
		}
		begin()
		require.Nil(t, w.glance.timer, "each time is looked up")
		for range 3 {
			w.glance.left, w.now.early = 1, true
			w.inside.Store(true)
			begin()
			begin()
			time.Sleep(glanceLimit) //nolint:forbidigo // fake time inside a bubble
			synctest.Wait()
			require.True(t, w.glance.asked.Swap(false))
			require.Equal(t, time.Now(), w.now.since)
			w.inside.Store(false)
			begin()
			time.Sleep(glanceLimit) //nolint:forbidigo // fake time inside a bubble
			synctest.Wait()
			require.False(t, w.glance.asked.Load(), "nothing runs")
		}
	})
}
