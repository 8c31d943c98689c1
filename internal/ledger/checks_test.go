package ledger_test

import (
	"errors"
	"slices"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
)

// starts looks at what the ledger gives out, before the model knows of it.
func (w *world) starts(now time.Time) {
	m, from := w.m, int(w.run.From)
	w.must(!m.fenced && !m.draining, "fence", "%d starts after the fence or while draining", from)
	w.must(!m.paused && !m.held, "pause", "%d starts while paused or held", from)
	if r, again := m.first(); again {
		w.must(from <= r.from, "order", "%d starts before the redelivery of %d", from, r.from)
		w.must(from != r.from || !r.due.After(now), "early", "%d starts %s early", from, r.due.Sub(now))
	} else {
		w.must(from == m.next, "order", "%d starts, %d is next", from, m.next)
		w.must(!m.lingersUntil().After(now), "linger", "%d starts, it waits for %s more", from, m.lingersUntil().Sub(now))
	}
	w.must(!m.rules.Await || m.point <= m.committed, "await", "%d starts, %d is not confirmed", from, m.point)
	if m.rules.When.Has(ackmode.ChunkEnd) && w.run.Opens && from == m.next && len(m.ends) > 1 {
		w.opensChunk(now, m.ends[len(m.ends)-2])
	}
}

// opensChunk: a chunk opens on top of one unconfirmed chunk, or of marks that
// are younger than Ahead. before is what was due at the end of the chunk before the last.
func (w *world) opensChunk(now time.Time, before int64) {
	for _, e := range w.m.recs {
		if e.state == "done" && !e.late && e.offset >= w.m.committed && e.offset < before {
			w.must(now.Sub(e.safe) < w.m.rules.Ahead, "chunks", "%d opens, %d was settled %s ago and is not confirmed",
				w.run.From, e.offset, now.Sub(e.safe))
		}
	}
}

// check compares the book with the model, and what was asked of the hooks with
// what had to be asked.
func (w *world) check() {
	w.checkReady()
	w.checkBook()
	w.checkCommits()
	w.checkWindow()
	w.checkWaiters()
	same(w, "drain", w.m.looksDrained(), w.isDrained())
	w.must(w.early == "", "reuse", "%s", w.early)
	said := w.empty.wrong(w.p)
	w.must(said == "", "empty", "%s", said)
	w.h.arms = nil
}

// checkReady: an idle partition that may run is handed out, once, and one that
// only the clock is in the way of is woken, neither early nor late.
func (w *world) checkReady() {
	now := time.Now()
	ready := 0
	if w.lane == "idle" && w.m.mayStart(now) {
		ready = 1
		w.lane = "ready"
	}
	w.must(w.h.ready >= ready, "wake", "something may run, and nobody was told")
	w.must(w.h.ready <= ready, "ready", "it was handed out %d times, want %d", w.h.ready, ready)
	w.handed += w.h.ready
	w.h.ready = 0
	w.m.idle = w.lane == "idle"
	if due, sleeps := w.m.sleeps(); sleeps && w.lane == "idle" {
		w.must(w.h.armed != nil && w.h.armed.Equal(due), "wake", "want a timer at %s, got %v", due, w.h.armed)
	}
	for _, t := range w.h.arms {
		w.must(t.After(now), "spin", "a timer is set to %s ago: it fires at once, for nothing", now.Sub(t))
	}
}

func (w *world) checkBook() {
	same(w, "marked", w.m.marks, w.h.marked)
	w.settled += w.h.marked
	w.m.marks, w.h.marked = 0, 0
	if w.m.ended {
		return
	}
	w.must(w.settled+unended(w.p.Book()) == len(w.m.recs), "ends",
		"%d records were delivered, %d were settled, and %v are left", len(w.m.recs), w.settled, w.p.Book())
	var want []ledger.Booked
	for _, e := range w.m.recs[w.m.head():] {
		want = append(want, ledger.Booked{Offset: e.offset, State: e.state, Attempt: e.attempt})
	}
	got := w.p.Book()
	w.must(slices.Equal(want, got), "settled", "want %v, got %v", want, got)
	s := w.p.Stats()
	same(w, "counters", ledger.Stats{
		Queued: len(w.m.recs) - w.m.next, Running: w.m.runs, Open: w.m.count("open"), Waiting: len(w.m.redos),
		Unsettled: len(want), Bytes: w.m.bytes(), Delivered: w.m.last, Watermark: w.m.safe(), Committed: w.m.committed,
		Paused: w.m.paused, Held: w.m.held, Full: s.Full, OutOfSlots: len(want) >= w.m.rules.Slots,
		Head: s.Head, HeadOpen: s.HeadOpen, HeadWaiting: s.HeadWaiting, HeadLater: s.HeadLater, Next: w.m.upcomingOffset(),
	}, s)
	if len(want) > 0 {
		h := want[0]
		w.must(s.Head == h.Offset && s.HeadOpen == (h.State == "open") && s.HeadWaiting == (h.State == "waiting"),
			"counters", "the head is %+v, not %+v", h, s)
		later := w.m.recs[w.m.head()]
		lingers := later.state == "queued" && w.m.lingersUntil().After(time.Now())
		w.must(s.HeadLater == (later.state == "waiting" && later.later || lingers), "counters", "the head is %+v, not %+v", later, s)
	}
}

