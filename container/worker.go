package container

import (
	"context"
	"fmt"
	"slices"
	"sync"
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

	mu  sync.Mutex // guards now: the watch looks at it
	now busy
}

// busy is what a worker is doing, for the watch and for reports.
type busy struct {
	a       *assignment
	cancel  context.CancelCauseFunc
	since   time.Time
	offset  int64
	records int
	overdue bool // its context was cancelled
	left    bool // it was reported at twice its time
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
	for some := a.Take(now, &w.run); some; some = a.Next(now, &w.run) {
		if r := a.givenUp(&w.run); r != nil {
			w.handOver(a, r)
			continue // nothing of a starts before the recoverer has answered
		}
		now = w.one(a, now)
		if w.run.Closes || now.After(end) {
			a.Yield()
			return
		}
	}
}

// one runs the handler on w.run and settles the outcome. If user code calls
// runtime.Goexit, this goroutine is lost: the record counts as failed and
// another goroutine takes the worker's place.
func (w *worker) one(a *assignment, now time.Time) (after time.Time) {
	stage := running
	defer func() {
		if stage != finished {
			w.goexit(a, stage)
		}
	}()
	rc := a.context(w.id)
	w.begin(a, rc, now)
	ack, err := w.handle(a, rc.ctx)
	after = later(now)
	stage = deciding
	if w.delivery.Unanswered != nil {
		w.c.emit(event.RequestUnanswered{Consumer: w.c.name(), Partition: a.event(), Offset: w.run.Offset(), Err: w.delivery.Unanswered})
	}
	f := w.judge(a, ack, err, after)
	w.end()
	a.Finish(&w.run, f, after)
	w.c.committer.policy.counted(*w.c.live.Load())
	stage = finished
	return after
}

// later is the present, counted from t by the monotonic clock alone: half of
// what time.Now costs, which is a tenth of what a record costs.
func later(t time.Time) time.Time { return t.Add(time.Since(t)) }

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
		f = w.judge(a, nil, w.blame(errGoexit), time.Now())
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

func (w *worker) begin(a *assignment, rc *runContext, now time.Time) {
	w.mu.Lock()
	w.now = busy{a: a, cancel: rc.cancel, since: now, offset: w.run.Offset(), records: len(w.run.Records)}
	w.mu.Unlock()
}

func (w *worker) end() {
	w.mu.Lock()
	w.now = busy{}
	w.mu.Unlock()
}

// current returns what the worker is doing; a is nil when it is idle.
func (w *worker) current() busy {
	w.mu.Lock()
	defer w.mu.Unlock()
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
