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
	// BatchSize, under Batch, has batches cut when they are taken: up to so many
	// of the records that wait, whatever chunks they came in. The batch is the chunk then.
	BatchSize int
	// Linger, with a BatchSize, is how long a batch waits for more records, from
	// the arrival of its first one; not where it is full, or the partition is.
	Linger    time.Duration
	AsyncAcks bool // a drain waits for open records
	Window    int  // records that may wait for their first delivery
	Bytes     int  // and their size
	Slots     int  // records that may be unsettled
	// Ahead is how old the oldest unconfirmed mark may be for chunks to go on
	// starting; 0 holds them strictly to one unconfirmed chunk.
	Ahead time.Duration
	// Revocable keeps what is settled until it is confirmed, so that Rollback
	// can take it back: transactions. Runs end by Conclude then.
	Revocable bool
	// Order is which records wait for each other. With anything but ByPartition,
	// runs are single records, and Batch is not allowed. Together with Revocable runs are
	// taken by TakeWithin, and there is no Map.
	Order     Order
	NullQueue bool // under ByKey, records without a key wait for each other
	// Waiting is how many keys (under Unordered: records) may wait for another
	// delivery before nothing new starts; half of Window where it is 0.
	Waiting int
	// Map is how many characters of a commit's metadata may say what is done
	// above its offset; 0 is none.
	Map int
	// NotBefore, if set, says when a record may be delivered for the first time;
	// until then it and what is behind it in the partition wait. It is called under
	// the lock, for the next record only, and answers the same each time.
	NotBefore func(*listener.RawRecord) time.Time
	// Reuse, if set, takes back the array of a chunk of which every record was
	// delivered once and ended plainly (Finish.Plain): whoever sets it vouches that a
	// plain end leaves no pointer to the record anywhere. It is called under the lock. Where
	// there are lanes, or runs are revocable, it is never called.
	Reuse func([]listener.RawRecord)
}

// hasLanes reports whether the rules need more than one lane.
func (r *Rules) hasLanes() bool { return r.Order != ByPartition || r.Map > 0 }

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
	short bool // Advance may take its short way

	mu    sync.Mutex
	ring  ring
	lots  []lot  // the arrays behind the ring's records, while they may be used again
	kept  []slot // just below the ring: settled, not confirmed, revocable
	next  uint64 // first queued slot; [next, tail) wait for their first delivery
	bytes int    // of the queued; with lanes, of all records that are held
	// arrivals of the queued, the earliest first; only where batches linger.
	arrivals []arrival
	retry    []retry
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
	final   Commit // the fence's
	owed    bool   // it is to be made, and not confirmed
	ended   bool   // nobody will answer a waiter any more

	commit commitState
	keys   *keyed // nil where all is one lane
	// stretch is set instead of keys where runs are revocable.
	stretch *stretch
}

// unknown stands for an offset that is not known yet.
const unknown int64 = -1

// A Start is where an assignment begins.
type Start struct {
	Offset    int64 // first offset to be read; unknown (-1) when the broker decides
	Committed bool  // Offset is the group's committed offset
	Claim     bool  // commit Offset at once, so that a restart does not skip
	// Map is what an earlier owner has done above Offset, read from Metadata,
	// that of the committed offset. It counts where Rules.Map allows maps.
	Map      *Map
	Metadata string
}

// New opens the book of one assignment.
func New(topic string, id int32, epoch uint64, start Start, rules Rules, hooks Hooks) *Partition {
	p := &Partition{Topic: topic, ID: id, Epoch: epoch, rules: rules, hooks: hooks, short: rules.hasShortWay(), last: unknown, floor: noChunk}
	p.commit = newCommitState()
	if start.Offset >= 0 {
		p.last = start.Offset - 1
		p.commit.begin(start.Offset)
		p.commit.confirmed = start.Committed
		p.commit.claim = start.Claim
	}
	switch {
	case rules.Revocable && rules.Order != ByPartition:
		p.stretch = newStretch()
	case rules.hasLanes():
		if p.rules.Waiting == 0 {
			p.rules.Waiting = max(1, rules.Window/2)
		}
		p.keys = newKeyed(rules, start)
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
	return p.TrackKeyed(recs, nil)
}

// TrackKeyed is Track with keys, one for each record, instead of the records'
// own, where keys is not nil.
func (p *Partition) TrackKeyed(recs []listener.RawRecord, keys []Key) (dropped int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fenced || p.drain != nil {
		return len(recs), nil
	}
	before, closes := p.ring.tail, p.ring.tail
	var now time.Time
	if p.keys != nil {
		now = time.Now()
	}
	if before == 0 && len(recs) > 0 && recs[0].Offset <= p.last {
		p.rebase(recs[0].Offset)
	}
	for i := range recs {
		r := &recs[i]
		if r.Offset > p.last {
			if p.book(r, keys, i, closes == before, now) {
				closes = p.ring.tail
			}
			continue
		}
		if _, booked := p.ring.find(r.Offset); !booked {
			err = &RegressionError{p.Topic, p.ID, r.Offset, p.last}
			break
		}
		dropped++
	}
	// A chunk that an error cuts short is closed like any other: a batch ends where
	// its chunk ends. What an earlier owner has done neither opens nor closes it.
	if closes > before {
		p.ring.at(closes - 1).last = true
	}
	if err == nil && dropped == 0 {
		p.lend(recs)
	}
	if p.ring.trim(); p.ring.tail > before {
		if p.keys != nil && p.slide() {
			p.duePoint(p.watermark()) // an earlier owner had done it
		}
		p.arrive(before)
		p.full = p.full || p.overLimit()
		p.wake()
	}
	return dropped, err
}

// rebase starts the book at another offset than it was opened with. When the
// committed offset is not in the log any more (the topic was made again, or
// cut), the client goes back by itself, as auto-offset-reset says. The new start
// is claimed: what the group has, or gets by a commit that is under way, is an
// offset of the old log, at which a restart would leave records out.
func (p *Partition) rebase(offset int64) {
	p.last = offset - 1
	p.commit.begin(offset)
	p.commit.confirmed, p.commit.claim, p.commit.rebased = false, true, true
	if p.keys != nil {
		p.keys.restored, p.keys.sent = restored{}, "" // a deliberate replay replays everything
	}
	p.queue()
}

// book reports whether there is something to be run of r.
func (p *Partition) book(r *listener.RawRecord, keys []Key, i int, opens bool, now time.Time) bool {
	var key *Key
	if keys != nil {
		key = &keys[i]
	}
	if p.keys != nil {
		return p.enter(r, key, opens, now)
	}
	seq := p.ring.push(slot{rec: r, offset: r.Offset, first: opens})
	if p.stretch != nil {
		p.enterStretch(seq, r, key)
	}
	p.last = r.Offset
	p.bytes += size(r)
	if p.commit.base == unknown {
		p.commit.begin(r.Offset)
	}
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
