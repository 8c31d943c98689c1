package ledger

import "github.com/hearken-go/hearken/ackmode"

// Nearly every record is alone in its run, the lowest that is not settled, and
// has gone well at the first call, and the next one is of the same chunk and free to start. Advance
// goes from the one to the other by a short way: the steps of finish and take, without those
// that do nothing then. TestAdvanceIsFinishAndNext holds them to each other.

// hasShortWay reports whether the rules allow it at all.
func (r *Rules) hasShortWay() bool {
	batches := r.Batch || r.BatchSize > 0 || r.Linger > 0
	return !r.hasLanes() && !r.Revocable && !batches && !r.Await && r.NotBefore == nil && !r.When.Has(ackmode.EachMark)
}

// smooth takes the short way, where it leads from run, and reports whether it did. It need
// not ask for redeliveries, as no other record is delivered and unsettled, nor for the chunk's end
// and arrays to give back, as what follows then opens a chunk, nor whether the run was left, as p is
// away then.
func (p *Partition) smooth(run *Run, f *Finish) bool {
	head := p.ring.head
	if !p.short || !f.Plain || run.From != head || run.To != head+1 || p.next != head+1 || p.next == p.ring.tail ||
		p.blocked() || len(p.failed) > 0 {
		return false
	}
	was, s := p.ring.at(head), p.ring.at(head+1)
	if was.state != running || s.first {
		return false
	}
	was.state, was.rec = done, nil
	p.ring.head++
	p.hooks.Marked(p, 1)
	p.next++
	p.serial++
	s.state, s.serial = running, p.serial
	s.count()
	run.From, run.To, run.Serial = head+1, head+2, p.serial
	run.Records[0], run.Attempt = s.rec, s.rec.Attempt
	run.Opens, run.Closes, run.Alone = false, s.last, false
	p.bytes -= size(s.rec)
	p.freed()
	return true
}
