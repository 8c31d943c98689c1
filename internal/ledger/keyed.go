package ledger

import (
	"time"

	"github.com/hearken-go/hearken/listener"
)

// keyed is what a partition needs beyond its ring when several of its records
// may run at once, or when its commits carry a map. A record that may run is in
// one of two ready queues, a key at most once; what it holds back is linked
// behind it. All of it is under the partition's lock, and constant time but for
// the heap of redeliveries.
type keyed struct {
	lanes
	links []link // beside the ring's slots
	ready queue  // for their first delivery
	due   queue  // for another one
	dues  dues   // for the clock
	// nacked are records without a lane whose own handler nacked them and runs.
	nacked map[uint64]time.Time
	faults map[uint64]error // keys that could not be told
	// confirming are lanes that wait for a commit, in the order of their marks.
	confirming []confirming

	queued  int  // records that wait for their first delivery
	waiting int  // for another one
	settled int  // done slots that are still in the ring
	handed  bool // it is in the workers' queue
	wasDue  bool // a redelivery went last
	latest  uint64
	highest uint64 // done slot, where any

	restored restored
	epochs   []epochAt // of the records in the ring, at each change
	budget   int       // characters of a map; 0 for no maps
	sent     string    // metadata of the last confirmed commit
	ranges   []Range   // reused
}

type confirming struct {
	lane  int32
	marks uint64
}

func newKeyed(rules Rules, start Start) *keyed {
	k := &keyed{lanes: lanes{byHash: make(map[uint64]int32)}, budget: rules.Map}
	if start.Map != nil && rules.Map > 0 {
		k.restored = restored{known: *start.Map}
		k.sent = start.Metadata
	}
	return k
}

func (k *keyed) link(seq uint64) *link { return &k.links[seq&uint64(len(k.links)-1)] }

// enter books a record, in its lane or at the end of the ready queue. It reports
// false for one that an earlier owner has done.
func (p *Partition) enter(r *listener.RawRecord, key *Key, opens bool, now time.Time) bool {
	k := p.keys
	p.last = r.Offset
	if p.commit.base == unknown {
		p.commit.begin(r.Offset)
	}
	k.noteEpoch(r)
	if k.restored.has(r) {
		seq := p.ring.push(slot{offset: r.Offset, state: done})
		p.relink()
		*k.link(seq) = link{lane: noLane}
		k.settled++
		k.highest = seq
		return false
	}
	seq := p.ring.push(slot{rec: r, offset: r.Offset, first: opens})
	p.relink()
	p.bytes += size(r)
	k.queued++
	if key != nil && key.Err != nil {
		if k.faults == nil {
			k.faults = make(map[uint64]error)
		}
		k.faults[seq] = key.Err
	}
	i := p.laneOf(&k.lanes, r, key)
	*k.link(seq) = link{lane: i}
	if i == noLane {
		k.list(&k.ready, seq)
		return true
	}
	l := &k.all[i]
	if l.queued == 0 {
		l.head = seq
	} else {
		k.link(l.tail).next = seq
	}
	l.tail = seq
	l.queued++
	l.refs++
	p.schedule(i, now)
	return true
}

// relink lets the links grow and shrink with the ring.
func (p *Partition) relink() {
	k := p.keys
	if len(k.links) == len(p.ring.slots) {
		return
	}
	old := k.links
	k.links = make([]link, len(p.ring.slots))
	for seq := p.ring.head; len(old) > 0 && seq < p.ring.tail; seq++ {
		*k.link(seq) = old[seq&uint64(len(old)-1)]
	}
}

// schedule puts what a lane has to run next where it belongs: into a ready
// queue, to the clock, or, if there is nothing, the lane away.
func (p *Partition) schedule(i int32, now time.Time) {
	k := p.keys
	l := &k.all[i]
	switch {
	case l.running || l.ready || l.await > p.commit.sure:
	case len(l.again) > 0 && !l.again[0].at.After(now):
		l.ready, l.listed = true, l.again[0].seq
		k.list(&k.due, l.listed)
	case len(l.again) > 0:
		if !l.again[0].heaped {
			l.again[0].heaped = true
			p.later(l.again[0])
		}
	case l.queued > 0:
		l.ready, l.listed = true, l.head
		k.list(&k.ready, l.listed)
	case l.refs == 0:
		k.put(i)
	}
}

// list puts seq into a ready queue.
func (k *keyed) list(q *queue, seq uint64) {
	k.link(seq).listed = true
	q.push(seq)
}

