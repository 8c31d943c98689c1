package ledger

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// finishKeyed is what Finish does with a run's only record.
func (p *Partition) finishKeyed(run *Run, f Finish, now time.Time) {
	k, seq := p.keys, run.From
	whole := p.rules.Order == ByPartition
	if whole && run.Closes && seq == k.latest {
		p.floor = noChunk
	}
	if f.Parts != nil {
		f = only(f.Parts)
	}
	waits := p.ring.has(seq) && p.settleKeyed(run, f, now) // else it was acknowledged, and has left the ring
	if run.lane != noLane {
		k.all[run.lane].running = false
		p.schedule(run.lane, now)
	}
	p.returned(whole && run.Closes, whole && waits)
}

// settleKeyed carries f out, and reports whether the record waits for another delivery.
func (p *Partition) settleKeyed(run *Run, f Finish, now time.Time) (waits bool) {
	k, seq := p.keys, run.From
	s := p.ring.at(seq)
	k.link(seq).running = false
	switch {
	case s.state == waiting: // nacked
		if at, ok := k.nacked[seq]; ok {
			delete(k.nacked, seq)
			k.waiting--
			p.againKeyed(seq, at, now)
		}
		return true
	case s.state != running: // acknowledged
	case f.Mark || f.First > 0:
		p.done(seq)
		p.settled(1)
	case f.Again:
		s.state, s.later = waiting, f.Void && !f.Fail
		if f.Void {
			s.attempt--
		}
		p.remember(run, seq, f, now)
		p.againKeyed(seq, now.Add(f.After), now)
		return true
	default:
		p.bytes -= size(s.rec)
		s.state, s.rec = open, nil
		p.openRecs++
		p.freed()
	}
	return false
}

// doneKeyed is what settling a slot means for its lane and for the commits.
func (p *Partition) doneKeyed(seq uint64, s *slot) {
	k := p.keys
	if s.rec != nil {
		p.bytes -= size(s.rec)
	}
	k.settled++
	k.highest = max(k.highest, seq)
	delete(k.faults, seq)
	p.commit.marks++
	i := k.link(seq).lane
	if i == noLane {
		return
	}
	l := &k.all[i]
	l.refs--
	if p.rules.Await && p.rules.Order == ByKey && p.rules.When.Has(ackmode.EachMark) && (k.budget > 0 || seq == p.ring.head) {
		if l.await = p.commit.marks; l.ready {
			k.withdraw(l) // acknowledged late: what was about to start waits, too
		}
		k.confirming = append(k.confirming, confirming{i, l.await})
	}
	if !l.running { // else it is scheduled when its handler has returned
		p.schedule(i, time.Now())
	}
}

// confirmedKeyed lets lanes go on whose marks are committed.
func (p *Partition) confirmedKeyed(c Commit) {
	k := p.keys
	if k.sent = c.Metadata; len(k.confirming) == 0 {
		return
	}
	now, n := time.Now(), 0
	for ; n < len(k.confirming) && k.confirming[n].marks <= p.commit.sure; n++ {
		if e := k.confirming[n]; k.all[e.lane].await == e.marks {
			p.schedule(e.lane, now)
		}
	}
	k.confirming = k.confirming[:copy(k.confirming, k.confirming[n:])]
}
