package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A stretchBook is what the world asks of a partition; plants override it.
type stretchBook interface {
	Track(recs []listener.RawRecord) (int, error)
	TakeWithin(now time.Time, run *ledger.Run, room ledger.Room) (int, ledger.Taken)
	NextAlone() bool
	Last(run *ledger.Run) bool
	Conclude(run *ledger.Run, c ledger.Conclusion, now time.Time)
	PutBack(now time.Time) int
	Rollback(now time.Time, alone ...ledger.Span)
	Settled() (int64, bool)
	Confirmed(c ledger.Commit)
	Wake()
	Pause()
	Resume()
	Stats() ledger.Stats
}

type stretchPlan struct {
	wrap  func(p *ledger.Partition) stretchBook
	rules func(r *ledger.Rules)
}

// A stretchRun is a handler that runs.
type stretchRun struct {
	ledger.Run
	window uint64
}

// A stretchWorld is a transactor with one partition, and the model beside it:
// what is done, and what readers see.
type stretchWorld struct {
	r    *rand.Rand
	real *ledger.Partition
	p    stretchBook
	only string
	by   ledger.Order
	// nulls says that records without a key wait for each other.
	nulls bool
	empty emptiness

	log     []listener.RawRecord
	ready   int // the partition is in the queue so often
	waiting int // workers that wait with it
	wakeAt  time.Time

	serial           uint64
	taken, inside    int
	closing, doomed  bool
	done             map[int64]bool // in this window, or before
	here             []int64        // done in this window
	alone            map[int64]bool // failed, and wait for a transaction of their own
	visible          map[int64]int
	attempts         map[int64]int
	running          []*stretchRun
	committed        int64
	paused, finished bool
}

func (w *stretchWorld) Ready(*ledger.Partition)                 { w.ready++ }
func (w *stretchWorld) WakeAt(_ *ledger.Partition, t time.Time) { w.wakeAt = t }
func (w *stretchWorld) Due(*ledger.Partition)                   {}
func (w *stretchWorld) Marked(*ledger.Partition, int)           {}
func (w *stretchWorld) Freed(*ledger.Partition)                 {}
func (w *stretchWorld) n(n int) int                             { return w.r.IntN(n) }
func (w *stretchWorld) find(offset int64) (r *listener.RawRecord) {
	for i := range w.log {
		if w.log[i].Offset == offset {
			r = &w.log[i]
		}
	}
	return r
}

func (w *stretchWorld) check(name string, ok bool, format string, args ...any) {
	if !ok && (w.only == "" || w.only == name) {
		panic(violation{name, fmt.Sprintf(format, args...)})
	}
}

func newStretchWorld(r *rand.Rand, only string, plan stretchPlan) *stretchWorld {
	w := &stretchWorld{
		r: r, only: only, by: ledger.ByKey, done: map[int64]bool{}, alone: map[int64]bool{}, visible: map[int64]int{}, attempts: map[int64]int{},
	}
	if w.n(4) == 0 {
		w.by = ledger.Unordered
	}
	w.nulls = w.n(2) == 0
	rules := ledger.Rules{Revocable: true, Order: w.by, NullQueue: w.nulls, Window: 1000, Bytes: 1 << 20, Slots: 1000}
	if plan.rules != nil {
		plan.rules(&rules)
	}
	w.real = ledger.New("t", 0, 1, ledger.Start{Offset: 0, Committed: true}, rules, w)
	if w.p = w.real; plan.wrap != nil {
		w.p = plan.wrap(w.real)
	}
	w.open()
	return w
}

// play goes on for n steps, and then until all is committed.
func (w *stretchWorld) play(n int) {
	for range n {
		w.step()
	}
	w.finished, w.paused = true, false
	w.p.Resume()
	for range 4000 {
		if w.step(); w.over() {
			w.check("leak", w.real.Stats().Keys == 0 && w.real.Payloads() == 0, "%d keys and %d records are kept", w.real.Stats().Keys, w.real.Payloads())
			return
		}
	}
	w.check("stuck", false, "committed %d, %d run, %d owed or running, ready %d, waiting %d: %+v", w.committed, len(w.running), w.inside, w.ready, w.waiting, w.real.Stats())
}

