package container

import (
	"errors"
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
	if err := c.commitAll(b, until); err != nil {
		c.abandon("the last commit: " + err.Error())
	}
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

// commitAll fences everything and commits what is settled, polling meanwhile.
// A commit that a rebalance has overtaken is sent again, for what is still ours;
// what it has taken went with a last commit of its own (Revoked). An error is
// about what nobody has confirmed.
func (c *consumer) commitAll(b budget, until time.Time) error {
	if c.tx != nil {
		return c.tx.commitAll(c.stop.left(b.commit))
	}
	if !c.pumpCommit(c.committer.tryLock, b.commit, until) {
		fence(c.pickAll())
		return errCommitBusy
	}
	all := fence(c.pickAll())
	err := c.sendLast(all, b, until)
	if left := all.owed(); err != nil && left != "" {
		return fmt.Errorf("%s: %w", left, err)
	}
	return nil
}

// sendLast sends l with the gate, and what is refused of it again. It returns
// the first error: what was refused and then sent is not owed any more.
func (c *consumer) sendLast(l offsetList, b budget, until time.Time) (first error) {
	for {
		err := c.pumpFinal(l, b.commit, until)
		if first == nil {
			first = err
		}
		if err == nil || !overtaken(err) || !c.restBefore(until) {
			return first
		}
		if l = fence(c.pickAll()); len(l.parts) == 0 {
			return first
		}
		if !c.pumpCommit(c.committer.tryLock, b.commit, until) {
			return errCommitBusy
		}
	}
}

// pumpFinal hands a last commit over, with the gate, and waits for its answer.
func (c *consumer) pumpFinal(l offsetList, part time.Duration, until time.Time) error {
	answer := c.committer.final(l)
	var err error
	answered := c.pumpCommit(func() bool {
		select {
		case err = <-answer:
			return true
		default:
			return false
		}
	}, part, until)
	if !answered {
		return errCommitUnanswered
	}
	return err
}

// overtaken reports whether a commit may be taken when it is sent again.
func overtaken(err error) bool {
	ce, ok := errors.AsType[*broker.ClientError](err)
	return ok && (ce.Class == broker.Fenced || ce.Class == broker.Retriable)
}

// restBefore polls for a moment, before a commit is sent again. It reports
// false where that is too late, or no broker answers.
func (c *consumer) restBefore(until time.Time) bool {
	c.pump(func() bool { return false }, min(firstRetry, max(time.Until(until), 0)))
	return time.Now().Before(until) && c.waiting.suspect.IsZero()
}

// pumpCommit waits for a commit: for its part of the stop, and up to until,
// which is what handlers have not used, unless no broker answers. In the middle
// of a rebalance the answer waits for all other members, too: the broker takes a
// client's requests in order, and its JoinGroup is before the commit.
func (c *consumer) pumpCommit(done func() bool, part time.Duration, until time.Time) (answered bool) {
	if c.pump(done, part) {
		return true
	}
	c.pump(func() bool {
		answered = done()
		return answered || !c.waiting.suspect.IsZero()
	}, time.Until(until))
	return answered
}
