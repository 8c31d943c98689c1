package ledger_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Everything at once: nothing is lost, nothing runs twice at a time, and all
// of it is committed in the end.
func TestCrowd(t *testing.T) {
	t.Parallel()
	for _, tt := range mills {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, tt.rules, 1500, 0)
			c.play()
			require.Equal(t, c.total, c.sent.Load())
			require.Zero(t, c.p.Stats().Unsettled)
		})
	}
}

// … and in the middle of it a fence, again and again.
func TestCrowdMeetsAFence(t *testing.T) {
	t.Parallel()
	for _, tt := range mills {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 30 {
				c := newCrowd(t, tt.rules, 2000, 1+rand.Int64N(40))
				c.play()
				s := c.p.Stats()
				require.Zero(t, s.Queued+s.Running+s.Open+s.Waiting+s.Unsettled+s.Bytes, s)
			}
		})
	}
}

func (c *crowd) committer() {
	for {
		select {
		case <-c.due:
		case <-c.over:
			return
		}
		fenced := c.fenced.Load()
		offset, ok := c.p.Snapshot()
		if !ok {
			continue
		}
		if fenced {
			c.t.Error("a commit after the fence")
		}
		c.sends(offset.Offset)
		if rand.IntN(5) == 0 {
			c.p.CommitFailed(offset, errRefused)
			c.p.Requeue()
			continue
		}
		c.p.Confirmed(offset)
		if offset.Offset == c.total {
			c.finish()
		}
	}
}

// sends looks at what is committed: nothing below it may be unsettled.
func (c *crowd) sends(offset int64) {
	before := c.sent.Swap(offset)
	if offset < before {
		c.t.Errorf("%d is committed after %d", offset, before)
	}
	for o := before; o < offset; o++ {
		if !c.marking[o].Load() {
			c.t.Errorf("%d is committed, %d is unsettled", offset, o)
			return
		}
	}
}

// fence ends the assignment in the middle of it all.
func (c *crowd) fence() {
	offset, ok := c.p.Fence()
	c.fenced.Store(true)
	if ok {
		if offset.Offset < c.sent.Load() {
			c.t.Errorf("the last commit is %d, after %d", offset.Offset, c.sent.Load())
		}
		c.p.Confirmed(offset)
	}
	<-c.p.Drain()
	c.p.End()
	c.finish()
}

// meddle pauses, asks and triggers, as people, watches and timers do.
func (c *crowd) meddle() {
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	for {
		select {
		case <-c.over:
			return
		case <-tick.C:
		}
		c.p.Pause()
		c.p.DueNow()
		c.p.Stats()
		c.p.Resume()
		c.p.Hold()
		c.p.Wake()
		c.p.Committed()
		c.p.Release()
	}
}
