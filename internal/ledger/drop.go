package ledger

// Drop settles the first n records of a run while its handler runs: no handler
// gets them, and nobody else would mark them. It is no acknowledgment: it settles nothing
// that came before them.
func (p *Partition) Drop(run *Run, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fenced {
		return
	}
	p.spoil()
	marked := 0
	for seq := run.From; seq < min(run.From+uint64(n), run.To); seq++ {
		if p.ring.has(seq) && p.ring.at(seq).state == running {
			p.done(seq)
			marked++
		}
	}
	p.settled(marked)
}
