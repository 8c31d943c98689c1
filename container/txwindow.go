package container

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

// A window is one transaction of one consumer, over all its partitions: from
// begin to commit or abort. Handlers run inside a window only. Its fields are
// under the transactor's lock, but for those of sends.
type window struct {
	x      *transactor
	p      broker.Producer
	serial uint64
	since  time.Time // of the first record; zero before
	// inside counts the runs that have not been concluded, and what is owed.
	inside, records int
	parts           map[*assignment]bool // false: a worker looks whether it has a run

	closing bool  // nobody enters any more
	alone   bool  // it is for one run
	doomed  error // it ends in an abort
	force   bool  // it does not wait for who is inside
	taken   bool  // its offsets are on their way
	over    bool  // what runs still counts for nothing

	blamed *runTx // who failed first
	blame  error  // of a send
	judged bool   // the blamed run was concluded as failed

	sends sync.RWMutex // held shared by who is inside the client
	// sealed: no more sends. landed is closed when nothing is on its way then.
	sealed atomic.Bool
	sent   atomic.Int64
	flying atomic.Int64
	landed chan struct{}
	once   sync.Once
}

// A txFailure is why a run has failed, until the error handler has been asked
// about it, and the recoverer that it was given up to.
type txFailure struct {
	err      error
	recovery *recovery
}

var (
	errWindowLost = errors.New("a partition of it went away")
	errPostponed  = errors.New("a record of it was postponed after it had sent something")
	errWindowLate = errors.New("its handlers did not end in time")
)

// seal keeps further sends out, and waits for those that are inside the client.
func (w *window) seal() {
	w.sends.Lock()
	w.sealed.Store(true)
	w.sends.Unlock()
	if w.flying.Load() == 0 {
		w.land()
	}
}

func (w *window) land() { w.once.Do(func() { close(w.landed) }) }

// arrived counts a send out.
func (w *window) arrived() {
	if w.flying.Add(-1) == 0 && w.sealed.Load() {
		w.land()
	}
}

// voided is the conclusion of a run that did not happen.
func voided(run *ledger.Run) ledger.Conclusion {
	return ledger.Conclusion{Redo: int(run.To - run.From)}
}

// enter waits until a run of a may begin, and returns the window that it
// belongs to; nil when the consumer is over.
func (x *transactor) enter(a *assignment) *window {
	x.mu.Lock()
	defer x.mu.Unlock()
	for !x.shut {
		alone := a.NextAlone()
		if w := x.win; w != nil && x.admits(w, alone) {
			w.inside++
			w.records++
			w.alone = alone
			if _, known := w.parts[a]; !known { // before it is known whether there is a run
				w.parts[a] = false
			}
			if w.since.IsZero() {
				w.since = time.Now()
				x.nudge() // sets the clock
			}
			return w
		}
		x.wait(alone)
	}
	return nil
}

// admits says who goes next: a run that goes alone waits for an empty window,
// which is kept free for it unless it had the one before.
func (x *transactor) admits(w *window, alone bool) bool {
	switch {
	case w.closing || w.alone && w.records > 0 || w.records >= x.spec.Records:
		return false
	case alone:
		return w.records == 0 && (x.shared == 0 || !x.wasAlone)
	default:
		return w.records > 0 || x.lone == 0 || x.wasAlone
	}
}

// took books the run that a has begun, n records of it, or that there was none.
func (x *transactor) took(w *window, a *assignment, n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if n > 0 {
		w.records += n - 1
		w.parts[a] = true
		w.closing = w.closing || w.alone || w.records >= x.spec.Records
		return
	}
	if w.inside--; !w.parts[a] {
		delete(w.parts, a)
	}
	if w.records--; w.records == 0 {
		w.since, w.alone = time.Time{}, false
		x.some.Broadcast()
	}
	x.look()
}

// conclude ends a run. It reports false where the window was over, or fails by
// somebody else's send: then the run counts for nothing.
func (x *transactor) conclude(t *runTx, run *ledger.Run, c ledger.Conclusion, fault error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := t.w
	w.inside--
	defer x.look()
	if fault == nil && w.blamed == t {
		fault, c = w.blame, ledger.Conclusion{}
	}
	switch {
	case w.over || w.blamed != nil && w.blamed != t:
		c = voided(run)
	case fault != nil && t.verdict && c.Void: // a recoverer's
	case fault != nil && t.verdict:
		c = ledger.Conclusion{After: lastRetry, Void: true} // it is asked again
	case fault != nil:
		t.a.failures[run.From+uint64(c.Redo)] = txFailure{err: fault}
	case t.verdict:
		delete(t.a.failures, run.From)
	}
	switch {
	case w.over:
	case fault != nil:
		w.doom(fault, false)
		w.blamed, w.judged = t, true
	case t.gap(run, c):
		w.doom(errPostponedAmong, false)
	}
	t.a.Conclude(run, c, time.Now())
}

// doom makes the window end in an abort; force does not wait for who is inside.
func (w *window) doom(why error, force bool) {
	if w.doomed == nil {
		w.doomed = why
	}
	w.closing = true
	w.force = w.force || force
	w.release()
}

// look lets the committer know when nobody is inside any more, and closes a
// window in which those who wait can't go on.
func (x *transactor) look() {
	w := x.win
	if w == nil {
		return
	}
	if w.inside == 0 && w.records > 0 && x.lone+x.shared > 0 {
		w.closing = true
	}
	if w.force || w.closing && w.inside == 0 {
		x.nudge()
	}
}

// rest closes the window when a worker has nothing more to do, and nobody else has.
func (x *transactor) rest() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if w := x.win; w != nil && w.inside == 0 && w.records > 0 && x.c.ready.empty() {
		w.closing = true
	}
	x.look()
}

// fencing is called before a is fenced: a window with work of it whose offsets
// are not on their way yet can't commit any more. Until what it returns is
// called no window takes anything of a.
func (x *transactor) fencing(a *assignment) (fenced func()) {
	if x == nil {
		return func() {}
	}
	x.mu.Lock()
	if w := x.win; w != nil && !w.taken && !w.over {
		if _, in := w.parts[a]; in {
			w.doom(errWindowLost, true)
			x.look()
		}
	}
	return x.mu.Unlock
}
