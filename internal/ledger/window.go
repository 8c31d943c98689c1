package ledger

import "github.com/hearken-go/hearken/listener"

func size(r *listener.RawRecord) int { return len(r.Key) + len(r.Value) }

// queued is how many records wait for their first delivery.
func (p *Partition) queued() int {
	if p.keys != nil {
		return p.keys.queued
	}
	return int(p.ring.tail - p.next)
}

func (p *Partition) overLimit() bool {
	return p.queued() >= p.rules.Window || p.bytes >= p.rules.Bytes || p.ring.len() >= p.rules.Slots ||
		p.keys != nil && p.keys.waiting >= p.rules.Waiting
}

// Load reports whether the partition has all that it may hold, and how many
// records wait for their first delivery. Once full it stays so until half of
// the window is free. A partition that is empty has nothing that is not settled: until
// the next Track it stays so, and Load and Held go on to report nothing. One with
// transactions is never called that: a rollback brings back what was settled.
func (p *Partition) Load() (full bool, queued int, empty bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.full, p.queued(), !p.full && !p.rules.Revocable && p.ring.len() == 0
}

// Held is how many records p holds in memory, and their size: those that wait
// for their first delivery, and with lanes all that are not settled.
func (p *Partition) Held() (records, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys != nil {
		return p.ring.len() - p.keys.settled - p.openRecs, p.bytes
	}
	return p.queued(), p.bytes
}

// relax ends the full state when half of the limits is free, and reports whether it did.
func (p *Partition) relax() bool {
	if !p.full || p.queued() > p.rules.Window/2 || p.bytes > p.rules.Bytes/2 || p.ring.len() > p.rules.Slots/2 ||
		p.keys != nil && p.keys.waiting > p.rules.Waiting/2 {
		return false
	}
	p.full = false
	return true
}
