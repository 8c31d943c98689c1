package container

import (
	"sync/atomic"
	"time"
)

// A glance is how a worker asks for the time: after each record that was not
// quick, and of quick ones after a few. The clock would be a tenth of what a
// quick record costs.
//
// What is left out is small, and is not trusted: the records that a worker runs
// without a look took glanceWithin together when they were last timed; where one
// of them takes longer after all, the watch sees to it that there is a look after
// it; and a run that begins at a time that was not looked up is timed by the watch.
type glance struct {
	unread int // runs since the last look
	left   int // runs without a look that may follow
	// asked is set by the watch when it meets a run: the next time is read.
	asked atomic.Bool
}

const (
	glanceWithin = 10 * time.Microsecond
	glanceRuns   = 15
)

// after returns the time after a run that began at now, which may be now itself
// where the run went well.
func (g *glance) after(now time.Time, well bool) time.Time {
	g.unread++
	if well && g.left > 0 && !g.asked.Load() {
		g.left--
		return now
	}
	t := later(now)
	each := max(t.Sub(now)/time.Duration(g.unread), 1)
	g.unread, g.left = 0, int(min(glanceRuns, glanceWithin/each))
	if g.asked.Load() {
		g.asked.Store(false)
	}
	return t
}

// fresh begins anew at a time that was looked up.
func (g *glance) fresh() { g.unread, g.left = 0, 0 }

// later is the present, counted from t by the monotonic clock alone: half of
// what time.Now costs.
func later(t time.Time) time.Time { return t.Add(time.Since(t)) }