func (w *stretchWorld) over() bool {
	return len(w.running) == 0 && w.inside == 0 && (len(w.log) == 0 || w.committed == w.log[len(w.log)-1].Offset+1)
}

func (w *stretchWorld) step() {
	switch what := w.n(16); {
	case what < 2 && !w.finished:
		w.track()
	case what < 7:
		w.take(true)
	case what < 12 && len(w.running) > 0:
		i := w.n(len(w.running))
		run := w.running[i]
		w.running = slices.Delete(w.running, i, i+1)
		w.conclude(run)
		w.take(false) // as a worker does, before anything else
	case what == 12:
		w.closing = true
	case what == 13 && !w.finished:
		w.pause()
	case what == 14 && !w.finished && w.n(3) == 0: // a deadline: nobody is waited for
		w.doom()
		w.abort()
	default:
		time.Sleep(time.Duration(w.n(1500)) * time.Millisecond) //nolint:forbidigo // fake time
		if !w.wakeAt.IsZero() && !w.wakeAt.After(time.Now()) {
			w.wakeAt = time.Time{}
			w.p.Wake()
		}
	}
	w.end()
	said := w.empty.wrong(w.real)
	w.check("empty", said == "", "%s", said)
}

func (w *stretchWorld) pause() {
	if w.paused = !w.paused; w.paused {
		w.p.Pause()
	} else {
		w.p.Resume()
	}
}

func (w *stretchWorld) track() {
	next := int64(0)
	if len(w.log) > 0 {
		next = w.log[len(w.log)-1].Offset + 1
	}
	var recs []listener.RawRecord
	for range 1 + w.n(8) {
		r := listener.RawRecord{Offset: next + int64(w.n(3)), Value: []byte("v")}
		if k := w.n(5); k > 0 {
			r.Key = fmt.Append(nil, k)
		}
		recs, next = append(recs, r), r.Offset+1
	}
	w.log = append(w.log, recs...)
	w.empty.tracked()
	_, _ = w.p.Track(recs)
}

// take is what a worker does that holds the partition, or has ended a run of it.
func (w *stretchWorld) take(holds bool) {
	switch {
	case holds && w.waiting > 0 && w.n(2) == 0:
		w.waiting--
	case holds && w.ready > 0:
		w.ready--
	case holds:
		return
	}
	w.check("handed", w.ready+w.waiting <= 1 || holds && w.ready+w.waiting == 0, "the partition is with %d workers", w.ready+w.waiting)
	alone := w.p.NextAlone()
	room := ledger.Room{Window: w.serial, Holds: holds, Calm: w.n(10) == 0}
	if !w.closing && (!alone || w.taken == 0) {
		if room.Slots = 12 - w.taken; alone {
			room.Slots = 1
		}
	}
	run := &stretchRun{window: w.serial}
	took, answer := w.p.TakeWithin(time.Now(), &run.Run, room)
	w.check("room", took <= room.Slots, "%d taken, and there was room for %d", took, room.Slots)
	w.taken += took
	w.inside += took
	w.closing = w.closing || took > 0 && alone
	switch answer {
	case ledger.TakenRun:
		w.started(run)
	case ledger.TakenLater:
		w.closing = w.closing || w.inside == 0 && w.taken > 0
		if holds {
			w.waiting++
		}
	}
}

func (w *stretchWorld) lane(r *listener.RawRecord) string {
	if w.by == ledger.Unordered || r.Key == nil && !w.nulls {
		return fmt.Sprint("record ", r.Offset)
	}
	return fmt.Sprintf("%t %s", r.Key == nil, r.Key)
}

