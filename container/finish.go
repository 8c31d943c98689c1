package container

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A budget divides the time that a stop may take.
type budget struct{ whole, handlers, grace, commit, close time.Duration }

// divide shares a whole like the default of 25 s: handlers 15, grace 1, commit
// 3, close 6.
func divide(whole time.Duration) budget {
	part := whole / 25
	return budget{whole: whole, handlers: 15 * part, grace: part, commit: 3 * part, close: 6 * part}
}

// A stopSignal is how a consumer hears that it has to stop, and until when.
type stopSignal struct {
	once  sync.Once
	asked chan struct{}
	// hurry is closed when handlers have had their time: a drain inside a
	// rebalance callback ends by it, too.
	hurry  chan struct{}
	budget budget
	at     time.Time // of the request: the budget runs from here
	end    time.Time // of all waits; what is left then is abandoned, and named
}

func newStopSignal() *stopSignal {
	return &stopSignal{asked: make(chan struct{}), hurry: make(chan struct{})}
}

// ask requests the stop. The first request counts.
func (s *stopSignal) ask(b budget) {
	s.once.Do(func() {
		s.budget, s.at = b, time.Now()
		s.end = s.at.Add(b.whole - b.grace)
		close(s.asked)
		time.AfterFunc(b.handlers, func() { close(s.hurry) })
	})
}

// left is d, but no more than what a stop that was asked for has left: the parts
// of a budget may add up to more than the whole where everything hangs.
func (s *stopSignal) left(d time.Duration) time.Duration {
	select {
	case <-s.asked:
		return min(d, max(time.Until(s.end), 0))
	default:
		return d
	}
}

// finish ends the consumer while it still polls: drain, last commit, join the
// committer, close. reason is why, nil for a stop that was asked for.
func (c *consumer) finish(reason error) error {
	c.ending = true
	close(c.over)
	c.dropSeeks()
	b := c.finishBudget(reason)
	began := time.Now()
	until := began.Add(b.commit)
	if reason == nil {
		until = until.Add(b.handlers + b.grace)
	}
	c.drainAll(b)
	c.callBefore(c.pickAll(), c.callbackTime(b.handlers-time.Since(began), b), c.polling)
	c.commitAll(b, until)
	gone := c.pickAll()
	c.abandonKeys(gone)
	c.release(gone, listener.ErrRevoked)
	c.callAfter(gone, c.callbackTime(b.commit, b), c.polling)
	if late := c.shared.late.of(c.index); late != nil {
		c.abandon(late.String())
	}
	c.shared.places.free(c, func(broker.Partition) bool { return false })
	c.ready.close()
	c.tx.close()
	switch {
	case !c.join(b, until):
		// Close beside a running commit is a crash: leave the client behind and say so.
		c.abandon("the client: a commit was not answered, so it was not closed")
		go c.closeLate()
	case !c.pump(func() bool { return c.asking.Load() == 0 }, b.close):
		c.abandon("the client: a look-up was not answered, so it was not closed")
		go c.closeLate()
	default:
		c.closeClient()
	}
	if len(c.handlers()) == 0 {
		c.working.Wait()
	}
	c.emit(event.ConsumerEnded{Consumer: c.name(), Err: reason, Abandoned: c.abandoned})
	return reason
}

func (c *consumer) abandon(what string) {
	c.leaving.Lock()
	defer c.leaving.Unlock()
	c.abandoned = append(c.abandoned, fmt.Sprintf("%s/%d: %s", c.spec.ID, c.index, what))
}

// unfinished names what the end of the consumer has abandoned so far, or else waits for.
func (c *consumer) unfinished() []string {
	c.leaving.Lock()
	defer c.leaving.Unlock()
	if len(c.abandoned) > 0 {
		return slices.Clone(c.abandoned)
	}
	out := c.handlers()
	for i, h := range out {
		out[i] = fmt.Sprintf("%s/%d: %s", c.spec.ID, c.index, h)
	}
	return out
}

// finishBudget is the stop's own, or the default one where the consumer ends by
// itself. A hung handler has had its time.
func (c *consumer) finishBudget(reason error) budget {
	select {
	case <-c.stop.asked:
		// The loop may have been inside a callback when it was asked.
		b := c.stop.budget
		b.handlers = max(b.handlers-time.Since(c.stop.at), 0)
		return b
	default:
	}
	b := divide(c.spec.ShutdownTimeout)
	if isHung(reason) {
		// It has had its time; the healthy ones get what a revoke would give them.
		b.handlers = min(b.handlers, c.spec.RevokeTimeout)
	}
	return b
}

// callbackTime is what a rebalance callback may take of what is left of a
// stop's time: revoke-timeout at most, the grace in any case.
func (c *consumer) callbackTime(left time.Duration, b budget) time.Duration {
	return min(c.spec.RevokeTimeout, max(left, b.grace))
}

func (c *consumer) pickAll() []*assignment {
	out := make([]*assignment, 0, len(c.parts))
	for _, a := range c.parts {
		out = append(out, a)
	}
	return out
}

// drainAll waits for the running handlers, polling meanwhile, and cancels
// their contexts when their time is over.
func (c *consumer) drainAll(b budget) {
	var parts []broker.Partition
	for tp, a := range c.parts {
		a.Drain()
		parts = append(parts, tp)
	}
	c.tx.end(b.handlers + b.grace)
	older := c.shared.zombies.withOlder(c.pickAll())
	if len(parts) > 0 {
		c.clientFault("pause", c.client.Pause(parts)) // nobody will take what comes
	}
	if c.pump(c.drained, b.handlers) {
		return
	}
	for _, a := range append(older, c.pickAll()...) {
		a.cancel(listener.ErrStopping)
	}
	if c.pump(c.drained, b.grace) {
		return
	}
	for _, run := range c.handlers() {
		c.abandon(run)
	}
}

// drained reports whether no handler runs any more; one that a revoke has
// abandoned counts as well.
func (c *consumer) drained() bool {
	for _, a := range c.parts {
		if !returned(a) {
			return false
		}
	}
	return len(c.handlers()) == 0
}
