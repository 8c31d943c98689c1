package ledger_test

import (
	"errors"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

type action struct {
	name string
	do   func(*world)
}

// actions is what may happen, often things more than once.
var actions = slices.Concat(
	slices.Repeat([]action{{"track", (*world).track}}, 5),
	slices.Repeat([]action{{"work", (*world).work}}, 26),
	slices.Repeat([]action{{"ack", (*world).ack}}, 5),
	slices.Repeat([]action{{"nack", (*world).nack}}, 2),
	slices.Repeat([]action{{"commit", (*world).commit}}, 7),
	slices.Repeat([]action{{"advance", (*world).advance}}, 6),
	slices.Repeat([]action{{"resume", (*world).resume}, {"release", (*world).release}}, 8),
	[]action{
		{"await", (*world).await},
		{"refuse", (*world).refuse},
		{"requeue", (*world).requeue},
		{"due now", (*world).dueNow},
		{"due late", (*world).dueLate},
		{"reassert", (*world).reassert},
		{"pause", (*world).pause},
		{"hold", (*world).hold},
		{"again", (*world).trackAgain},
		{"ends", (*world).ending},
	},
)

// ending is rare: what it begins can't be undone.
func (w *world) ending() {
	switch w.choose("end", 10) {
	case 0:
		w.p.Drain()
		w.m.draining = true
	case 1:
		w.fence()
	case 2:
		w.end()
	}
}

func (w *world) track() {
	var recs []listener.RawRecord
	offset := w.m.last
	if len(w.m.recs) == 0 && offset >= 0 && w.choose("another log", 3) == 0 {
		offset = int64(w.choose("its start", int(offset)+1)) - 1
	}
	for range 1 + w.choose("records", 4) {
		offset += int64(1 + max(0, w.choose("gap", 5)-2))
		recs = append(recs, listener.RawRecord{Offset: offset, Value: make([]byte, w.choose("size", 3))})
	}
	w.book(recs)
}

// trackAgain delivers what the client should not deliver: known offsets, or
// unknown ones below the last, and something new with them.
func (w *world) trackAgain() {
	offset := w.m.last - int64(w.choose("back", 6))
	if offset < 0 || len(w.m.recs) == 0 { // the first record may be anywhere: track
		return
	}
	recs := []listener.RawRecord{{Offset: offset}, {Offset: w.m.last + 1}}
	if w.choose("order", 2) == 1 {
		recs[0], recs[1] = recs[1], recs[0]
	}
	w.book(recs)
}

func (w *world) book(recs []listener.RawRecord) {
	was := w.m.rebased
	wantDropped, regression := w.m.track(recs)
	if w.m.rebased && !was {
		w.sent = -1
	}
	w.empty.tracked()
	dropped, err := w.p.Track(recs)
	same(w, "track", wantDropped, dropped)
	var back *ledger.RegressionError
	w.must(errors.As(err, &back) == regression, "track", "regression %v, got %v", regression, err)
}

// work does what a worker would do next.
func (w *world) work() {
	switch {
	case w.runs && w.handed > 0:
		w.second()
	case w.runs && w.lane == "taken" && w.choose("leave", 8) == 0:
		w.leave()
	case w.runs:
		w.finish()
	case w.lane == "taken" && w.choose("yield", 2) == 0:
		w.p.Yield()
		w.lane = "idle"
		if !w.m.mayStart(time.Now()) {
			w.m.rest()
		}
	case w.lane != "idle":
		w.take()
	}
}

// second is another worker, who gets the partition while a handler runs.
func (w *world) second() {
	w.handed--
	var run ledger.Run
	w.must(!w.p.Take(time.Now(), &run), "one run", "%d starts while %d runs", run.From, w.at[0])
}

func (w *world) take() {
	w.handed = max(0, w.handed-1)
	now := time.Now()
	from, to, _ := w.m.upcoming()
	want := w.m.mayStart(now)
	got := w.p.Take(now, &w.run)
	if got {
		w.starts(now)
	}
	w.must(want || !got, "start", "nothing may start now, %d did", w.run.From)
	w.must(got || !want, "wake", "offset index %d may start, and was not given out", from)
	w.lane = "idle"
	if !got {
		w.m.rest()
		return
	}
	w.must(w.run.From == uint64(from) && w.run.To == uint64(to), "order", "want [%d,%d), got [%d,%d)", from, to, w.run.From, w.run.To)
	w.lane, w.runs, w.at = "taken", true, [2]int{int(w.run.From), int(w.run.To)}
	w.m.start(w.at[0], w.at[1], now)
	w.deliver()
}

// deliver looks at what the handler gets, and makes its acknowledgment.
func (w *world) deliver() {
	recs := w.m.recs[w.at[0]:w.at[1]]
	k := &ticket{from: w.at[0], to: w.at[1], serial: w.m.serial}
	same(w, "run", len(recs), len(w.run.Records))
	highest := 0
	for i, r := range w.run.Records {
		w.must(r.Offset == recs[i].offset && r.Attempt == recs[i].attempt, "run", "want %+v, got %+v", recs[i], *r)
		highest = max(highest, r.Attempt)
	}
	w.must(w.run.Attempt == highest, "run", "attempt %d of %d", w.run.Attempt, highest)
	w.must(w.run.Opens == recs[0].opens && w.run.Closes == recs[len(recs)-1].closes, "run", "opens or closes")
	k.Ticket = ledger.Ticket{
		From: w.run.From, To: w.run.To, Attempt: w.run.Attempt, Serial: w.run.Serial,
		Offset: recs[len(recs)-1].offset, Records: slices.Clone(w.run.Records),
	}
	w.tickets = append(w.tickets, k)
}

// leave lets the worker go on while the run is not over: it finds nothing else.
func (w *world) leave() {
	w.p.Leave(&w.run)
	w.m.away = true
	var run ledger.Run
	w.must(!w.p.Take(time.Now(), &run), "left", "%d starts while %d was left", run.From, w.at[0])
	w.lane = "idle"
	w.m.rest()
}

// parts cuts a run at random.
func (w *world) parts() (out []ledger.Part) {
	for at, n := 0, w.at[1]-w.at[0]; at < n && w.choose("stop", 8) > 0; {
		part := ledger.Part{To: at + 1 + w.choose("cut", n-at), Done: w.choose("done", 2) == 0}
		if !part.Done {
			part.After = time.Duration(max(0, w.choose("after", 5)-2)) * time.Second
			part.Fail = w.choose("fail", 2) == 0
			part.Untried = w.choose("untried", part.To-at+1)
		}
		at = part.To
		out = append(out, part)
	}
	return out
}

func (w *world) finish() {
	var f ledger.Finish
	after := time.Duration(max(0, w.choose("after", 5)-2)) * time.Second
	switch w.choose("finish", 9) {
	case 0:
	case 4, 5:
		f = ledger.Finish{Parts: w.parts()}
	case 1:
		f = ledger.Finish{Again: true, After: after}
	case 6:
		f = ledger.Finish{First: w.choose("first", w.at[1]-w.at[0]+1), Again: true, After: after, Void: true}
	case 2:
		f = ledger.Finish{First: w.choose("first", w.at[1]-w.at[0]+1), Again: true, After: after, Fail: true}
	case 3:
		f = ledger.Finish{First: w.choose("first", w.at[1]-w.at[0]+1)}
	default:
		f = ledger.Finish{Mark: true, Plain: w.choose("plain", 2) == 0}
	}
	w.finishWith(f)
}

func (w *world) finishWith(f ledger.Finish) {
	now := time.Now()
	if st := w.p.Status(&w.run); !w.m.ended {
		same(w, "status", w.m.status(w.at[0], w.at[1]), st)
	}
	left := w.m.away
	want := w.m.finish(w.at[0], w.at[1], f, now)
	if !f.Plain {
		w.keep(w.at[0], w.at[1])
	}
	w.returned = true
	got := w.p.Finish(&w.run, f, now)
	w.runs, w.returned = false, false
	if left && !w.m.mayStart(now) {
		w.m.rest()
	}
	if w.m.ended {
		want = ledger.Status{Settled: got.Settled, Fenced: true} // the book is closed, all looks settled
	}
	same(w, "status", want, got)
}

// some picks a ticket, a recent one more often.
func (w *world) some() *ticket {
	if len(w.tickets) == 0 {
		return nil
	}
	if n := len(w.tickets); w.choose("recent", 3) > 0 {
		return w.tickets[n-1-w.choose("ticket", min(n, 4))]
	}
	return w.tickets[w.choose("ticket", len(w.tickets))]
}

func (w *world) ack() {
	k := w.some()
	if k == nil {
		return
	}
	n := k.to - k.from
	if w.choose("part", 3) == 0 {
		n = 1 + w.choose("n", n)
	}
	want := w.m.ack(k, n)
	if want == nil {
		w.keep(k.from, k.to)
	}
	got := w.p.Ack(&k.Ticket, n)
	w.answered(want, got, "ack")
}

func (w *world) nack() {
	k := w.some()
	if k == nil {
		return
	}
	n := w.choose("n", k.to-k.from)
	delay := time.Duration(w.choose("delay", 4)-1) * time.Second
	want := w.m.nack(k, n, time.Now().Add(max(delay, 0)))
	if want == nil {
		w.keep(k.from, k.to)
	}
	got := w.p.Nack(&k.Ticket, n, delay)
	w.answered(want, got, "nack")
}

// answered compares what an acknowledgment said.
func (w *world) answered(want, got error, what string) {
	if errors.Is(want, listener.ErrRevoked) {
		w.must(errors.Is(got, want), "fence", "%s after the fence answered %v", what, got)
	}
	w.must(errors.Is(got, want) && (want != nil || got == nil), "ticket", "%s: want %v, got %v", what, want, got)
}
