package container

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// turnTime is how long a worker stays with one partition while others wait.
const turnTime = 10 * time.Millisecond

// A worker is a goroutine that runs handlers for one consumer. It takes a
// partition that has something to run, runs a chunk or for 10 ms, and takes
// the next one.
type worker struct {
	c      *consumer
	id     int
	batch  bool
	acks   bool
	manual bool

	run      ledger.Run
	delivery listener.Delivery
	sieve    sieve
	ending   ledger.Finish // of the run that is over, where it did not just go well

	mu     sync.Mutex // guards now: the watch looks at it
	now    busy
	inside atomic.Bool // now is true
	glance glance
}

// busy is what a worker is doing, for the watch and for reports.
type busy struct {
	a       *assignment
	rc      *runContext
	since   time.Time
	early   bool // since is before it: a time that was not looked up
	offset  int64
	records int
	overdue bool // its context was cancelled
	left    bool // it was reported at twice its time
}

// timed counts a run from now on, where its beginning was not looked up.
func (b *busy) timed(now time.Time) {
	if b.early {
		b.since, b.early = now, false
	}
}

// String names the handler call, for people.
func (b busy) String() string {
	what := fmt.Sprintf("handler of %s[%d]@%d", b.a.tp.Topic, b.a.tp.ID, b.offset)
	if b.records > 1 {
		what += fmt.Sprintf(" (batch of %d)", b.records)
	}
	return fmt.Sprintf("%s, running for %s", what, time.Since(b.since).Round(time.Millisecond))
}

func (w *worker) main() {
	defer w.c.working.Done()
	for {
		a := w.c.ready.pop()
		if a == nil {
			return
		}
		w.turn(a)
		w.forget()
		w.tellFiltered(a)
	}
}

// turn runs what a has, until its chunk ends or the time is up.
func (w *worker) turn(a *assignment) {
	if w.c.tx != nil {
		w.turnTx(a)
		return
	}
	now := time.Now()
	end := now.Add(turnTime)
	w.glance.fresh()
	for some := a.Take(now, &w.run); some; {
		if r := a.givenUp(&w.run); r != nil {
			w.handOver(a, r)
			some = a.Next(now, &w.run) // nothing of a starts before the recoverer has answered
			continue
		}
		now, some = w.one(a, now, end)
	}
}

// one runs the handler on w.run and settles the outcome, and takes the next run
// into w.run unless a chunk or the worker's time ends. If user code calls
// runtime.Goexit, this goroutine is lost: the record counts as failed and
// another goroutine takes the worker's place.
func (w *worker) one(a *assignment, now, end time.Time) (after time.Time, some bool) {
	stage := running
	defer func() {
		if stage != finished {
			w.goexit(a, stage)
		}
	}()
	ack, err := w.handle(a, w.begin(a, now))
	after = w.glance.after(now, w.wentWell(err))
	stage = deciding
	if w.delivery.Unanswered != nil {
		w.c.emit(event.RequestUnanswered{Consumer: w.c.name(), Partition: a.event(), Offset: w.run.Offset(), Err: w.delivery.Unanswered})
	}
	f := w.judge(a, ack, err, after)
	some = w.settle(a, f, after, end)
	stage = finished
	return after, some
}

// settle ends the run, and takes the next one where w stays with a.
func (w *worker) settle(a *assignment, f *ledger.Finish, now, end time.Time) bool {
	stays := !w.run.Closes && !now.After(end)
	counting := w.c.committer.policy.counting()
	if stays && !counting { // w is inside until the next run begins, or the turn is over
		return a.Advance(&w.run, f, now)
	}
	w.end()
	a.Finish(&w.run, *f, now)
	if counting { // before the next run: a commit that is due may be in its way
		w.c.committer.policy.counted(*w.c.live.Load())
	}
	if stays {
		return a.Next(now, &w.run)
	}
	a.Yield()
	return false
}

// The stages of a run, for goexit.
const (
	running = iota
	deciding
	finished
)

func (w *worker) goexit(a *assignment, stage int) {
	f := ledger.Finish{Again: true, After: longestDelay, Fail: true}
	defer func() { // also where the error handler does the same
		w.end()
		a.Finish(&w.run, f, time.Now())
		a.Yield()
		w.c.working.Add(1)
		go w.main()
	}()
	if stage == running {
		f = w.judged(a, nil, w.blame(errGoexit), time.Now())
	} else {
		w.reportLost(a)
	}
}

// reportLost says that an error handler has called runtime.Goexit: what it
// would have said is lost, the record is not.
func (w *worker) reportLost(a *assignment) {
	now := time.Now()
	v := errorhandler.Hold(longestDelay)
	v.Note = "the error handler called runtime.Goexit"
	w.report(a, w.failure(a, share{to: len(w.run.Records), err: errGoexit}, len(w.run.Records), now), v, v.String())
}

// begin makes the run known to the watch, and returns its context: under the
// lock, so that the watch can't have cancelled it for the run before.
func (w *worker) begin(a *assignment, now time.Time) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, rc := &w.now, a.context(w.id)
	if b.a != a { // pointers that stay are not written anew: while the GC marks, that costs
		b.a, b.rc = a, rc
	}
	b.since, b.early = now, w.glance.unread > 0
	b.offset, b.records, b.overdue, b.left = w.run.Offset(), len(w.run.Records), false, false
	if !w.inside.Load() {
		w.inside.Store(true)
	}
	w.lookOut()
	return rc.ctx
}

// end takes no lock: the watch may still be looking at the run.
func (w *worker) end() { w.inside.Store(false) }

// forget lets go of the assignment, which may be over by the next turn.
func (w *worker) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
	w.now = busy{}
}

// current returns what the worker is doing; a is nil when it is idle.
func (w *worker) current() busy {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.inside.Load() {
		return busy{}
	}
	return w.now
}

// handlers names the handlers that run: those of parts, or all without parts.
func (c *consumer) handlers(parts ...*assignment) []string {
	var out []string
	for _, w := range c.workers {
		if b := w.current(); b.a != nil && (len(parts) == 0 || slices.Contains(parts, b.a)) {
			out = append(out, b.String())
		}
	}
	return append(out, c.recoveries.names(parts)...)
}
