package ledger

import (
	"cmp"
	"slices"
	"time"
)

// A Conclusion says what becomes of the records of a run within a transaction.
// The first Done are settled with it. The next Redo run again as if they had
// not run: this was no attempt. The rest runs again in a transaction of its own.
type Conclusion struct {
	Done, Redo int
	After      time.Duration // the rest does not run before
	Fail       bool          // remember since when the rest has been failing
	Void       bool          // this run was no attempt of the rest either
	Each       bool          // the rest runs record by record
	Later      time.Duration // those of Redo do not run before
}

// Conclude ends a run within a transaction: its handler has returned.
func (p *Partition) Conclude(run *Run, c Conclusion, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs--
	defer p.checkDrained()
	if p.fenced {
		return
	}
	if p.stretch != nil {
		defer p.endStretch(run, c.Done > 0)
	}
	middle := min(run.From+uint64(c.Done), run.To)
	rest := min(middle+uint64(c.Redo), run.To)
	for seq := run.From; seq < middle; seq++ {
		p.done(seq)
	}
	p.revert(middle, rest)
	if middle < rest {
		p.insert(retry{from: middle, to: rest, due: now.Add(c.Later), alone: run.Alone && c.Done == 0})
		for seq := middle; seq < rest && c.Later > 0; seq++ {
			p.ring.at(seq).later = true
		}
	}
	if rest < run.To {
		if c.Void {
			p.revert(rest, run.To)
		}
		for seq := rest; seq < run.To; seq++ {
			p.ring.at(seq).state = waiting
		}
		p.alone(run, rest, c, now)
	}
	if run.Closes && run.To == p.next {
		p.floor = noChunk
	}
	p.settled(c.Done)
}

// alone books what has failed, each record or all of it for a transaction of its own.
func (p *Partition) alone(run *Run, rest uint64, c Conclusion, now time.Time) {
	due := now.Add(c.After)
	if !c.Each {
		p.insert(retry{from: rest, to: run.To, due: due, alone: true})
		p.remember(run, rest, Finish{Fail: c.Fail, After: c.After}, now)
		return
	}
	earlier := p.failingSince(run)
	for seq := rest; seq < run.To; seq++ {
		p.insert(retry{from: seq, to: seq + 1, due: due, alone: true})
		p.failing(seq, c.After, earlier, now)
	}
}

// revert lets slots wait that have not counted as run.
func (p *Partition) revert(from, to uint64) {
	for seq := from; seq < to; seq++ {
		s := p.ring.at(seq)
		s.state = waiting
		s.attempt--
	}
}

// NextAlone reports whether what p runs next goes in a transaction of its own.
func (p *Partition) NextAlone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.retry) > 0 && p.retry[0].alone && (p.stretch == nil || p.atEdge())
}

// Settled returns the offset that a transaction commits: all below it is
// settled. ok is false where the group has it already.
func (p *Partition) Settled() (offset int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.queued = false
	offset = p.watermark()
	return offset, !p.fenced && (offset > p.commit.committed || p.commit.claim)
}

// A Span is the slots of one run.
type Span struct{ From, To uint64 }

// Rollback takes back everything that was settled and not confirmed: it runs
// again, in log order, before anything later, as if it had not run. Runs that
// alone names have failed: they run in a transaction of their own, and this was an attempt.
func (p *Partition) Rollback(now time.Time, alone ...Span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fenced {
		return
	}
	if p.stretch != nil {
		p.putBack(now)
		p.stretch.late = p.runs // nothing starts before they have returned
		defer p.checkDrained()
	}
	p.ring.unslide(p.kept)
	p.kept = nil
	for seq := p.ring.head; seq < p.next; {
		if p.ring.at(seq).state != done {
			seq++
			continue
		}
		r := p.rerun(seq, alone)
		r.due = now
		p.revert(r.from, r.to)
		for s := r.from; s < r.to && r.alone; s++ {
			p.ring.at(s).attempt++
		}
		p.retry = append(p.retry, r)
		seq = r.to
	}
	slices.SortFunc(p.retry, func(a, b retry) int { return cmp.Compare(a.from, b.from) })
	p.wake()
}

// rerun is the run that begins at a settled slot: a record, or what was
// settled of its batch.
func (p *Partition) rerun(seq uint64, alone []Span) retry {
	for _, s := range alone {
		if seq < s.From || seq >= s.To {
			continue
		}
		r := retry{from: seq, to: seq + 1, alone: true}
		for r.to < s.To && p.ring.at(r.to).state == done {
			r.to++
		}
		return r
	}
	r := retry{from: seq, to: seq + 1}
	for p.rules.Batch && !p.ring.at(r.to-1).last && r.to < p.next && p.ring.at(r.to).state == done {
		if slices.ContainsFunc(alone, func(s Span) bool { return s.From == r.to }) {
			break
		}
		r.to++
	}
	return r
}

// keep remembers what is about to slide out of the ring.
func (p *Partition) keep() {
	for seq := p.ring.head; p.rules.Revocable && seq < p.ring.tail && p.ring.at(seq).state == done; seq++ {
		p.kept = append(p.kept, *p.ring.at(seq))
	}
}

// forget lets go of what is confirmed.
func (p *Partition) forget(offset int64) {
	n := 0
	for n < len(p.kept) && p.kept[n].offset < offset {
		seq := p.ring.head - uint64(len(p.kept)-n)
		if delete(p.failed, seq); p.stretch != nil {
			p.stretch.letGo(seq, p.kept[n].lane)
		}
		n++
	}
	if p.kept = p.kept[n:]; len(p.kept) == 0 {
		p.kept = nil
	}
}
