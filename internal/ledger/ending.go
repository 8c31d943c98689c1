package ledger

import (
	"math"

	"github.com/hearken-go/hearken/listener"
)

// Drain keeps records from starting and returns a channel that is closed when
// no handler of the partition runs any more (and, under async-acks, when
// nothing is left open). What a transaction has passed over runs before that.
func (p *Partition) Drain() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drain == nil {
		p.drain = make(chan struct{})
	}
	p.checkDrained()
	return p.drain
}

func (p *Partition) checkDrained() {
	if p.drain == nil || p.drained || p.runs > 0 || p.stretch != nil && p.stretch.owed > 0 {
		return
	}
	if p.fenced || !p.rules.AsyncAcks || p.openRecs == 0 {
		p.drained = true
		close(p.drain)
	}
}

// Fence ends the assignment: nothing of it starts, settles or is committed any
// more. The first call returns the last commit, ok where there is one to make.
func (p *Partition) Fence() (c Commit, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fenced {
		return Commit{}, false
	}
	c = Commit{Offset: p.watermark()}
	ok = c.Offset > p.commit.committed || p.commit.claim
	if p.keys != nil {
		c = p.snapshot()
		ok = ok || p.keys.budget > 0 && p.commit.marks > p.commit.sure
		p.keys.fence()
	}
	c.last = true
	p.final, p.owed = c, ok
	if p.stretch != nil {
		p.stretch.fence()
	}
	p.fenced = true
	p.retry, p.failed, p.kept, p.lots = nil, nil, nil, nil
	if p.drain == nil {
		p.drain = make(chan struct{})
	}
	p.checkDrained()
	return c, ok
}

// Owed reports whether Fence has returned a last commit that nobody has confirmed.
func (p *Partition) Owed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.owed
}

// Ended reports whether End was called.
func (p *Partition) Ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// End answers everybody who still waits for a commit, and frees the records.
// It follows Fence, after the last commit was answered or given up.
func (p *Partition) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resolve(p.commit.committed, p.commit.sure, nil)
	p.resolve(noChunk, math.MaxUint64, listener.ErrRevoked)
	if p.keys != nil {
		p.keys.end()
	}
	p.ring = ring{head: p.ring.tail, tail: p.ring.tail}
	p.next, p.bytes, p.openRecs, p.arrivals = p.ring.tail, 0, 0, nil
	p.ended = true
}
