package ledger

import (
	"cmp"
	"slices"
	"time"
)

// A Failed is a record that has failed and is not settled; of a batch, the
// first one of those that are delivered again together.
type Failed struct {
	Offset  int64
	Attempt int // of the last delivery
	Since   time.Time
}

// Failed returns what is failing now, the oldest first. It is for those who
// look, and not for the way of a record: it goes over all of them.
func (p *Partition) Failed() []Failed {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Failed, 0, len(p.failed))
	for seq, f := range p.failed {
		if !p.ring.has(seq) || p.ring.at(seq).state == done {
			continue
		}
		s := p.ring.at(seq)
		out = append(out, Failed{Offset: s.offset, Attempt: int(s.attempt), Since: f.Since})
	}
	slices.SortFunc(out, func(a, b Failed) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Offset, b.Offset))
	})
	return out
}
