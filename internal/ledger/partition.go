// Package ledger is the book of delivered and settled records: one Partition
// per assigned partition and assignment. It says which record may run next,
// which offset is safe to commit, and whether a commit is due. It does no I/O
// and starts no goroutine; what has to happen outside goes through Hooks.
package ledger

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/listener"
)

// Rules are the settings that a Partition lives by.
type Rules struct {
	When       ackmode.Trigger
	Await      bool // nothing starts while a due commit is unconfirmed
	Cumulative bool // an ack settles the earlier open records, too
	Batch      bool // a chunk is delivered whole
	AsyncAcks  bool // a drain waits for open records
	Window     int  // records that may wait for their first delivery
	Bytes      int  // and their size
	Slots      int  // records that may be unsettled
	// Ahead is how old the oldest unconfirmed mark may be for chunks to go on
	// starting; 0 holds them strictly to one unconfirmed chunk.
	Ahead time.Duration
	// Revocable keeps what is settled until it is confirmed, so that Rollback
	// can take it back: transactions. Runs end by Conclude then.
	Revocable bool
	// NotBefore, if set, says when a record may be delivered for the first time;
	// until then it and what is behind it in the partition wait. It is called under
	// the lock, for the next record only, and answers the same each time.
	NotBefore func(*listener.RawRecord) time.Time
}

// Hooks are what a Partition asks of the engine. They are called under the
// partition's lock and must not call back into it.
type Hooks interface {
	// Ready: a worker may take p. It is called once until the worker has
	// taken p and given it back.
	Ready(p *Partition)
	// WakeAt asks for p.Wake at t, not earlier. A later call replaces an earlier one.
	WakeAt(p *Partition, t time.Time)
	// Due: p has an offset to commit. Called once until Snapshot takes it.
	Due(p *Partition)
	// Marked: n records were settled.
	Marked(p *Partition, n int)
	// Freed: a full partition has room again.
	Freed(p *Partition)
}

// noChunk is the chunk floor while no chunk is being delivered.
const noChunk = math.MaxInt64

// A Partition is the book of one partition during one assignment. All of its
// state is under one lock: split state is where offsets get lost.
type Partition struct {
	Topic string
	ID    int32
	Epoch uint64

	rules Rules
	hooks Hooks

	mu    sync.Mutex
	ring  ring
	kept  []slot // just below the ring: settled, not confirmed, revocable
	next  uint64 // first queued slot; [next, tail) wait for their first delivery
	bytes int    // of the queued
	retry []retry
	// failed remembers, by slot, since when and with which delay a record is failing.
	failed map[uint64]Failing

	last     int64 // last delivered offset; start-1 before the first, or unknown
	floor    int64 // first offset of the chunk being delivered, else noChunk
	openRecs int   // slots in state open

	lane    laneState
	runs    int    // handlers that have not returned
	serial  uint32 // of the last run
	paused  bool
	held    bool // an older handler of this partition has not returned
	away    bool // its worker has left a run that is not over
	full    bool // above the window until half of it is free
	drain   chan struct{}
	drained bool
	fenced  bool
	ended   bool // nobody will answer a waiter any more

	commit commitState
}

// unknown stands for an offset that is not known yet.
const unknown int64 = -1

// A Start is where an assignment begins.
type Start struct {
	Offset    int64 // first offset to be read; unknown (-1) when the broker decides
	Committed bool  // Offset is the group's committed offset
	Claim     bool  // commit Offset at once, so that a restart does not skip
}

// New opens the book of one assignment.
func New(topic string, id int32, epoch uint64, start Start, rules Rules, hooks Hooks) *Partition {
	p := &Partition{Topic: topic, ID: id, Epoch: epoch, rules: rules, hooks: hooks, last: unknown, floor: noChunk}
	p.commit = newCommitState()
	if start.Offset >= 0 {
		p.last = start.Offset - 1
		p.commit.begin(start.Offset)
		p.commit.confirmed = start.Committed
		p.commit.claim = start.Claim
	}
	return p
}

// Open lets the partition begin: what is due from the start is queued.
func (p *Partition) Open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue()
}

// A RegressionError says that the client delivered an offset again, or one
// below what it had delivered: the log was rewritten, or the client is wrong.
type RegressionError struct {
	Topic          string
	ID             int32
	Offset, Behind int64
}

// Error names partition and offsets.
func (e *RegressionError) Error() string {
	return fmt.Sprintf("%s[%d]: offset %d was delivered after %d and was never tracked: the log was rewritten, or the client went back by itself",
		e.Topic, e.ID, e.Offset, e.Behind)
}

