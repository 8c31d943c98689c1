package ledger_test

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
)

// commit takes a step of the committer.
func (w *keyedWorld) commit() {
	switch {
	case w.flight != nil && w.choose("refuse", 5) == 0:
		c := *w.flight
		w.flight, w.failed = nil, true
		w.p.CommitFailed(c, errRefused)
	case w.flight != nil:
		w.confirm()
	default:
		if c, ok := w.p.Snapshot(); ok {
			w.sends(c)
			w.flight, w.marks = &c, w.m.marks
		}
	}
}

func (w *keyedWorld) confirm() {
	w.committed(*w.flight)
	w.flight = nil
	w.m.sure = w.marks
	w.p.Confirmed(w.group)
}

func (w *keyedWorld) requeue() {
	w.failed = false
	w.p.Requeue()
}

// sends looks at what is about to be committed: I1, I2, I3, I7.
func (w *keyedWorld) sends(c ledger.Commit) {
	w.must(!w.m.fenced, "fence", "%d is committed after the fence", c.Offset)
	w.must(c.Offset <= w.m.safe(), "gap", "%d is committed, %d is not settled", c.Offset, w.m.safe())
	w.must(c.Offset >= w.sent, "back", "%d is committed after %d", c.Offset, w.sent)
	w.sent = max(w.sent, c.Offset)
	m, err := ledger.DecodeMap(c.Metadata, c.Offset)
	if errors.Is(err, ledger.ErrNoMap) {
		m, err = &ledger.Map{Base: c.Offset}, nil
	}
	w.must(err == nil, "map", "%v", err)
	if err != nil {
		return
	}
	for _, d := range w.m.recs {
		isDone := d.state == "done" || d.state == "acked"
		in := isIn(m.Done, d.offset)
		w.must(isDone || !in, "map", "the map says that %d is done, it is %s", d.offset, d.state)
		w.must(!isDone || in || d.offset < c.Offset || m.Cut || w.rules.Map == 0, "map whole", "%d is done, and not in the map", d.offset)
	}
	if w.maps != nil {
		for o := max(w.next, c.Offset+1); o < w.maps.End(); o++ {
			w.must(!isIn(w.maps.Done, o) || isIn(m.Done, o) || m.Cut, "map whole", "%d is done by an earlier owner, and not in the map any more", o)
		}
	}
}

// check compares the book with the model after each step.
func (w *keyedWorld) check() {
	w.handed += w.h.ready
	w.h.ready = 0
	w.must(w.handed <= 1, "ready", "it is handed out %d times", w.handed)
	now := time.Now()
	if d := w.m.mayStart(now); d != nil {
		w.must(w.handed+w.turns > 0, "wake", "%d may start, and nobody was told", d.offset)
	}
	w.checkClock(now)
	said := w.empty.wrong(w.p)
	w.must(said == "", "empty", "%s", said)
	w.settled += w.h.marked
	w.h.marked = 0
	if w.m.fenced {
		return
	}
	w.checkEnds()
	s := w.p.Stats()
	waiting := w.m.count("waiting") + w.m.count("nacked")
	w.must(s.Waiting <= w.rules.Waiting+len(w.runs)+len(w.tickets), "counters", "%d wait", s.Waiting)
	w.must(s.Queued == w.m.count("queued") && s.Running == len(w.runs) && s.Open == w.m.count("open") && s.Waiting == waiting,
		"counters", "want %d queued %d running %d open %d waiting, got %+v", w.m.count("queued"), len(w.runs), w.m.count("open"), waiting, s)
	w.must(s.Bytes == w.m.bytes(), "counters", "want %d bytes, got %d", w.m.bytes(), s.Bytes)
	w.must(s.Watermark == w.m.safe(), "settled", "the watermark is %d, want %d", s.Watermark, w.m.safe())
	w.must(s.Committed <= w.m.safe(), "gap", "%d is committed", s.Committed)
}

