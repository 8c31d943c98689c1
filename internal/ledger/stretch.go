package ledger

import (
	"cmp"
	"slices"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A stretch is what a transaction takes of a partition whose records may run
// side by side. A transaction commits an offset without a map, so that what it
// takes has to be without a gap: the records are looked at in log order, and one
// that has to wait for its key is passed over and owed, which is to say that it
// belongs to the transaction and runs before that ends. All of it is under the
// partition's lock.
type stretch struct {
	lanes
	courses []course // beside lanes
	ready   queue    // passed over, and nothing holds them back any more
	owed    int      // passed over and not begun
	edge    uint64   // behind the last slot that was looked at
	handed  bool     // it is in the workers' queue, or a worker waits with it
	late    int      // runs that a rollback has not waited for
	window  uint64   // the transaction
	calm    bool     // see Room
	faults  map[uint64]error
}

// A course is the way of one key through a transaction.
type course struct {
	passed   queue
	window   uint64
	finished int // in that window
}

// A Room is what a transaction may still take.
type Room struct {
	Window uint64 // tells transactions apart
	Slots  int    // records; what is owed is taken in any case
	Calm   bool   // pass nothing over: the last transaction took too long, or failed
	Holds  bool   // the worker has got the partition from Hooks.Ready
}

// Taken is the answer to TakeWithin.
type Taken uint8

// The answers.
const (
	TakenNone Taken = iota // nothing may run now; the partition was taken back
	TakenRun
	// TakenLater: something may run, once there is room. Who holds the partition
	// keeps it; if nobody does, it was handed to the workers.
	TakenLater
)

func newStretch() *stretch { return &stretch{lanes: lanes{byHash: make(map[uint64]int32)}} }

// enterStretch finds the lane of what was just booked.
func (p *Partition) enterStretch(seq uint64, r *listener.RawRecord, key *Key) {
	k := p.stretch
	i := p.laneOf(&k.lanes, r, key)
	p.ring.at(seq).lane = i
	if key != nil && key.Err != nil {
		if k.faults == nil {
			k.faults = make(map[uint64]error)
		}
		k.faults[seq] = key.Err
	}
	if i == noLane {
		return
	}
	k.all[i].refs++
	for len(k.courses) < len(k.all) {
		k.courses = append(k.courses, course{})
	}
}

// TakeWithin gives a worker the next run for a transaction, and says how many
// records that has taken: the run's own, unless it was owed, and those that were
// passed over on the way. Each of them runs before the transaction may end,
// unless PutBack releases it. Calls are under one lock with the ends of runs.
func (p *Partition) TakeWithin(now time.Time, run *Run, room Room) (took int, answer Taken) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.stretch
	k.window, k.calm = room.Window, room.Calm
	if !p.fenced && k.ready.len() > 0 {
		seq := k.ready.first()
		k.ready.pop()
		k.owed--
		k.courses[p.ring.at(seq).lane].passed.pop()
		p.startStretch(run, seq, false, now, room.Holds)
		return 0, TakenRun
	}
	for p.advances(now) {
		if took >= room.Slots {
			if !room.Holds {
				p.offerStretch(now)
			}
			return took, TakenLater
		}
		seq, alone := p.step()
		took++
		if p.free(seq) {
			p.startStretch(run, seq, alone, now, room.Holds)
			return took, TakenRun
		}
		k.owed++
		k.courses[p.ring.at(seq).lane].passed.push(seq)
	}
	if room.Holds {
		k.handed = false
	}
	p.armStretch(now)
	return took, TakenNone
}

// advances reports whether the next record in log order may be taken, or passed
// over. A key that is busy is passed over as often as it has come to an end in
// this transaction: what is owed then takes no longer than it has lasted, and a
// slow handler owes nothing.
func (p *Partition) advances(now time.Time) bool {
	if p.blocked() || p.stretch.late > 0 {
		return false
	}
	seq := p.next
	switch {
	case len(p.retry) > 0:
		r := p.retry[0]
		if r.due.After(now) || r.alone && !p.atEdge() {
			return false
		}
		seq = r.from
	case p.next == p.ring.tail || p.early(now):
		return false
	}
	return p.free(seq) || p.mayPass(p.ring.at(seq).lane)
}

