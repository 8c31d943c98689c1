package ledger_test

import (
	"errors"
	"time"

	"github.com/hearken-go/hearken/listener"
)

var errRefused = errors.New("the broker said no")

// commit takes a step of the committer: snapshot, or the answer to it.
func (w *world) commit() {
	if w.flight != nil {
		w.confirm()
		return
	}
	pending := w.m.pending() && !w.m.fenced
	w.m.queued = false
	c, ok := w.p.Snapshot()
	if ok {
		w.sends(c.Offset)
		w.flight = &c
		w.m.snapshot()
	}
	w.must(ok == pending, "due", "snapshot answers %v, pending is %v", ok, pending)
	w.must(!ok || c.Offset == w.m.point, "due", "want %d, got %d", w.m.point, c.Offset)
}

// sends looks at an offset that is about to be committed.
func (w *world) sends(offset int64) {
	w.must(!w.m.fenced, "fence", "%d is committed after the fence", offset)
	w.bounds(offset)
}

func (w *world) bounds(offset int64) {
	w.must(offset <= w.m.safe(), "gap", "%d is committed, %d is unsettled", offset, w.m.safe())
	w.must(offset >= w.sent, "back", "%d is committed after %d", offset, w.sent)
	w.must(offset <= w.m.last+1, "beyond", "%d is committed, %d was the last", offset, w.m.last)
	w.sent = max(w.sent, offset)
}

func (w *world) confirm() {
	c := *w.flight
	w.flight, w.failed = nil, false
	w.group = c.Offset
	w.m.confirm(c.Offset)
	w.p.Confirmed(c)
	w.resolve(w.m.committed, nil)
}

func (w *world) refuse() {
	if w.flight == nil {
		return
	}
	c := *w.flight
	w.flight, w.failed = nil, true
	w.p.CommitFailed(c, errRefused)
	if !w.m.foreign(c.Offset) {
		w.resolve(c.Offset, errRefused)
	}
}

func (w *world) requeue() {
	w.failed = false
	w.m.queue()
	w.p.Requeue()
}

func (w *world) reassert() {
	c, ok := w.p.Committed()
	same(w, "reassert", w.m.confirmed && !w.m.fenced && !w.m.pending(), ok)
	if ok {
		same(w, "reassert", w.m.committed, c.Offset)
	}
}

func (w *world) dueNow() {
	w.m.raise(w.m.safe())
	w.p.DueNow()
}

func (w *world) dueLate() {
	w.m.raise(min(w.m.safe(), w.m.floor))
	w.p.DueLate()
}

func (w *world) await() {
	k := w.some()
	if k == nil {
		return
	}
	a := &awaiting{want: k.Offset + 1}
	switch {
	case w.m.committed >= a.want:
		a.due = true
	case w.m.ended, w.m.fenced && w.m.safe() < a.want:
		a.due, a.answer = true, listener.ErrRevoked
	case w.m.safe() < a.want:
		a.due = true
	default:
		w.m.raise(w.m.safe())
	}
	a.answers = w.p.AwaitCommit(&k.Ticket)
	w.waiters = append(w.waiters, a)
}

// resolve says which waiters have to have their answer.
func (w *world) resolve(offset int64, answer error) {
	for _, a := range w.waiters {
		if !a.due && a.want <= offset {
			a.due, a.answer = true, answer
		}
	}
}

func (w *world) pause() {
	w.m.paused = true
	w.p.Pause()
}

func (w *world) resume() {
	w.m.paused = false
	w.p.Resume()
}

func (w *world) hold() {
	w.m.held = true
	w.p.Hold()
}

func (w *world) release() {
	w.m.held = false
	w.p.Release()
}

// advance lets time pass and timers fire.
func (w *world) advance() {
	until := time.Now().Add(time.Duration(1+w.choose("time", 5)) * 500 * time.Millisecond)
	for w.h.armed != nil && !w.h.armed.After(until) {
		w.fire()
		w.check()
	}
	<-time.After(time.Until(until))
}

func (w *world) fire() {
	at := *w.h.armed
	w.h.armed = nil
	<-time.After(time.Until(at))
	w.p.Wake()
}

func (w *world) fence() {
	want, wantOK := w.m.fence()
	c, ok := w.p.Fence()
	w.must(ok == wantOK, "due", "fence: want %v, got %v", wantOK, ok)
	if !ok {
		return
	}
	w.bounds(c.Offset)
	w.must(c.Offset == want, "due", "fence: want %d, got %d", want, c.Offset)
	w.flight = &c
}

// end follows a fence. The last commit may be answered before it, after it, or never.
func (w *world) end() {
	if !w.m.fenced {
		return
	}
	w.m.ended = true
	w.p.End()
	w.resolve(never, listener.ErrRevoked)
}
