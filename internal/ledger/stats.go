package ledger

import "time"

// Stats is what people and observers may know about a partition.
type Stats struct {
	Queued, Running, Open, Waiting, Unsettled int
	Bytes                                     int
	Head                                      int64 // lowest unsettled offset, -1 when there is none
	HeadOpen                                  bool  // its handler returned without settling it
	HeadWaiting                               bool  // it waits for its redelivery
	HeadLater                                 bool  // it did not fail, and is not due yet: Postpone, Rules.NotBefore or Rules.Linger
	Delivered                                 int64 // last delivered offset
	Next                                      int64 // of the next record for its first delivery, -1 when unknown
	Watermark, Committed                      int64 // -1 when unknown
	Full, Paused, Held                        bool
	OutOfSlots                                bool

	// With key or no ordering, or a commit map:
	Done        int  // settled above an unsettled record
	Keys        int  // that have an unsettled record, or an unconfirmed one
	HeadBlocks  bool // the window is nearly full, and nearly all of it is done: the head is to blame
	MapLength   int  // characters of the last confirmed commit's metadata
	MapCapacity int  // that it may have
}

// Stats returns the partition's numbers.
func (p *Partition) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{
		Queued: p.queued(), Running: p.runs, Open: p.openRecs, Waiting: len(p.retry),
		Unsettled: p.ring.len(), Bytes: p.bytes, Head: -1, Delivered: p.last,
		Watermark: p.watermark(), Committed: p.commit.committed,
		Full: p.full, Paused: p.paused, Held: p.held, OutOfSlots: p.ring.len() >= p.rules.Slots,
	}
	if p.keys != nil {
		p.keyedStats(&s)
	}
	if p.stretch != nil {
		s.Running, s.Keys = p.runs+p.stretch.owed, p.stretch.live()
	}
	switch {
	case p.next < p.ring.tail:
		s.Next = p.ring.at(p.next).offset
	case p.commit.base == unknown:
		s.Next = unknown
	default:
		s.Next = p.last + 1
	}
	if p.ring.len() > 0 {
		h := p.ring.at(p.ring.head)
		s.Head, s.HeadOpen, s.HeadWaiting = h.offset, h.state == open, h.state == waiting
		now := time.Now()
		_, gathers := p.gathers(now)
		s.HeadLater = s.HeadWaiting && h.later || p.ring.head == p.next && (gathers || p.early(now))
	}
	return s
}

// keyedStats fills in what only lanes have.
func (p *Partition) keyedStats(s *Stats) {
	k := p.keys
	s.Waiting, s.Done, s.Keys = k.waiting, k.settled, k.live()
	s.MapLength, s.MapCapacity = len(k.sent), k.budget
	held := p.ring.len()
	s.HeadBlocks = held > p.rules.Slots*9/10 && k.settled > held*98/100
	s.OutOfSlots = s.OutOfSlots && k.settled+p.openRecs > held*98/100
	p.next = max(p.next, p.ring.head)
	for p.next < p.ring.tail && p.ring.at(p.next).state != queued {
		p.next++
	}
}
