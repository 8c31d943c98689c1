package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A keyedBook is a Partition with lanes, or one with a planted bug.
type keyedBook interface {
	loaded
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
	Owed() bool
	End()
	Full() bool
	Stats() ledger.Stats
	Book() []ledger.Booked
}

// A keyedPlan is a bug that a keyedWorld plants.
type keyedPlan struct {
	rules func(*ledger.Rules)
	start func(*ledger.Start)
	// counts has maps name records by their number in the log.
	counts bool
	wrap   func(*ledger.Partition, *hooks) keyedBook
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
	was   []int64       // the log's offsets from group's on, when that was committed

	p       keyedBook
	empty   emptiness
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

	restored, settled int // of the present owner: by the map, as the hooks were told
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
	if w.plan.counts && start.Map != nil {
		start.Map = w.counted(start.Map)
	}
	rules := w.rules
	if w.plan.rules != nil {
		w.plan.rules(&rules)
	}
	w.h = &hooks{}
	p := ledger.New("orders", 3, 7, start, rules, w.h)
	w.p = p
	w.empty.tracked()
	if w.plan.wrap != nil {
		w.p = w.plan.wrap(p, w.h)
	}
	p.Open()
	w.m = &keyedModel{rules: w.rules, start: w.group.Offset, lastMark: map[string]uint64{}}
	w.next, w.sent = w.group.Offset, w.group.Offset
	w.handed, w.turns, w.runs, w.tickets, w.flight, w.failed = 0, 0, nil, nil, nil, false
	w.restored, w.settled = 0, 0
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
	w.empty.tracked()
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
			w.restored++
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
				d.state, d.passed = "waiting", true
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
		if ok && w.choose("refused at the end", 2) == 0 {
			w.p.CommitFailed(c, errRefused)
			w.must(w.p.Owed(), "owed", "a refused last commit is nobody's")
		}
		if ok {
			w.sends(c)
			w.committed(c)
			if w.choose("answered at the end", 2) == 0 {
				w.p.Confirmed([]ledger.Commit{c, c.Bare()}[w.choose("bare", 2)])
				w.must(!w.p.Owed(), "owed", "the last commit is confirmed, and owed")
			}
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