// withdraw takes a lane's record out of its ready queue.
func (k *keyed) withdraw(l *lane) { l.ready, k.link(l.listed).listed = false, false }

// prune drops what was withdrawn from the front of a ready queue.
func (p *Partition) prune(q *queue) {
	for q.len() > 0 && !(p.ring.has(q.first()) && p.keys.link(q.first()).listed) {
		q.pop()
	}
}

// startable reports whether something may run now.
func (p *Partition) startable(now time.Time) bool {
	if p.blocked() {
		return false
	}
	k := p.keys
	p.prune(&k.due)
	p.prune(&k.ready)
	if k.due.len() > 0 && p.confirmedEnough(false, now) {
		return true
	}
	return p.fresh(now) && p.confirmedEnough(p.ring.at(k.ready.first()).first, now)
}

// fresh reports whether a record may start for the first time, but for commits.
func (p *Partition) fresh(now time.Time) bool {
	return p.keys.ready.len() > 0 && p.keys.waiting < p.rules.Waiting && !p.opensAt().After(now)
}

// opensAt is when the next ready record may be delivered; zero for at once.
func (p *Partition) opensAt() (at time.Time) {
	if p.rules.NotBefore == nil {
		return at
	}
	if p.prune(&p.keys.ready); p.keys.ready.len() > 0 {
		at = p.rules.NotBefore(p.ring.at(p.keys.ready.first()).rec)
	}
	return at
}

// confirmedEnough reports whether no commit is in the way, where the partition is one lane.
func (p *Partition) confirmedEnough(opens bool, now time.Time) bool {
	return p.rules.Order != ByPartition || !p.awaitsCommit(opens, now)
}

// pick takes the next slot off the ready queues: redeliveries first, but in
// turns, so that one that comes again at once lets others through.
func (p *Partition) pick(now time.Time) uint64 {
	k := p.keys
	if k.wasDue = k.due.len() > 0 && !(k.wasDue && p.fresh(now)); k.wasDue {
		seq := k.due.first()
		k.due.pop()
		return seq
	}
	seq := k.ready.first()
	k.ready.pop()
	return seq
}

// takeKeyed is Take where records have lanes.
func (p *Partition) takeKeyed(now time.Time, run *Run) bool {
	k := p.keys
	p.ripen(now)
	if !p.startable(now) {
		if p.runs == 0 {
			p.rest()
		}
		p.armKeyed()
		return false
	}
	seq := p.pick(now)
	s, ln := p.ring.at(seq), k.link(seq)
	first := s.state == queued
	ln.listed = false
	if ln.running = true; ln.lane != noLane {
		l := &k.all[ln.lane]
		l.ready, l.running = false, true
		if first {
			l.head = ln.next
			l.queued--
		} else {
			l.again = l.again[:copy(l.again, l.again[1:])]
		}
	}
	p.begin(run, seq, seq+1)
	run.lane, run.Fault = ln.lane, k.faults[seq]
	if first {
		p.firstTime(seq, s, now)
	} else {
		k.waiting--
	}
	p.freed()
	p.offer(now)
	return true
}

func (p *Partition) firstTime(seq uint64, s *slot, now time.Time) {
	k := p.keys
	k.queued--
	k.latest = seq
	if s.first && p.rules.Order == ByPartition {
		p.floor, p.commit.began = s.offset, now
	}
}

// offer hands the partition to the workers, unless it is with them already.
func (p *Partition) offer(now time.Time) {
	if !p.keys.handed && p.startable(now) {
		p.keys.handed = true
		p.hooks.Ready(p)
	}
}

func (p *Partition) wakeKeyed() {
	now := time.Now()
	p.ripen(now)
	p.offer(now)
	p.armKeyed()
}

// slid follows the ring's head.
func (k *keyed) slid(n uint64, watermark int64) {
	k.settled -= int(n)
	for len(k.epochs) > 1 && k.epochs[1].from <= watermark {
		k.epochs = k.epochs[:copy(k.epochs, k.epochs[1:])]
	}
}

// fence forgets what was to run.
func (k *keyed) fence() {
	k.ready, k.due, k.dues, k.nacked, k.faults, k.confirming = queue{}, queue{}, nil, nil, nil, nil
	k.waiting = 0
}

// end frees everything.
func (k *keyed) end() {
	*k = keyed{lanes: lanes{byHash: make(map[uint64]int32)}}
}
