package ledger

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/listener"
)

// commitState is how far the group's offset is, and how far it should be.
type commitState struct {
	base      int64     // where the assignment began; unknown until it is known
	committed int64     // confirmed by the broker in this assignment, or base
	confirmed bool      // the group is known to have committed
	point     int64     // due: frozen when it became due, later marks wait for the next one
	claim     bool      // commit point although nothing was settled
	queued    bool      // Hooks.Due was called and Snapshot was not
	chunk     int64     // point at the end of the last chunk
	before    int64     // and at the end of the one before
	since     time.Time // all that was settled in its chunk earlier is confirmed
	taken     time.Time // what since becomes when the last snapshot is confirmed
	began     time.Time // when the latest chunk began: its marks are no older
	waiters   []waiter
}

type waiter struct {
	offset int64
	answer chan<- error
}

func newCommitState() commitState {
	return commitState{base: unknown, committed: unknown, point: unknown, chunk: unknown, before: unknown}
}

// begin fixes the base, from the start position or from the first record.
func (c *commitState) begin(base int64) {
	c.base, c.committed, c.point = base, base, base
}

// watermark is the offset that is safe to commit: all below it is settled.
func (p *Partition) watermark() int64 {
	switch {
	case p.commit.base == unknown:
		return unknown
	case p.ring.len() > 0:
		return p.ring.at(p.ring.head).offset
	default:
		return p.last + 1
	}
}

// duePoint makes offset due. It never lowers the point.
func (p *Partition) duePoint(offset int64) {
	if offset > p.commit.point {
		if !p.commit.pending() {
			p.commit.since = p.commit.began
		}
		p.commit.point = offset
	}
	p.queue()
}

func (p *Partition) queue() {
	if !p.commit.queued && !p.fenced && p.commit.pending() {
		p.commit.queued = true
		p.hooks.Due(p)
	}
}

func (c *commitState) pending() bool { return c.claim || c.point > c.committed }

// markDue is the trigger "at every mark".
func (p *Partition) markDue() {
	if p.rules.When.Has(ackmode.EachMark) {
		p.duePoint(p.watermark())
	}
}

// returned is the trigger "a chunk ended, or the partition begins to wait".
func (p *Partition) returned(chunkEnds, waits bool) {
	if !p.rules.When.Has(ackmode.ChunkEnd) || !(chunkEnds || waits) {
		return
	}
	p.duePoint(p.watermark())
	if chunkEnds {
		p.commit.before, p.commit.chunk = p.commit.chunk, p.commit.point
	}
}

// DueNow makes all that is settled due: the trigger of ack-time and ack-count.
func (p *Partition) DueNow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.duePoint(p.watermark())
}

// DueLate makes due what was settled outside the chunk that is being
// delivered: acknowledgments that came after their chunk's end.
func (p *Partition) DueLate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.duePoint(min(p.watermark(), p.floor))
}

// awaitsCommit reports whether an unconfirmed commit is in the way of the
// next start; opens says that the start would open a chunk.
func (p *Partition) awaitsCommit(opens bool, now time.Time) bool {
	if p.rules.Await {
		return p.commit.point > p.commit.committed
	}
	// BATCH and MANUAL promise that a crash redoes two chunks at the most, or
	// what was settled within Ahead: the chunk before the last is confirmed
	// before a new one starts, unless all of it is that recent.
	return opens && p.rules.When.Has(ackmode.ChunkEnd) && p.commit.before > p.commit.committed &&
		(p.rules.Ahead == 0 || now.Sub(p.commit.since) >= p.rules.Ahead)
}

// Snapshot takes what is due; ok is false where nothing is, any more.
func (p *Partition) Snapshot() (offset int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.queued = false
	if p.fenced || !p.commit.pending() {
		return 0, false
	}
	if p.commit.taken = time.Now(); p.floor != noChunk {
		p.commit.taken = p.commit.began // the point does not cover all of this chunk's marks
	}
	return p.commit.point, true
}

// Confirmed says that the broker has accepted offset.
func (p *Partition) Confirmed(offset int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.confirmed = true
	if offset >= p.commit.point {
		p.commit.claim = false
	}
	p.commit.committed = max(p.commit.committed, offset)
	p.commit.since = p.commit.taken
	p.forget(p.commit.committed)
	p.resolve(p.commit.committed, nil)
	p.queue()
	p.wake()
}

// CommitFailed says that a commit of offset was refused or not answered. The
// marks stay; who waits for them hears err. Requeue sends them again.
func (p *Partition) CommitFailed(offset int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resolve(offset, err)
}

// Requeue makes a failed commit due again.
func (p *Partition) Requeue() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue()
}

// Committed returns the offset to assert again on behalf of an owner that has
// been idle: a stray commit of somebody else is healed by it.
func (p *Partition) Committed() (offset int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commit.committed, p.commit.confirmed && !p.fenced && !p.commit.pending()
}

// AwaitCommit returns a channel that answers once, when the group's offset
// has passed the records of t: nil, the commit's error, or
// listener.ErrRevoked. Where an earlier record is unsettled, or the offset has
// passed already, it answers nil at once. After a fence the last commit
// decides, which carries no record behind an unsettled one.
func (p *Partition) AwaitCommit(t *Ticket) <-chan error {
	answer := make(chan error, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	want := t.Offset + 1
	switch {
	case p.commit.committed >= want:
		answer <- nil
	case p.ended || p.fenced && p.watermark() < want:
		answer <- listener.ErrRevoked
	case p.watermark() < want:
		answer <- nil
	default:
		p.commit.waiters = append(p.commit.waiters, waiter{want, answer})
		p.duePoint(p.watermark())
	}
	return answer
}

// resolve answers the waiters up to offset.
func (p *Partition) resolve(offset int64, err error) {
	rest := p.commit.waiters[:0]
	for _, w := range p.commit.waiters {
		if w.offset > offset {
			rest = append(rest, w)
			continue
		}
		w.answer <- err
	}
	clear(p.commit.waiters[len(rest):])
	p.commit.waiters = rest
}

// Drain keeps records from starting and returns a channel that is closed when
// no handler of the partition runs any more (and, under async-acks, when
// nothing is left open).
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
	if p.drain == nil || p.drained || p.runs > 0 {
		return
	}
	if p.fenced || !p.rules.AsyncAcks || p.openRecs == 0 {
		p.drained = true
		close(p.drain)
	}
}

// Fence ends the assignment: nothing of it starts, settles or is committed any
// more. It returns the offset of the last commit, ok where there is one to make.
func (p *Partition) Fence() (offset int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fenced {
		return 0, false
	}
	offset = p.watermark()
	ok = offset > p.commit.committed || p.commit.claim
	p.fenced = true
	p.retry, p.failed, p.kept = nil, nil, nil
	if p.drain == nil {
		p.drain = make(chan struct{})
	}
	p.checkDrained()
	return offset, ok
}

// End answers everybody who still waits for a commit, and frees the records.
// It follows Fence, after the last commit was answered or given up.
func (p *Partition) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resolve(p.commit.committed, nil)
	p.resolve(noChunk, listener.ErrRevoked)
	p.ring = ring{head: p.ring.tail, tail: p.ring.tail}
	p.next, p.bytes, p.openRecs = p.ring.tail, 0, 0
	p.ended = true
}