// atEdge reports whether all that was taken is over.
func (p *Partition) atEdge() bool { return p.runs == 0 && p.stretch.owed == 0 }

// free reports whether nothing of seq's key runs, or is owed.
func (p *Partition) free(seq uint64) bool {
	i := p.ring.at(seq).lane
	return i == noLane || !p.stretch.all[i].running && p.stretch.courses[i].passed.len() == 0
}

func (p *Partition) mayPass(lane int32) bool {
	c := &p.stretch.courses[lane]
	return !p.stretch.calm && c.window == p.stretch.window && c.passed.len() < c.finished
}

// step takes the next record in log order.
func (p *Partition) step() (seq uint64, alone bool) {
	if len(p.retry) > 0 {
		seq, alone = p.retry[0].from, p.retry[0].alone
		p.retry = slices.Delete(p.retry, 0, 1)
	} else {
		seq = p.next
		p.next++
		p.bytes -= size(p.ring.at(seq).rec)
		p.freed()
	}
	p.stretch.edge = seq + 1
	return seq, alone
}

func (p *Partition) startStretch(run *Run, seq uint64, alone bool, now time.Time, holds bool) {
	k := p.stretch
	p.begin(run, seq, seq+1)
	run.Alone, run.lane, run.Fault = alone, p.ring.at(seq).lane, k.faults[seq]
	if run.lane != noLane {
		k.all[run.lane].running = true
	}
	if holds {
		k.handed = false
	}
	p.offerStretch(now)
}

// endStretch is what the end of a run means for its key.
func (p *Partition) endStretch(run *Run, finished bool) {
	k := p.stretch
	if k.late > 0 {
		k.late--
	}
	if run.lane != noLane {
		k.all[run.lane].running = false
		c := &k.courses[run.lane]
		if c.window != k.window {
			c.window, c.finished = k.window, 0
		}
		if finished {
			c.finished++
		}
		if c.passed.len() > 0 {
			k.ready.push(c.passed.first())
		}
	}
	p.wake()
}

// Last reports whether nothing behind run was taken, or passed over.
func (p *Partition) Last(run *Run) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stretch.edge == run.To
}

// PutBack lets what is owed wait again, for another transaction: this one ends
// without it. It returns how many records that are.
func (p *Partition) PutBack(now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.checkDrained()
	return p.putBack(now)
}

func (p *Partition) putBack(now time.Time) (n int) {
	k := p.stretch
	if k == nil || k.owed == 0 {
		return 0
	}
	for i := range k.courses {
		for c := &k.courses[i]; c.passed.len() > 0; c.passed.pop() {
			seq := c.passed.first()
			p.ring.at(seq).state = waiting
			p.retry = append(p.retry, retry{from: seq, to: seq + 1, due: now})
		}
	}
	slices.SortFunc(p.retry, func(a, b retry) int { return cmp.Compare(a.from, b.from) })
	n, k.owed, k.ready = k.owed, 0, queue{}
	return n
}

// wakeStretch hands the partition to the workers if something may run.
func (p *Partition) wakeStretch() {
	now := time.Now()
	p.offerStretch(now)
	p.armStretch(now)
}

func (p *Partition) offerStretch(now time.Time) {
	k := p.stretch
	if !k.handed && (!p.fenced && k.ready.len() > 0 || p.advances(now)) {
		k.handed = true
		p.hooks.Ready(p)
	}
}

// armStretch asks to be woken where the next record is not due yet.
func (p *Partition) armStretch(now time.Time) {
	var at time.Time
	switch {
	case p.blocked() || p.stretch.late > 0:
	case len(p.retry) > 0:
		at = p.retry[0].due
	case p.rules.NotBefore != nil && p.next < p.ring.tail:
		at = p.rules.NotBefore(p.ring.at(p.next).rec)
	}
	if at.After(now) {
		p.hooks.WakeAt(p, at)
	}
}

// letGo frees what is kept for the key of a slot whose offset is confirmed.
func (k *stretch) letGo(seq uint64, lane int32) {
	delete(k.faults, seq)
	if lane == noLane {
		return
	}
	if l := &k.all[lane]; l.refs > 1 {
		l.refs--
		return
	}
	k.courses[lane] = course{}
	k.put(lane)
}

// fence forgets what was to run.
func (k *stretch) fence() { *k = *newStretch() }