// Track books a chunk. Records that are already booked are dropped and
// counted; an offset that goes back without being booked is a *RegressionError,
// except at the very first record, where the reset policy has chosen it.
// After a fence or while draining it books nothing.
func (p *Partition) Track(recs []listener.RawRecord) (dropped int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fenced || p.drain != nil {
		return len(recs), nil
	}
	before := p.ring.tail
	if before == 0 && len(recs) > 0 && recs[0].Offset <= p.last {
		p.rebase(recs[0].Offset)
	}
	for i := range recs {
		r := &recs[i]
		if r.Offset > p.last {
			p.book(r, p.ring.tail == before)
			continue
		}
		if _, booked := p.ring.find(r.Offset); !booked {
			err = &RegressionError{p.Topic, p.ID, r.Offset, p.last}
			break
		}
		dropped++
	}
	// A chunk that an error cuts short is closed like any other: a batch ends
	// where its chunk ends.
	if p.ring.tail > before {
		p.ring.at(p.ring.tail - 1).last = true
		p.full = p.full || p.overLimit()
		p.wake()
	}
	return dropped, err
}

// rebase starts the book at another offset than it was opened with. When the
// committed offset is not in the log any more (the topic was made again, or
// cut), the client goes back by itself, as auto-offset-reset says.
func (p *Partition) rebase(offset int64) {
	p.last = offset - 1
	p.commit.begin(offset)
	p.commit.confirmed, p.commit.claim = false, false
}

func (p *Partition) book(r *listener.RawRecord, opens bool) {
	p.ring.push(slot{rec: r, offset: r.Offset, first: opens})
	p.last = r.Offset
	p.bytes += size(r)
	if p.commit.base == unknown {
		p.commit.begin(r.Offset)
	}
}

func size(r *listener.RawRecord) int { return len(r.Key) + len(r.Value) }

func (p *Partition) overLimit() bool {
	return int(p.ring.tail-p.next) >= p.rules.Window || p.bytes >= p.rules.Bytes || p.ring.len() >= p.rules.Slots
}

// Load reports whether the partition has all that it may hold, and how many
// records wait for their first delivery. Once full it stays so until half of
// the window is free.
func (p *Partition) Load() (full bool, queued int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.full, int(p.ring.tail - p.next)
}

// relax ends the full state when half of the limits is free, and reports whether it did.
func (p *Partition) relax() bool {
	if !p.full || int(p.ring.tail-p.next) > p.rules.Window/2 || p.bytes > p.rules.Bytes/2 || p.ring.len() > p.rules.Slots/2 {
		return false
	}
	p.full = false
	return true
}

// Pause keeps records from starting, at once; Resume undoes it. Handlers that
// run go on.
func (p *Partition) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = true
}

// Resume undoes Pause.
func (p *Partition) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = false
	p.wake()
}

// Hold keeps records from starting until Release: a handler of an earlier
// assignment of this partition is still running.
func (p *Partition) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
}

// Release undoes Hold.
func (p *Partition) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = false
	p.wake()
}

// Stats is what people and observers may know about a partition.
type Stats struct {
	Queued, Running, Open, Waiting, Unsettled int
	Bytes                                     int
	Head                                      int64 // lowest unsettled offset, -1 when there is none
	HeadOpen                                  bool  // its handler returned without settling it
	HeadWaiting                               bool  // it waits for its redelivery
	HeadLater                                 bool  // it did not fail, and is not due yet: Postpone, or Rules.NotBefore
	Delivered                                 int64 // last delivered offset
	Next                                      int64 // of the next record for its first delivery, -1 when unknown
	Watermark, Committed                      int64 // -1 when unknown
	Full, Paused, Held                        bool
	OutOfSlots                                bool
}

// Stats returns the partition's numbers.
func (p *Partition) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{
		Queued: int(p.ring.tail - p.next), Running: p.runs, Open: p.openRecs, Waiting: len(p.retry),
		Unsettled: p.ring.len(), Bytes: p.bytes, Head: -1, Delivered: p.last,
		Watermark: p.watermark(), Committed: p.commit.committed,
		Full: p.full, Paused: p.paused, Held: p.held, OutOfSlots: p.ring.len() >= p.rules.Slots,
	}
	switch {
	case p.next < p.ring.tail:
		s.Next = p.ring.at(p.next).offset
	case p.commit.base == unknown:
		s.Next = unknown
	default:
		s.Next = p.last + 1
	}
	if p.ring.len() > 0 {
		h := p.ring.at(p.ring.head)
		s.Head, s.HeadOpen, s.HeadWaiting = h.offset, h.state == open, h.state == waiting
		s.HeadLater = s.HeadWaiting && h.later || p.ring.head == p.next && p.early(time.Now())
	}
	return s
}
