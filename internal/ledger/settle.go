package ledger

import "time"

// A Finish says what becomes of the records of a run that nobody has settled
// when its handler has returned. The zero Finish leaves them open.
type Finish struct {
	First int           // the first n are done
	Mark  bool          // all are done
	Again bool          // the rest is delivered again …
	After time.Duration // … not before this has passed
	Fail  bool          // Again because of a failure: remember since when
	Void  bool          // Again, and this run was no attempt of the rest
	Plain bool          // with Mark, without Parts: a handler has had it once and wants no more of it; see Rules.Reuse
	Parts []Part        // says it part by part instead; what is in none of them is left open
}

// A Status is what acknowledgments did to a run so far.
type Status struct {
	Settled int  // records that are acknowledged
	Nacked  bool // some are to be delivered again
	Rest    int  // records that nobody has settled
	Fenced  bool
}

// Status reports what acknowledgments did to run while its handler ran.
func (p *Partition) Status(run *Run) Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status(run)
}

func (p *Partition) status(run *Run) Status {
	st := Status{Fenced: p.fenced}
	for seq := run.From; seq < run.To; seq++ {
		switch {
		case !p.ring.has(seq) || p.ring.at(seq).state == done:
			st.Settled++
		case p.ring.at(seq).state == waiting:
			st.Nacked = true
		default:
			st.Rest++
		}
	}
	return st
}

// Failing returns since when the run's first unsettled record has been failing.
func (p *Partition) Failing(run *Run) Failing {
	p.mu.Lock()
	defer p.mu.Unlock()
	for seq := run.From; seq < run.To; seq++ {
		if f, ok := p.failed[seq]; ok {
			return f
		}
	}
	return Failing{}
}

// Finish ends a run: its handler has returned. What acknowledgments have
// settled meanwhile stands, whatever f says. It returns the run's status just
// before f was applied.
func (p *Partition) Finish(run *Run, f Finish, now time.Time) Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.finish(run, f, now)
}

// Advance is Finish and then Next, under one lock: for a worker that stays.
func (p *Partition) Advance(run *Run, f *Finish, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.smooth(run, f) {
		return true
	}
	p.finish(run, *f, now)
	return p.following(now, run)
}

func (p *Partition) finish(run *Run, f Finish, now time.Time) Status {
	p.runs--
	if !f.Plain {
		p.spoil()
	}
	st := p.status(run)
	switch {
	case p.fenced:
	case p.keys != nil:
		p.finishKeyed(run, f, now)
	default:
		p.finishRun(run, st, f, now)
	}
	p.back(run)
	p.checkDrained()
	return st
}

// finishRun is finish for a partition that is one lane.
func (p *Partition) finishRun(run *Run, st Status, f Finish, now time.Time) {
	var marked int
	waits := st.Nacked
	if f.Parts != nil {
		n, again := p.applyParts(run, f.Parts, now)
		marked, waits = n, waits || again
		f = Finish{}
	}
	n, again := p.apply(run, f)
	marked += n
	if again < run.To {
		waits = true
		p.insert(retry{from: again, to: run.To, due: now.Add(f.After)})
		p.remember(run, again, f, now)
	}
	if run.Closes && run.To == p.next {
		p.floor = noChunk // the end of the latest chunk, not of an earlier one's redelivery
	}
	p.settled(marked)
	p.returned(run.Closes, waits)
}

// apply settles the run's unsettled slots by f. It returns how many it marked
// and the first slot that is to run again, or run.To.
func (p *Partition) apply(run *Run, f Finish) (marked int, again uint64) {
	again = run.To
	for seq := run.From; seq < run.To; seq++ {
		if !p.ring.has(seq) {
			continue
		}
		s := p.ring.at(seq)
		if s.state != running {
			continue
		}
		switch {
		case f.Mark || seq-run.From < uint64(f.First):
			p.done(seq)
			marked++
		case f.Again:
			s.state = waiting
			again = min(again, seq)
			if s.later = f.Void; f.Void {
				s.attempt--
			}
		default:
			s.state, s.rec = open, nil
			p.openRecs++
		}
	}
	return marked, again
}

func (p *Partition) remember(run *Run, from uint64, f Finish, now time.Time) {
	if !f.Fail {
		return
	}
	if p.failed == nil {
		p.failed = make(map[uint64]Failing)
	}
	since := now
	for seq := run.From; seq < run.To; seq++ {
		if old, ok := p.failed[seq]; ok {
			since = old.Since
			delete(p.failed, seq)
		}
	}
	p.failed[from] = Failing{Since: since, Previous: f.After}
}

// done settles one slot. The caller slides afterwards.
func (p *Partition) done(seq uint64) {
	s := p.ring.at(seq)
	if s.state == open {
		p.openRecs--
	}
	s.state = done
	if p.keys != nil {
		p.doneKeyed(seq, s)
	}
	if p.rules.Revocable {
		return
	}
	s.rec = nil
	if p.failed != nil {
		delete(p.failed, seq)
	}
}

// settled does what follows when n slots have been marked.
func (p *Partition) settled(n int) {
	if n == 0 {
		return
	}
	p.keep()
	slid := p.slide()
	if slid || p.keys != nil {
		p.freed() // with lanes, bytes are of all that is not settled
	}
	if slid || p.keys != nil && p.keys.budget > 0 {
		p.markDue() // else neither offset nor map has changed
	}
	p.hooks.Marked(p, n)
}

// slide lets go of what is settled at the head, and reports whether there was any.
func (p *Partition) slide() bool {
	from := p.ring.head
	if !p.ring.slide() {
		return false
	}
	p.giveBack()
	if p.keys != nil {
		p.keys.slid(p.ring.head-from, p.watermark())
	}
	return true
}
