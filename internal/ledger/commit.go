package ledger

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// commitState is how far the group's offset is, and how far it should be.
type commitState struct {
	base      int64     // where the assignment began; unknown until it is known
	committed int64     // confirmed by the broker in this assignment, or base
	confirmed bool      // the group is known to have committed
	point     int64     // due: frozen when it became due, later marks wait for the next one
	claim     bool      // commit point although nothing was settled
	rebased   bool      // the book began anew: a commit that is under way may be of the old log
	queued    bool      // Hooks.Due was called and Snapshot was not
	chunk     int64     // point at the end of the last chunk
	before    int64     // and at the end of the one before
	since     time.Time // all that was settled in its chunk earlier is confirmed
	taken     time.Time // what since becomes when the last snapshot is confirmed
	began     time.Time // when the latest chunk began: its marks are no older
	ran       time.Time // what runs have marked beyond the point is no older; zero where that is nothing
	waiters   []waiter

	// With lanes: marks counts what was settled, dueMarks is how many of them
	// are to be committed, sure how many are.
	marks, dueMarks, sure uint64
}

// A Commit is what a partition has to say to its group.
type Commit struct {
	Offset   int64
	Metadata string // a Map, or ""
	marks    uint64 // that it covers
	last     bool   // it is the fence's
}

// Bare is c without its map.
func (c Commit) Bare() Commit { return Commit{Offset: c.Offset, last: c.last} }

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
			p.commit.since = p.commit.noOlder(p.commit.began)
		}
		p.commit.point = offset
	}
	if p.runs == 0 && offset >= p.watermark() {
		p.commit.ran = time.Time{}
	}
	if p.keys != nil && p.keys.budget > 0 {
		p.commit.dueMarks = p.commit.marks
	}
	p.queue()
}

// noOlder is t, or when the first run began whose marks the point does not
// cover: a redelivery's marks may be older than the latest chunk.
func (c *commitState) noOlder(t time.Time) time.Time {
	if !c.ran.IsZero() && c.ran.Before(t) {
		return c.ran
	}
	return t
}

func (p *Partition) queue() {
	if !p.commit.queued && !p.fenced && p.commit.pending() {
		p.commit.queued = true
		p.hooks.Due(p)
	}
}

func (c *commitState) pending() bool {
	return c.claim || c.point > c.committed || c.dueMarks > c.sure
}

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
		return p.commit.point > p.commit.committed || p.commit.dueMarks > p.commit.sure
	}
	// BATCH and MANUAL promise that a crash redoes two chunks at the most, or
	// what was settled within Ahead: the chunk before the last is confirmed
	// before a new one starts, unless all of it is that recent.
	return opens && p.rules.When.Has(ackmode.ChunkEnd) && p.commit.before > p.commit.committed &&
		(p.rules.Ahead == 0 || now.Sub(p.commit.since) >= p.rules.Ahead)
}

// Snapshot takes what is due; ok is false where nothing is, any more.
func (p *Partition) Snapshot() (c Commit, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit.queued = false
	if p.fenced || !p.commit.pending() {
		return Commit{}, false
	}
	if p.keys != nil {
		p.commit.taken = time.Now()
		p.commit.point = max(p.commit.point, p.watermark())
		return p.snapshot(), true
	}
	if p.commit.taken = time.Now(); p.floor != noChunk {
		p.commit.taken = p.commit.began // the point does not cover all of this chunk's marks
	}
	p.commit.taken = p.commit.noOlder(p.commit.taken) // nor those of a redelivery
	return Commit{Offset: p.commit.point}, true
}

// snapshot is all that is settled, offset and map in one look.
func (p *Partition) snapshot() Commit {
	offset := p.watermark()
	return Commit{Offset: offset, Metadata: p.mapOf(offset), marks: p.commit.marks}
}

// Confirmed says that the broker has accepted c.
func (p *Partition) Confirmed(c Commit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isOfAnotherLog(c) {
		p.commit.claim = true // it is replaced
		p.queue()
		return
	}
	p.commit.confirmed = true
	if c.last || c.Offset >= p.final.Offset && c.marks >= p.final.marks {
		p.owed = false // it may have been under way at the fence
	}
	if c.Offset >= p.commit.point {
		p.commit.claim = false
	}
	p.commit.committed = max(p.commit.committed, c.Offset)
	p.commit.sure = max(p.commit.sure, c.marks)
	p.commit.since = p.commit.taken
	p.forget(p.commit.committed)
	if p.keys != nil {
		p.confirmedKeyed(c)
	}
	p.resolve(p.commit.committed, p.commit.sure, nil)
	p.queue()
	p.wake()
}

// isOfAnotherLog reports whether c was taken before the book began anew: it is
// beyond what is safe. One that is not does no harm.
func (p *Partition) isOfAnotherLog(c Commit) bool {
	return p.commit.rebased && c.Offset > p.watermark()
}

// CommitFailed says that c was refused or not answered. The marks stay; who
// waits for them hears err. Requeue sends them again.
func (p *Partition) CommitFailed(c Commit, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isOfAnotherLog(c) {
		return // nobody waits for it
	}
	p.resolve(c.Offset, c.marks, err)
}

// Requeue makes a failed commit due again.
func (p *Partition) Requeue() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue()
}

// Committed returns the commit to assert again on behalf of an owner that has
// been idle: a stray commit of somebody else is healed by it.
func (p *Partition) Committed() (c Commit, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c = Commit{Offset: p.commit.committed, marks: p.commit.sure}
	if p.keys != nil {
		c.Metadata = p.keys.sent
	}
	return c, p.commit.confirmed && !p.fenced && !p.commit.pending()
}
