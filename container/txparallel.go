package container

import (
	"errors"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
)

// Under key ordering, and under none, the workers run records of one partition
// side by side within one transaction. What a transaction has taken of a
// partition is without a gap when it ends (see ledger.TakeWithin), so that the
// offset says all.

var errPostponedAmong = errors.New("a record of it was postponed, and later ones had been taken")

// sideBySide reports whether records of one partition may run at once.
func (s *Spec) sideBySide() bool { return s.Tx != nil && s.Ordering > spec.OrderPartition }

// turnBeside is turnTx under such an ordering.
//
// What the transaction owes a key is ready when a run of that key has ended, and
// taken by the worker that ran it, before it does anything else: a window that
// waits for what is owed always has somebody to run it.
func (w *worker) turnBeside(a *assignment) {
	end := time.Now().Add(turnTime)
	for holds, more := true, true; ; holds = false {
		now, win := w.c.tx.begin(a, &w.run, holds, more)
		if win == nil {
			break
		}
		after := w.oneTx(a, win, now)
		more = more && !w.run.Closes && !after.After(end)
	}
	w.c.tx.rest()
}

// begin takes the next run of a into a window: what is owed at once, another
// record when a window takes it. It returns no window where there is nothing for
// this worker: it waits for a window only with what came from the ready queue,
// and without more takes what is owed.
func (x *transactor) begin(a *assignment, run *ledger.Run, holds, more bool) (time.Time, *window) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for !x.shut {
		now := time.Now()
		alone := a.NextAlone()
		took, answer := a.TakeWithin(now, run, x.room(alone, holds, more))
		x.owe(a, took, alone, now)
		switch {
		case answer == ledger.TakenRun:
			return now, x.win
		case answer == ledger.TakenLater && holds:
			x.wait(alone)
			continue
		}
		if w := x.win; answer == ledger.TakenNone && holds && w != nil && w.records == 0 {
			x.some.Broadcast() // who waits may have waited for this one
		}
		x.look()
		break
	}
	return time.Time{}, nil
}

// room is what the window takes now. x.mu is held.
func (x *transactor) room(alone, holds, more bool) ledger.Room {
	w := x.win
	if w == nil {
		return ledger.Room{Holds: holds}
	}
	r := ledger.Room{Window: w.serial, Calm: x.calm, Holds: holds}
	switch {
	case !more || !x.admits(w, alone):
	case alone:
		r.Slots = 1
	default:
		r.Slots = x.spec.Records - w.records
	}
	return r
}

// owe books n records of a that the window has taken. x.mu is held.
func (x *transactor) owe(a *assignment, n int, alone bool, now time.Time) {
	if n == 0 {
		return
	}
	w := x.win
	w.inside += n
	w.records += n
	w.alone = alone
	w.parts[a] = true
	w.closing = w.closing || alone || w.records >= x.spec.Records
	if w.since.IsZero() {
		w.since = now
		x.nudge() // sets the clock
	}
}

// wait waits until something has changed; see enter.
func (x *transactor) wait(alone bool) {
	waiting := &x.shared
	if alone {
		waiting = &x.lone
	}
	*waiting++
	x.look()
	x.some.Wait()
	*waiting--
}

// gap reports whether a run that is to come again leaves a gap in what its window
// has taken. x.mu is held.
func (t *runTx) gap(run *ledger.Run, c ledger.Conclusion) bool {
	return t.w.x.c.spec.sideBySide() && !t.w.over && !t.verdict && c.Redo > 0 && !t.a.Last(run)
}

// release lets go of what the window owes: it ends in an abort. x.mu is held.
func (w *window) release() {
	now := time.Now()
	for a := range w.parts {
		w.inside -= a.PutBack(now)
	}
}
