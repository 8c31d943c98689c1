package ledger

import "time"

// With Rules.BatchSize a batch is what waits when it is taken, whatever chunks
// it came in; the batch is the chunk then, for all that goes by chunks.

// An arrival is when the queued records from a slot on were booked.
type arrival struct {
	from uint64
	at   time.Time
}

// arrive notes the arrival of what was booked from slot from on.
func (p *Partition) arrive(from uint64) {
	if p.rules.Linger > 0 {
		p.arrivals = append(p.arrivals, arrival{from, time.Now()})
	}
}

// gathers returns until when the next batch waits for more records. What is as
// large as it may be, or as much as the partition may hold, waits for nothing.
func (p *Partition) gathers(now time.Time) (until time.Time, waits bool) {
	if p.rules.Linger <= 0 || p.full || p.next == p.ring.tail || p.queued() >= p.rules.BatchSize {
		return time.Time{}, false
	}
	until = p.arrivals[0].at.Add(p.rules.Linger)
	return until, until.After(now)
}

// opens reports whether what starts next opens a chunk.
func (p *Partition) opens() bool { return p.rules.BatchSize > 0 || p.ring.at(p.next).first }

// cut returns the end of the run that begins with the next record.
func (p *Partition) cut() (to uint64) {
	if p.rules.BatchSize <= 0 {
		to = p.next + 1
		for p.rules.Batch && !p.ring.at(to-1).last {
			to++
		}
		return to
	}
	to = min(p.next+uint64(p.rules.BatchSize), p.ring.tail)
	for seq := p.next; seq < to; seq++ {
		s := p.ring.at(seq)
		s.first, s.last = seq == p.next, seq == to-1
	}
	return to
}

// gone forgets the arrivals of what does not wait any more.
func (p *Partition) gone() {
	n := 0
	for n < len(p.arrivals) && (p.next == p.ring.tail || n+1 < len(p.arrivals) && p.arrivals[n+1].from <= p.next) {
		n++
	}
	if n > 0 {
		p.arrivals = p.arrivals[:copy(p.arrivals, p.arrivals[n:])]
	}
}
