package ledger

// Full is the first half of Load.
func (p *Partition) Full() bool {
	full, _, _ := p.Load()
	return full
}
