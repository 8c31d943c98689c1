package container

import (
	"sync/atomic"
	"time"
)

// A glance is how a worker asks for the time: after each record that was not
// quick, and of quick ones after a few. The clock would be a tenth of what a
// quick record costs.
//
// How many are left out is a guess: as many as take glanceWithin, going by the
// records before them. Where one takes longer after all, a timer sees to it that
// the end of the run that it meets is looked up, and times a run from when it meets it
// where its beginning was not. So the worker's time is at most glanceLimit and a run old.
type glance struct {
	unread int         // runs since the last look
	left   int         // runs without a look that may follow
	asked  atomic.Bool // by the timer: the next time is looked up
	timer  *time.Timer
	set    bool // the timer runs; guarded by the worker's mu
}

const (
	glanceWithin = 10 * time.Microsecond
	glanceRuns   = 15
	glanceLimit  = 5 * time.Millisecond
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

// lookOut sets the timer for a run whose beginning or end is perhaps not looked
// up. In the flow of quick ones it finds it set. w.mu is held.
func (w *worker) lookOut() {
	g := &w.glance
	if g.set || g.unread == 0 && g.left == 0 {
		return
	}
	g.set = true
	if g.timer == nil {
		g.timer = time.AfterFunc(glanceLimit, w.lookUp)
	} else {
		g.timer.Reset(glanceLimit)
	}
}

// lookUp is what the timer does.
func (w *worker) lookUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.glance.set = false
	if w.inside.Load() {
		w.glance.asked.Store(true)
		w.now.timed(time.Now())
	}
}

// later is the present, counted from t by the monotonic clock alone: half of
// what time.Now costs.
func later(t time.Time) time.Time { return t.Add(time.Since(t)) }