// started checks a run that begins.
func (w *stretchWorld) started(run *stretchRun) {
	offset := run.Offset()
	r := w.find(offset)
	lane := w.lane(r)
	for _, other := range w.running {
		w.check("key", w.lane(w.find(other.Offset())) != lane, "%d runs beside %d", offset, other.Offset())
	}
	w.check("twice", !w.done[offset], "%d runs again, and is done", offset)
	for i := range w.log {
		before := &w.log[i]
		if before.Offset >= offset {
			break
		}
		w.check("order", w.lane(before) != lane || w.done[before.Offset], "%d runs before %d", offset, before.Offset)
		w.check("alone", !w.alone[before.Offset], "%d runs before %d, which has failed", offset, before.Offset)
	}
	w.check("alone", run.Alone == w.alone[offset], "%d is alone: %v", offset, run.Alone)
	w.check("alone", !run.Alone || w.taken == 1, "%d is one of %d", offset, w.taken)
	w.attempts[offset]++
	w.check("attempt", run.Attempt == w.attempts[offset], "%d has attempt %d, not %d", offset, run.Attempt, w.attempts[offset])
	w.running = append(w.running, run)
}

// conclude ends a run in some way.
func (w *stretchWorld) conclude(run *stretchRun) {
	offset, now := run.Offset(), time.Now()
	if run.window != w.serial || w.doomed { // it counts for nothing
		w.attempts[offset]--
		if run.window == w.serial {
			w.inside--
		}
		w.p.Conclude(&run.Run, ledger.Conclusion{Redo: 1}, now)
		return
	}
	w.inside--
	switch what := w.n(20); {
	case w.finished || what > 3:
		w.done[offset] = true
		w.here = append(w.here, offset)
		delete(w.alone, offset)
		w.p.Conclude(&run.Run, ledger.Conclusion{Done: 1}, now)
	case what == 0 && !run.Alone:
		w.attempts[offset]--
		if !w.p.Last(&run.Run) {
			w.doom()
		}
		w.p.Conclude(&run.Run, ledger.Conclusion{Redo: 1, Later: time.Second}, now)
	case run.Alone && what == 1: // the error handler's verdict
		w.attempts[offset]--
		w.p.Conclude(&run.Run, ledger.Conclusion{After: time.Second, Fail: true, Void: true}, now)
	default:
		w.doom()
		w.alone[offset] = true
		w.p.Conclude(&run.Run, ledger.Conclusion{}, now)
	}
}

func (w *stretchWorld) doom() {
	w.doomed, w.closing = true, true
	w.inside -= w.p.PutBack(time.Now())
}

// end ends the window where that is possible.
func (w *stretchWorld) end() {
	running := 0
	for _, run := range w.running {
		if run.window == w.serial {
			running++
		}
	}
	w.check("inside", w.inside >= running && (w.inside == running || running > 0), "%d are owed or run, and %d run", w.inside, running)
	switch {
	case w.inside > 0 || w.taken == 0 && !w.doomed:
		w.closing = w.closing && w.taken > 0
	case w.doomed || w.closing && w.n(8) == 0:
		w.abort()
	case w.closing || w.finished || w.n(4) == 0:
		w.commit()
	}
}

func (w *stretchWorld) commit() {
	offset, due := w.p.Settled()
	if due {
		w.check("back", offset > w.committed, "%d after %d", offset, w.committed)
		w.committed = offset
		w.p.Confirmed(ledger.Commit{Offset: offset})
	}
	for _, o := range w.here {
		w.visible[o]++
	}
	for i := range w.log {
		o := w.log[i].Offset
		want := 0
		if o < w.committed {
			want = 1
		}
		w.check("gap", w.visible[o] == want, "%d is visible %d times, and %d is committed", o, w.visible[o], w.committed)
	}
	w.open()
}

func (w *stretchWorld) abort() {
	for _, o := range w.here {
		delete(w.done, o)
		w.attempts[o]--
	}
	w.serial++
	w.p.Rollback(time.Now())
	w.open()
}

func (w *stretchWorld) open() {
	w.serial++
	w.taken, w.inside, w.closing, w.doomed, w.here = 0, 0, false, false, nil
}
