package ledger

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// Nearly every record is alone in its run, the lowest that is not settled, and
// has gone well at the first call, and the next one is of the same chunk and free to start. Advance
// goes from the one to the other by a short way: the steps of finish and take, without those
// that do nothing then. TestTheShortWayIsTheSame holds them to each other.

// hasShortWay reports whether the rules allow it at all.
func (r *Rules) hasShortWay() bool {
	return !r.hasLanes() && !r.Revocable && !r.Batch && !r.Await && r.NotBefore == nil && !r.When.Has(ackmode.EachMark)
}

// smooth takes the short way, where it leads from run, and reports whether it did. It need
// not ask for redeliveries, as no other record is delivered and unsettled, nor for arrays to give
// back, as those end with a chunk.
func (p *Partition) smooth(run *Run, f *Finish, now time.Time) bool {
	head := p.ring.head
	if !p.short || !f.Plain || !f.Mark || run.From != head || run.To != head+1 || p.next != head+1 || run.Closes || run.left ||
		p.blocked() || p.next == p.ring.tail || len(p.failed) > 0 {
		return false
	}
	was, s := p.ring.at(head), p.ring.at(head+1)
	if was.state != running || s.first {
		return false
	}
	was.state, was.rec = done, nil
	p.ring.head++
	p.hooks.Marked(p, 1)
	if p.commit.ran.IsZero() {
		p.commit.ran = now
	}
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
