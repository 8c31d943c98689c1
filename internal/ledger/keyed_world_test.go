package ledger_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A keyedBook is a Partition with lanes, or one with a planted bug.
type keyedBook interface {
	Track(recs []listener.RawRecord) (int, error)
	Take(now time.Time, run *ledger.Run) bool
	Next(now time.Time, run *ledger.Run) bool
	Yield()
	Leave(run *ledger.Run)
	Wake()
	Finish(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status
	Ack(t *ledger.Ticket, n int) error
	Nack(t *ledger.Ticket, n int, delay time.Duration) error
	Pause()
	Resume()
	Hold()
	Release()
	DueNow()
	Snapshot() (ledger.Commit, bool)
	Confirmed(c ledger.Commit)
	CommitFailed(c ledger.Commit, err error)
	Requeue()
	Drain() <-chan struct{}
	Fence() (ledger.Commit, bool)
	End()
	Full() bool
	Stats() ledger.Stats
}

// A keyedPlan is a bug that a keyedWorld plants.
type keyedPlan struct {
	rules func(*ledger.Rules)
	start func(*ledger.Start)
	wrap  func(*ledger.Partition, *hooks) keyedBook
}

// A keyedWorld runs one schedule: a log, its owners one after the other, their
// workers and their committer, against the model of each owner.
type keyedWorld struct {
	choose chooser
	rules  ledger.Rules
	plan   keyedPlan
	only   string

	log   []*logged
	end   int64 // of the log
	epoch int32
	group ledger.Commit // what the broker has
	maps  *ledger.Map   // of group, as it was believed by the present owner

	p       keyedBook
	m       *keyedModel
	h       *hooks
	next    int64
	handed  int
	turns   int // workers between two runs
	runs    []*ledger.Run
	tickets []*ledger.Ticket
	flight  *ledger.Commit
	marks   uint64 // of flight
	failed  bool
	sent    int64
}

func newKeyedWorld(choose chooser, rules ledger.Rules, bug keyedPlan) *keyedWorld {
	w := &keyedWorld{choose: choose, rules: rules, plan: bug}
	w.group.Offset = 3
	w.end = 3
	w.own()
	return w
}

func (w *keyedWorld) must(ok bool, check, format string, args ...any) {
	if !ok && (w.only == "" || w.only == check) {
		panic(violation{check, fmt.Sprintf(format, args...)})
	}
}

// own begins the next assignment, from what the group has.
func (w *keyedWorld) own() {
	start := ledger.Start{Offset: w.group.Offset, Committed: true, Metadata: w.group.Metadata}
	m, err := ledger.DecodeMap(w.group.Metadata, w.group.Offset)
	w.must(err == nil || errors.Is(err, ledger.ErrNoMap), "map", "%v", err)
	start.Map, w.maps = m, m
	if w.plan.start != nil {
		w.plan.start(&start)
	}
	rules := w.rules
	if w.plan.rules != nil {
		w.plan.rules(&rules)
	}
	w.h = &hooks{}
	p := ledger.New("orders", 3, 7, start, rules, w.h)
	w.p = p
	if w.plan.wrap != nil {
		w.p = w.plan.wrap(p, w.h)
	}
	p.Open()
	w.m = &keyedModel{rules: w.rules, start: w.group.Offset, lastMark: map[string]uint64{}}
	w.next, w.sent = w.group.Offset, w.group.Offset
	w.handed, w.turns, w.runs, w.tickets, w.flight, w.failed = 0, 0, nil, nil, nil, false
}

var keyedKeys = []string{"a", "a", "b", "c", "", "-", "-"}

// produce writes to the log, with holes in it.
func (w *keyedWorld) produce() {
	for range 1 + w.choose("records", 4) {
		w.end += int64(max(0, w.choose("hole", 6)-3))
		w.log = append(w.log, &logged{offset: w.end, key: keyedKeys[w.choose("key", len(keyedKeys))], epoch: w.epoch})
		w.end++
	}
}

// track delivers a chunk, unless the partition is full.
func (w *keyedWorld) track() {
	if w.p.Full() || w.m.fenced {
		return
	}
	var recs []listener.RawRecord
	var fresh []*delivered
	for _, l := range w.log {
		if l.offset >= w.next && len(recs) < 3 {
			recs = append(recs, l.value())
			fresh = append(fresh, &delivered{logged: l, state: "queued"})
		}
	}
	if len(recs) == 0 {
		return
	}
	_, err := w.p.Track(recs)
	w.must(err == nil, "track", "%v", err)
	if w.m.draining {
		return
	}
	w.next = fresh[len(fresh)-1].offset + 1
	for _, d := range fresh {
		if w.maps != nil && d.epoch > w.maps.Epoch {
			w.maps = nil
		}
		if w.maps != nil && isIn(w.maps.Done, d.offset) {
			d.state = "done"
		}
		w.m.recs = append(w.m.recs, d)
	}
	over := w.m.count("queued") >= w.rules.Window || len(w.m.unsettled()) >= w.rules.Slots
	w.must(!over || w.p.Full(), "window", "%d wait, of %d", w.m.count("queued"), w.rules.Window)
}

// take is a worker that got the partition, or that has ended a run.
func (w *keyedWorld) take() {
	now := time.Now()
	run := &ledger.Run{}
	var got bool
	switch {
	case w.handed > 0 && (w.turns == 0 || w.choose("who", 2) == 0):
		w.handed--
		got = w.p.Take(now, run)
	case w.turns > 0 && w.choose("yield", 5) == 0:
		w.turns--
		w.p.Yield()
		return
	case w.turns > 0:
		w.turns--
		got = w.p.Next(now, run)
	default:
		return
	}
	if !got {
		if d := w.m.mayStart(now); d != nil {
			w.must(false, "wake", "%d (%s, key %q) may start, and was not given out; %+v; %s", d.offset, d.state, d.key, w.p.Stats(), w.m)
		}
		return
	}
	w.starts(run, now)
}

func (w *keyedWorld) starts(run *ledger.Run, now time.Time) {
	d := w.m.find(run.Offset())
	if why := w.m.fault(d, now); why != "" {
		w.must(false, why, "%d (%s, key %q) starts: %s", d.offset, d.state, d.key, why)
	}
	w.must(d.state != "done" || d.attempt > 0, "replay", "%d was done by an earlier owner, and runs", d.offset)
	d.state = "running"
	d.attempt++
	w.must(run.Attempt == d.attempt, "run", "attempt %d, want %d", run.Attempt, d.attempt)
	w.runs = append(w.runs, run)
	w.tickets = append(w.tickets, ticketOf(run))
}

func (w *keyedWorld) finish() {
	if len(w.runs) == 0 {
		return
	}
	i := w.choose("run", len(w.runs))
	run := w.runs[i]
	w.runs = slices.Delete(w.runs, i, i+1)
	after := time.Duration(max(0, w.choose("after", 5)-2)) * time.Second
	f := ledger.Finish{Mark: true}
	switch w.choose("finish", 8) {
	case 0:
		f = ledger.Finish{}
	case 1:
		f = ledger.Finish{Again: true, After: after, Fail: true}
	case 2:
		f = ledger.Finish{Parts: []ledger.Part{{To: 1, After: after, Fail: true}}}
	case 3:
		w.p.Leave(run)
		w.turns++
		w.after(run, f, after)
		w.p.Finish(run, f, time.Now())
		return
	}
	w.after(run, f, after)
	w.p.Finish(run, f, time.Now())
	w.turns++
}

// after is what the end of a run means for the model.
func (w *keyedWorld) after(run *ledger.Run, f ledger.Finish, after time.Duration) {
	if w.m.fenced {
		return
	}
	d := w.m.find(run.Offset())
	switch {
	case d.state == "acked":
		d.state = "done"
	case d.state == "nacked":
		d.state = "waiting"
	case f.Mark:
		w.m.settle(d)
	case f.Again || f.Parts != nil:
		d.state, d.due = "waiting", time.Now().Add(after)
	default:
		d.state = "open"
	}
}

// acknowledge acks or nacks some delivery, from anywhere, early or late.
func (w *keyedWorld) acknowledge() {
	if len(w.tickets) == 0 {
		return
	}
	k := w.tickets[max(0, len(w.tickets)-1-w.choose("ticket", 6))]
	d := w.m.find(k.Offset)
	usable := d.attempt == k.Attempt && (d.state == "running" || d.state == "open")
	var err error
	if ack := w.choose("nack", 3) > 0; ack {
		err = w.p.Ack(k, 1)
		if err == nil && usable && !w.m.fenced {
			runs := d.state == "running"
			if w.m.settle(d); runs {
				d.state = "acked"
			}
		}
	} else {
		delay := time.Duration(w.choose("delay", 3)) * time.Second
		err = w.p.Nack(k, 0, delay)
		if err == nil && usable && !w.m.fenced {
			d.due = time.Now().Add(delay)
			if d.state == "running" {
				d.state = "nacked"
			} else {
				d.state = "waiting"
			}
		}
	}
	switch {
	case w.m.fenced:
		w.must(errors.Is(err, listener.ErrRevoked), "fence", "an ack after the fence answered %v", err)
	default:
		w.must((err == nil) == usable, "ticket", "%v for a record in state %s", err, d.state)
	}
}

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
	w.group = *w.flight
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

func (w *keyedWorld) advance() {
	until := time.Now().Add(time.Duration(1+w.choose("time", 4)) * 500 * time.Millisecond)
	for w.h.armed != nil && !w.h.armed.After(until) {
		at := *w.h.armed
		w.h.armed = nil
		<-time.After(time.Until(at))
		w.p.Wake()
		w.check()
	}
	<-time.After(time.Until(until))
}

func (w *keyedWorld) pause() {
	if w.choose("pause", 3) == 0 {
		w.m.paused = true
		w.p.Pause()
		return
	}
	w.m.paused = false
	w.p.Resume()
}

// revoke ends the assignment, cleanly or by a crash, and the next owner begins.
// Meanwhile the log may be compacted, or cut and written anew.
func (w *keyedWorld) revoke() {
	if w.choose("revoke", 4) > 0 {
		return
	}
	if w.flight != nil && w.choose("answered", 2) == 0 {
		w.confirm()
	}
	if w.choose("crash", 2) == 0 {
		w.p.Drain()
		w.m.draining = true
		w.check()
		c, ok := w.p.Fence()
		if ok {
			w.sends(c)
			w.group = c
		}
		w.m.fenced = true
		w.handed, w.turns = max(1, w.handed), 1
		w.take()
		w.acknowledge()
		for len(w.runs) > 0 {
			w.finish()
		}
		w.p.End()
		s := w.p.Stats()
		w.must(s.Queued+s.Running+s.Open+s.Waiting+s.Unsettled+s.Bytes+s.Keys+s.Done == 0, "counters", "after the end: %+v", s)
	}
	w.change()
	w.own()
}

func (w *keyedWorld) change() {
	switch w.choose("log", 4) {
	case 0: // compaction
		w.log = slices.DeleteFunc(w.log, func(l *logged) bool { return l.done && w.choose("compact", 3) == 0 })
	case 1: // an unclean election: what was there is gone, and its offsets are used again
		cut := w.group.Offset + int64(w.choose("cut", 6))
		if cut >= w.end {
			return
		}
		w.log = slices.DeleteFunc(w.log, func(l *logged) bool { return l.offset >= cut })
		w.end = cut
		w.epoch++
		w.produce()
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
	if w.m.fenced {
		return
	}
	s := w.p.Stats()
	waiting := w.m.count("waiting") + w.m.count("nacked")
	w.must(s.Waiting <= w.rules.Waiting+len(w.runs)+len(w.tickets), "counters", "%d wait", s.Waiting)
	w.must(s.Queued == w.m.count("queued") && s.Running == len(w.runs) && s.Open == w.m.count("open") && s.Waiting == waiting,
		"counters", "want %d queued %d running %d open %d waiting, got %+v", w.m.count("queued"), len(w.runs), w.m.count("open"), waiting, s)
	w.must(s.Bytes == w.m.bytes(), "counters", "want %d bytes, got %d", w.m.bytes(), s.Bytes)
	w.must(s.Watermark == w.m.safe(), "settled", "the watermark is %d, want %d", s.Watermark, w.m.safe())
	w.must(s.Committed <= w.m.safe(), "gap", "%d is committed", s.Committed)
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

var keyedActions = slices.Concat(
	slices.Repeat([]func(*keyedWorld){(*keyedWorld).take}, 12),
	slices.Repeat([]func(*keyedWorld){(*keyedWorld).finish}, 9),
	slices.Repeat([]func(*keyedWorld){(*keyedWorld).track, (*keyedWorld).acknowledge}, 4),
	slices.Repeat([]func(*keyedWorld){(*keyedWorld).produce, (*keyedWorld).advance}, 2),
	slices.Repeat([]func(*keyedWorld){(*keyedWorld).commit}, 5),
	[]func(*keyedWorld){(*keyedWorld).requeue, (*keyedWorld).pause, (*keyedWorld).revoke, func(w *keyedWorld) { w.p.DueNow() }},
)

func (w *keyedWorld) play(steps int) {
	for range steps {
		keyedActions[w.choose("step", len(keyedActions))](w)
		w.check()
	}
	w.settleDown()
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
