package ledger

import (
	"slices"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A laneState is where the partition stands between the workers.
type laneState uint8

const (
	laneIdle  laneState = iota // nothing to run, or something in the way
	laneReady                  // handed to Hooks.Ready, no worker has it yet
	laneTaken                  // a worker has it
)

// A retry is a run of slots that is to be delivered again, not before due.
type retry struct {
	from, to uint64
	due      time.Time
	alone    bool // in a transaction of its own
}

// Failing is what an error handler wants to know about earlier failures.
type Failing struct {
	Since    time.Time     // of the first failure
	Previous time.Duration // delay of the last redelivery
}

// A Run is what one call of a handler is about: a record, or a batch. The
// caller owns it and may reuse it for the next Take.
type Run struct {
	From, To uint64 // slots [From, To)
	Records  []*listener.RawRecord
	Attempt  int    // the highest among Records
	Serial   uint32 // tells it from all other runs of its records
	Opens    bool
	Closes   bool // its end is its chunk's end
	Alone    bool // in a transaction of its own
	left     bool // by its worker: see Leave
	// Fault, if set, is why the record's key could not be told: it has failed
	// without being handled.
	Fault error

	lane int32
}

// Offset returns the offset of the run's first record.
func (r *Run) Offset() int64 { return r.Records[0].Offset }

// Take gives the next run to the worker that got p from Hooks.Ready. It answers
// false, and takes p back, when nothing may run now.
func (p *Partition) Take(now time.Time, run *Run) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys != nil {
		p.keys.handed = false
		return p.takeKeyed(now, run)
	}
	return p.take(now, run)
}

// Next is Take for a worker that has just finished another run of p.
func (p *Partition) Next(now time.Time, run *Run) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.following(now, run)
}

func (p *Partition) following(now time.Time, run *Run) bool {
	if p.keys != nil {
		return p.takeKeyed(now, run)
	}
	return p.take(now, run)
}

func (p *Partition) take(now time.Time, run *Run) bool {
	p.lane = laneTaken
	if !p.canStart(now) {
		p.lane = laneIdle
		p.rest()
		p.arm()
		return false
	}
	if p.commit.ran.IsZero() {
		p.commit.ran = now
	}
	if len(p.retry) > 0 {
		r := p.retry[0]
		p.retry = slices.Delete(p.retry, 0, 1)
		p.begin(run, r.from, r.to)
		run.Alone = r.alone
		return true
	}
	from, to := p.next, p.cut()
	p.next = to
	p.gone()
	if p.ring.at(from).first {
		p.floor = p.ring.at(from).offset
		p.commit.began = now
	}
	p.begin(run, from, to)
	for _, r := range run.Records {
		p.bytes -= size(r)
	}
	p.freed()
	return true
}

// Yield gives p back after a finished run, so that others get their turn.
func (p *Partition) Yield() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lane = laneIdle
	p.goOn()
}

// goOn hands p out again, or lets it rest.
func (p *Partition) goOn() {
	p.wake()
	idle := p.lane == laneIdle
	if p.keys != nil {
		idle = !p.keys.handed && p.runs == 0
	}
	if idle {
		p.rest()
	}
}

// rest is what follows when a worker has given p back and nothing may run: the
// partition falls silent, or begins to wait.
func (p *Partition) rest() { p.returned(false, true) }

// Wake is the answer to Hooks.WakeAt.
func (p *Partition) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake()
}

func (p *Partition) begin(run *Run, from, to uint64) {
	run.From, run.To, run.Attempt, run.Alone, run.left = from, to, 0, false, false
	run.Records = run.Records[:0]
	p.serial++
	run.Serial = p.serial
	for seq := from; seq < to; seq++ {
		s := p.ring.at(seq)
		s.state, s.later, s.serial = running, false, p.serial
		s.count()
		run.Attempt = max(run.Attempt, s.rec.Attempt)
		run.Records = append(run.Records, s.rec)
	}
	run.Opens = p.ring.at(from).first
	run.Closes = p.ring.at(to - 1).last
	p.runs++
}

// blocked reports what no passing of time changes.
func (p *Partition) blocked() bool {
	return p.fenced || p.drain != nil || p.paused || p.held || p.away
}

func (p *Partition) canStart(now time.Time) bool {
	switch {
	case p.blocked():
		return false
	case len(p.retry) > 0:
		return !p.retry[0].due.After(now) && !p.awaitsCommit(false, now)
	case p.next < p.ring.tail:
		_, gathers := p.gathers(now)
		return !gathers && !p.awaitsCommit(p.opens(), now) && !p.early(now)
	default:
		return false
	}
}

// early reports that the next record may not be delivered yet.
func (p *Partition) early(now time.Time) bool {
	return p.rules.NotBefore != nil && p.next < p.ring.tail && p.rules.NotBefore(p.ring.at(p.next).rec).After(now)
}

// wake hands an idle partition to the workers if something may run.
func (p *Partition) wake() {
	if p.keys != nil {
		p.wakeKeyed()
		return
	}
	if p.stretch != nil {
		p.wakeStretch()
		return
	}
	if p.lane != laneIdle {
		return
	}
	if p.canStart(time.Now()) {
		p.lane = laneReady
		p.hooks.Ready(p)
		return
	}
	p.arm()
}

// arm asks to be woken when the first redelivery is due, or else the next
// record or the end of its linger. Where something else is in its way, that wakes p when it is gone; a
// timer would fire for nothing.
func (p *Partition) arm() {
	switch {
	case p.blocked():
	case len(p.retry) > 0:
		if !p.awaitsCommit(false, time.Time{}) {
			p.hooks.WakeAt(p, p.retry[0].due)
		}
	case p.early(time.Now()):
		p.hooks.WakeAt(p, p.rules.NotBefore(p.ring.at(p.next).rec))
	default:
		if until, waits := p.gathers(time.Now()); waits {
			p.hooks.WakeAt(p, until)
		}
	}
}

func (p *Partition) freed() {
	if p.relax() {
		p.hooks.Freed(p)
	}
}

// insert adds a redelivery in log order.
func (p *Partition) insert(r retry) {
	i, _ := slices.BinarySearchFunc(p.retry, r.from, func(e retry, from uint64) int {
		if e.from < from {
			return -1
		}
		return 1
	})
	p.retry = slices.Insert(p.retry, i, r)
}
