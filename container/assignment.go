package container

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// epochs numbers every assignment of the process; no two are alike.
var epochs atomic.Uint64

// An assignment is one partition while one consumer owns it: the ledger, the
// handlers' contexts, and the hooks by which the ledger reaches the consumer.
type assignment struct {
	*ledger.Partition
	c  *consumer
	tp broker.Partition

	ctx    context.Context // ends with the assignment
	cancel context.CancelCauseFunc
	runs   []runContext // by worker

	nextReady *assignment // link of the ready queue
	idle      idleClock   // of the loop's watch

	mu         sync.Mutex // guards timer, recoveries and troubles
	timer      *time.Timer
	recoveries map[uint64]*recovery // by slot: what waits for a recoverer
	troubles   map[int64]*trouble   // by offset: the latest failures
	pruneAt    int                  // how many of them are looked through

	start   start
	fencing sync.Mutex // guards ended and fenced; before the partition's lock
	ended   place      // at the fence
	fenced  bool

	stall stall // of the loop's watch
	empty bool  // it held nothing when the loop last looked, and nothing has come; the loop's
	// unkeyed are the chunks whose ordering keys are not known, the earliest first.
	// The loop's.
	unkeyed  []*unkeyed
	keyWatch keyWatch
	told     bool // RevokedBeforeCommit was called for it; the loop's

	sifted siftedCount

	failures map[uint64]txFailure // under the transactor's lock
}

// A runContext is what one worker's handlers of one partition get: a child of
// the assignment's context that a handler time-out replaces.
type runContext struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	over   bool // a time-out has cancelled it
}

func newAssignment(c *consumer, tp broker.Partition, s start) *assignment {
	a := &assignment{c: c, tp: tp, start: s, runs: make([]runContext, c.spec.Workers), failures: map[uint64]txFailure{}}
	info := listener.Invocation{
		Listener: c.spec.ID, Group: c.spec.Group, Factory: c.spec.Factory,
		Consumer: c.index, Topic: tp.Topic, Partition: tp.ID,
	}
	ctx := listener.WithInfo(context.Background(), info)
	if c.spec.BaseContext != nil {
		ctx = c.spec.BaseContext(ctx, info)
	}
	if c.spec.Sender != nil {
		ctx = listener.WithSender(ctx, c.spec.Sender)
	}
	a.ctx, a.cancel = context.WithCancelCause(ctx)
	a.Partition = ledger.New(tp.Topic, tp.ID, epochs.Add(1), s.ledger, c.rules(), a)
	return a
}

// context returns the context for worker's next handler. It is called under the worker's lock.
func (a *assignment) context(worker int) *runContext {
	rc := &a.runs[worker]
	if rc.ctx == nil || rc.over {
		rc.ctx, rc.cancel = context.WithCancelCause(a.ctx)
		rc.over = false
	}
	return rc
}

// Ready implements ledger.Hooks.
func (a *assignment) Ready(*ledger.Partition) { a.c.ready.push(a) }

// Due implements ledger.Hooks.
func (a *assignment) Due(*ledger.Partition) { a.c.committer.add(a) }

// Marked implements ledger.Hooks.
func (a *assignment) Marked(_ *ledger.Partition, n int) { a.c.committer.policy.marked(n) }

// Freed implements ledger.Hooks.
func (a *assignment) Freed(*ledger.Partition) { a.c.nudge() }

// WakeAt implements ledger.Hooks. The timer's function runs without the
// partition's lock and asks the ledger again, so a timer that comes late or
// after the end does no harm.
func (a *assignment) WakeAt(_ *ledger.Partition, t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timer == nil {
		a.timer = time.AfterFunc(time.Until(t), a.Wake)
		return
	}
	a.timer.Reset(time.Until(t))
}

// fence is Fence, and keeps where the assignment ended.
func (a *assignment) fence() (last ledger.Commit, ok bool) {
	defer a.c.tx.fencing(a)()
	a.fencing.Lock()
	defer a.fencing.Unlock()
	_, committed := a.Committed()
	last, ok = a.Fence()
	if !a.fenced {
		a.fenced, a.ended = true, place{offset: last.Offset, metadata: last.Metadata, claim: ok, committed: committed && !ok}
	}
	return last, ok
}

// last is where the next assignment of the partition goes on.
func (a *assignment) last() place {
	a.fencing.Lock()
	defer a.fencing.Unlock()
	if a.ended.offset < 0 { // nothing was ever read
		return place{offset: a.start.ledger.Offset, metadata: a.start.ledger.Metadata, claim: a.start.ledger.Claim}
	}
	return a.ended
}

// end frees what the assignment holds; cause is what its contexts say.
func (a *assignment) end(cause error) {
	a.cancel(cause)
	a.conclude()
}

// conclude is end without the contexts: handlers that still run keep theirs.
func (a *assignment) conclude() {
	a.mu.Lock()
	if a.timer != nil {
		a.timer.Stop()
	}
	a.mu.Unlock()
	a.End()
}

func (a *assignment) event() event.Partition { return event.Partition{Topic: a.tp.Topic, ID: a.tp.ID} }
