package container

import (
	"fmt"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// A transactor runs the transactions of one consumer: one producer, and one
// window after the other. Workers ask it before each run; the committer's
// goroutine, which is its own here, ends windows and begins the next.
//
// Its lock comes before those of the partitions and of the ready queue.
type transactor struct {
	c    *consumer
	spec *Tx
	id   string

	mu           sync.Mutex
	some         sync.Cond
	win          *window // nil between two
	shut         bool    // the consumer is over
	shared, lone int     // workers that wait, for a run beside others and for one that goes alone
	wasAlone     bool    // the last window was for one run
	calm         bool    // the last window failed by what is not a record
	serial       uint64  // of windows
	endings      []*ending
	unknown      bool // the outcome of the last commit is not known yet

	last *ending // the loop's: of the rebalance or the stop that is under way

	// The committer goroutine's own.
	p     broker.Producer
	begun bool  // p has an open transaction that nobody has used
	why   error // why the last producer was given up
	doubt *doubt
	fails int
	// hurried: the consumer is over, an abort gets a second.
	hurried bool
	pause   time.Time // no window before
	// troubled is the window that failed last by what is not a record.
	troubled *window
	jobs     []*seekJob
}

// An ending is somebody who waits for the window's end.
type ending struct {
	until time.Time // then it is aborted
	done  chan struct{}
	err   error
}

func newTransactor(c *consumer) *transactor {
	if c.spec.Tx == nil {
		return nil
	}
	x := &transactor{c: c, spec: c.spec.Tx, id: fmt.Sprintf("%s-%s-%d", c.spec.Tx.Prefix, c.spec.ID, c.index)}
	x.some.L = &x.mu
	return x
}

func (x *transactor) nudge() { x.c.committer.nudge() }

// close sends the workers home.
func (x *transactor) close() {
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shut = true
	x.some.Broadcast()
}

// run is the committer's goroutine.
func (x *transactor) run() {
	m := x.c.committer
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		x.advance()
		timer.Reset(time.Until(x.next()))
		select {
		case <-m.ending:
			x.finish()
			return
		case job := <-m.seeks:
			x.jobs = append(x.jobs, job)
		case <-m.kick:
		case <-timer.C:
		}
	}
}

// advance ends the window where it is time, does what has to be done between
// two windows, and opens the next one.
func (x *transactor) advance() {
	for {
		w, step := x.due(time.Now())
		switch step {
		case stepStay:
			x.forgive()
			return
		case stepCommit:
			x.commit(w)
		case stepAbort:
			x.abort(w, w.doomed)
		}
		x.between()
		if !x.open() {
			return
		}
	}
}

// What is to be done with the window.
const (
	stepNone = iota // there is none
	stepStay
	stepCommit
	stepAbort
)

func (x *transactor) due(now time.Time) (*window, int) {
	claims := x.c.committer.waits()
	x.mu.Lock()
	defer x.mu.Unlock()
	w := x.win
	if w == nil {
		return nil, stepNone
	}
	if !w.since.IsZero() && now.Sub(w.since) >= x.spec.Time || len(x.endings) > 0 || len(x.jobs) > 0 || claims && now.After(x.pause) {
		w.closing = true
	}
	for _, e := range x.endings {
		if !e.until.After(now) && w.inside > 0 {
			w.doom(errWindowLate, true)
		}
	}
	switch {
	case w.force:
		return w, stepAbort
	case !w.closing || w.inside > 0:
		return w, stepStay
	case w.doomed != nil:
		return w, stepAbort
	default:
		return w, stepCommit
	}
}

// next is when advance has to look again by itself.
func (x *transactor) next() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	at := time.Now().Add(time.Hour)
	sooner := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}
	if w := x.win; w == nil {
		sooner(x.pause)
	} else if !w.closing && !w.since.IsZero() {
		sooner(w.since.Add(x.spec.Time))
	}
	for _, e := range x.endings {
		sooner(e.until)
	}
	return at
}

// between serves those who wait for a window's end.
func (x *transactor) between() {
	for _, job := range x.jobs {
		x.part(job)
	}
	x.jobs = nil
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer(nil)
}

// answer ends the endings. x.mu is held.
func (x *transactor) answer(err error) {
	for _, e := range x.endings {
		if e.err == nil {
			e.err = err
		}
		close(e.done)
	}
	x.endings = nil
}

// part ends the old ledgers of a seek; see committer.part. Between two windows
// there is nothing of them that is not committed.
func (x *transactor) part(job *seekJob) {
	var ended []*assignment
	for i := range job.moves {
		if move := &job.moves[i]; move.old != nil {
			move.old.fence()
			move.from = move.old.Stats().Next
			ended = append(ended, move.old)
		}
	}
	x.c.parted <- job // has room: there is one job at a time
	x.c.nudge()
	for _, a := range ended {
		a.conclude()
	}
}

// open begins the next window. It reports whether there is one.
func (x *transactor) open() bool {
	if time.Now().Before(x.pause) || !x.ready() {
		return false
	}
	if !x.begun {
		if err := x.p.Begin(); err != nil {
			x.drop(err)
			x.trouble(opError("begin transaction", err), nil)
			return false
		}
		x.begun = true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calm = x.fails > 0
	x.serial++
	x.win = &window{x: x, p: x.p, serial: x.serial, parts: map[*assignment]bool{}, landed: make(chan struct{})}
	x.some.Broadcast()
	return true
}

// over ends w for everybody; what still runs in it counts for nothing.
func (x *transactor) over(w *window) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w.over = true
	x.wasAlone = w.alone && w.records > 0
	x.win = nil
}

// finish ends what is open when the consumer is over.
func (x *transactor) finish() {
	x.mu.Lock()
	w := x.win
	used := w != nil && (w.records > 0 || w.sent.Load() > 0)
	x.mu.Unlock()
	if used {
		x.hurried = true
		x.abort(w, errWindowLate)
	}
	x.mu.Lock()
	x.win = nil
	x.answer(errWindowLost)
	x.mu.Unlock()
	if x.p != nil {
		x.p.Close()
		x.p = nil
	}
}
