package ledger

import "time"

// A Part is what becomes of some records of a run: those from the end of the
// part before it up to To. Records that an acknowledgment has settled are left out.
type Part struct {
	To    int // counted from the run's first record
	Done  bool
	After time.Duration // if not Done: delivered again together, not before this has passed
	Fail  bool          // because of a failure: remember since when
	// Untried says that the last n of the part were never reached: this was no
	// attempt of theirs.
	Untried int
}

// applyParts settles the run's unsettled slots part by part. It returns how
// many it marked, and whether some are to run again.
func (p *Partition) applyParts(run *Run, parts []Part, now time.Time) (marked int, waits bool) {
	from, since := run.From, p.failingSince(run)
	for _, part := range parts {
		to := min(run.From+uint64(part.To), run.To)
		first := to
		for seq := from; seq < to; seq++ {
			if !p.ring.has(seq) || p.ring.at(seq).state != running {
				continue
			}
			if part.Done {
				p.done(seq)
				marked++
				continue
			}
			s := p.ring.at(seq)
			s.state = waiting
			if s.later = part.After > 0 && !part.Fail; seq+uint64(part.Untried) >= to {
				s.attempt--
			}
			first = min(first, seq)
		}
		from = to
		if first == to {
			continue
		}
		waits = true
		p.insert(retry{from: first, to: to, due: now.Add(part.After)})
		if part.Fail {
			p.failing(first, part.After, since, now)
		}
	}
	return marked, waits
}

// failingSince takes out since when the run has been failing, by slot.
func (p *Partition) failingSince(run *Run) map[uint64]time.Time {
	var out map[uint64]time.Time
	for seq := run.From; seq < run.To; seq++ {
		if old, ok := p.failed[seq]; ok {
			if out == nil {
				out = map[uint64]time.Time{}
			}
			out[seq] = old.Since
			delete(p.failed, seq)
		}
	}
	return out
}

// failing remembers a failure of what begins at seq. What was noted at an
// earlier slot of the same run was about this one, too.
func (p *Partition) failing(seq uint64, after time.Duration, earlier map[uint64]time.Time, now time.Time) {
	since := now
	for at, t := range earlier {
		if at <= seq && t.Before(since) && p.ring.at(at).state != done {
			since = t
		}
	}
	if p.failed == nil {
		p.failed = make(map[uint64]Failing)
	}
	p.failed[seq] = Failing{Since: since, Previous: after}
}

// only is what the parts say of a run of one record.
func only(parts []Part) Finish {
	switch {
	case len(parts) == 0:
		return Finish{}
	case parts[0].Done:
		return Finish{Mark: true}
	default:
		return Finish{Again: true, After: parts[0].After, Fail: parts[0].Fail, Void: parts[0].Untried > 0}
	}
}

// Leave lets run's worker go while run waits for something else than its
// handler. It counts as running, and nothing of its partition (its key) starts before
// Finish has ended it, which any goroutine may call.
func (p *Partition) Leave(run *Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	run.left, p.away = true, p.keys == nil // a lane is held by its run
}

// back ends a Leave; the worker has gone on.
func (p *Partition) back(run *Run) {
	if !run.left {
		return
	}
	run.left, p.away = false, false
	p.goOn()
}