// unended counts the records that have come to no end. With those that were
// settled, each once, they are all that were delivered: I4.
func unended(slots []ledger.Booked) (n int) {
	for _, s := range slots {
		if s.State != "done" {
			n++
		}
	}
	return n
}

// checkCommits: Due is asked for once, and nothing that is due is forgotten.
func (w *world) checkCommits() {
	w.must(w.h.due <= w.m.dues, "due once", "due was called %d times, want %d", w.h.due, w.m.dues)
	w.must(w.h.due >= w.m.dues, "due", "due was called %d times, want %d", w.h.due, w.m.dues)
	w.h.due, w.m.dues = 0, 0
	s := w.p.Stats()
	w.must(s.Committed <= w.m.safe() && s.Committed <= w.m.last+1, "gap", "%d is committed, %d is not safe", s.Committed, w.m.safe())
	if w.m.pending() && !w.m.fenced && w.flight == nil && !w.failed {
		w.must(w.m.queued, "due", "%d is due and nobody will commit it", w.m.point)
	}
	same(w, "owed", w.m.owed, w.p.Owed())
}

// checkWindow: full at the limit, free again at half, and said once.
func (w *world) checkWindow() {
	freed := 0
	if w.m.full && !w.m.over(2) && !w.m.ended {
		w.m.full = false
		freed = 1
	}
	same(w, "window", freed, w.h.freed)
	same(w, "window", w.m.full, w.p.Full())
	w.h.freed = 0
}

func (w *world) checkWaiters() {
	for _, a := range w.waiters {
		select {
		case err := <-a.answers:
			w.must(!a.heard, "waiters", "a second answer for %d", a.want)
			w.must(a.due, "waiters", "an answer for %d before the commit's: %v", a.want, err)
			w.must(errors.Is(err, a.answer) && (a.answer != nil || err == nil), "waiters", "want %v, got %v", a.answer, err)
			a.heard = true
		default:
			w.must(a.heard || !a.due, "waiters", "no answer for %d", a.want)
		}
	}
}

func (w *world) isDrained() bool {
	if !w.m.draining && !w.m.fenced {
		return false
	}
	select {
	case <-w.p.Drain():
		return true
	default:
		return false
	}
}

// settleDown lets everything end that can, and looks at what is left.
func (w *world) settleDown() {
	if w.m.draining || w.m.fenced {
		w.wind()
		return
	}
	w.step(action{"resume", (*world).resume})
	w.step(action{"release", (*world).release})
	for i := 0; !w.calm(); i++ {
		if i > 2000 {
			w.must(false, "wake", "it never comes to rest: lane %s, point %d", w.lane, w.m.point)
			return
		}
		w.step(action{"calm", (*world).soothe})
	}
	w.step(action{"due now", (*world).dueNow})
	for range 10 {
		w.step(action{"commit", (*world).commit})
	}
	s := w.p.Stats()
	same(w, "counters", ledger.Stats{Head: -1, Next: w.m.upcomingOffset(), Delivered: w.m.last, Watermark: w.m.safe(), Committed: w.m.committed}, s)
	w.must(len(w.m.recs) == 0 || w.group == w.m.last+1, "lost", "%d is committed, %d was the last", w.group, w.m.last)
	w.everyReason()
}

func (w *world) everyReason() {
	for _, e := range w.m.recs {
		w.must(e.state == "done" && e.why != "", "lost", "%+v is not settled, or for no reason", e)
	}
}

func (w *world) calm() bool {
	return w.m.head() == len(w.m.recs) && !w.runs && w.lane == "idle" && w.flight == nil && !w.m.pending()
}

// soothe does one thing that brings the world nearer to rest.
func (w *world) soothe() {
	switch {
	case w.failed:
		w.requeue()
	case w.flight != nil || w.m.pending():
		w.commit()
	case w.runs:
		w.finishWith(ledger.Finish{Mark: true})
	case w.lane != "idle":
		w.take()
	case w.h.armed != nil:
		w.fire()
	default:
		w.ackOpen()
	}
}

func (w *world) ackOpen() {
	for _, k := range w.tickets {
		if w.m.usable(k, k.to-k.from) == nil {
			w.answered(w.m.ack(k, k.to-k.from), w.p.Ack(&k.Ticket, k.to-k.from), "ack")
			return
		}
	}
}

// wind ends an assignment that is draining or fenced.
func (w *world) wind() {
	if w.runs {
		w.step(action{"finish", (*world).finish})
	}
	w.step(action{"fence", (*world).fence})
	if w.flight != nil && w.choose("answer", 2) == 0 {
		w.step(action{"confirm", (*world).confirm})
	}
	w.step(action{"end", (*world).end})
	for _, name := range []func(*world){(*world).ack, (*world).nack, (*world).await, (*world).track, (*world).resume, (*world).commit} {
		w.step(action{"after the end", name})
	}
	s := w.p.Stats()
	same(w, "counters", [6]int{}, [6]int{s.Queued, s.Running, s.Open, s.Waiting, s.Unsettled, s.Bytes})
	for _, e := range w.m.recs {
		w.must(e.state != "done" || e.why != "", "lost", "%+v was settled for no reason", e)
	}
}
