package ledger

import (
	"slices"

	"github.com/hearken-go/hearken/listener"
)

// A lot is the array of one chunk, which goes back to the reader when all of
// its records have ended plainly: then nobody has a pointer into it. Arrays are
// most of what reading costs the garbage collector.
type lot struct {
	recs []listener.RawRecord
	end  uint64 // the slot behind its last record
}

// lend notes a chunk that was booked whole.
func (p *Partition) lend(recs []listener.RawRecord) {
	if p.rules.Reuse == nil || p.keys != nil || p.stretch != nil || p.rules.Revocable || len(recs) == 0 {
		return
	}
	p.lots = append(p.lots, lot{recs, p.ring.tail})
}

// giveBack hands out the arrays whose records are all settled.
func (p *Partition) giveBack() {
	n := 0
	for n < len(p.lots) && p.lots[n].end <= p.ring.head {
		p.rules.Reuse(p.lots[n].recs)
		n++
	}
	if n > 0 {
		p.lots = slices.Delete(p.lots, 0, n)
	}
}

// spoil leaves all arrays to the garbage collector: somebody has seen a record
// of one of them who may keep it.
func (p *Partition) spoil() {
	clear(p.lots)
	p.lots = p.lots[:0]
}