// checkEnds: every record has come to one end, or to none yet (I4), and of a
// key what is done comes before what is not (I6).
func (w *keyedWorld) checkEnds() {
	left := unended(w.p.Book())
	w.must(w.settled+w.restored+left == len(w.m.recs), "ends", "%d records were delivered, %d were restored, %d were settled, and %d are left",
		len(w.m.recs), w.restored, w.settled, left)
	first := map[string]*delivered{}
	for _, d := range w.m.recs {
		if !w.m.ordered(d) {
			continue
		}
		before := first[d.key]
		switch {
		case d.state == "open" || d.passed: // its key goes on without it
		case d.state != "done":
			first[d.key] = cmp.Or(before, d)
		case d.attempt > 0:
			w.must(before == nil, "prefix", "%d of key %q is done, and an earlier one is not: %s", d.offset, d.key, w.m)
		}
	}
}

// checkClock: where only the clock is in the way of something, it is set.
func (w *keyedWorld) checkClock(now time.Time) {
	if w.m.paused || w.m.held || w.m.draining || w.m.fenced {
		return
	}
	soonest := time.Unix(math.MaxInt32, 0)
	for _, d := range w.m.recs {
		if d.state == "waiting" && d.due.After(now) && d.due.Before(soonest) && w.m.fault(d, d.due) == "" {
			soonest = d.due
		}
	}
	if soonest.Unix() < math.MaxInt32 {
		w.must(w.h.armed != nil && !w.h.armed.After(soonest), "wake", "want a timer at %s, got %v", soonest, w.h.armed)
	}
}

// settleDown lets everything come to its end: nothing is lost, nothing is stuck.
func (w *keyedWorld) settleDown() {
	w.m.paused = false
	w.p.Resume()
	for i := 0; ; i++ {
		w.check()
		if i > 3000 {
			w.must(false, "wake", "it never comes to rest: %+v", w.p.Stats())
			return
		}
		switch {
		case len(w.runs) > 0:
			run := w.runs[0]
			w.runs = w.runs[1:]
			w.after(run, ledger.Finish{Mark: true}, 0)
			w.p.Finish(run, ledger.Finish{Mark: true}, time.Now())
			w.turns++
		case w.handed+w.turns > 0:
			w.take()
		case w.m.count("open") > 0:
			w.ackOpen()
		case w.failed:
			w.requeue()
		case w.flight != nil:
			w.confirm()
		case w.commitDue():
		case w.more() && !w.p.Full():
			w.track()
		case w.h.armed != nil:
			w.advance()
		default:
			w.over()
			return
		}
	}
}

func (w *keyedWorld) commitDue() bool {
	w.p.DueNow()
	c, ok := w.p.Snapshot()
	if ok {
		w.sends(c)
		w.flight, w.marks = &c, w.m.marks
	}
	return ok
}

func (w *keyedWorld) more() bool {
	return slices.ContainsFunc(w.log, func(l *logged) bool { return l.offset >= w.next })
}

func (w *keyedWorld) ackOpen() {
	for _, k := range w.tickets {
		if d := w.m.find(k.Offset); d.state == "open" && d.attempt == k.Attempt {
			w.must(w.p.Ack(k, 1) == nil, "ticket", "the ack of %d was refused", d.offset)
			w.m.settle(d)
			return
		}
	}
}

func (w *keyedWorld) over() {
	for _, l := range w.log {
		w.must(l.done, "lost", "%d (epoch %d) was never run", l.offset, l.epoch)
	}
	s := w.p.Stats()
	w.must(s.Queued+s.Running+s.Open+s.Waiting+s.Unsettled+s.Bytes+s.Keys+s.Done == 0 && !s.Full, "counters", "at rest: %+v", s)
	if n := len(w.m.recs); n > 0 {
		w.must(w.group.Offset == w.m.recs[n-1].offset+1, "lost", "%d is committed at the end", w.group.Offset)
	}
}
