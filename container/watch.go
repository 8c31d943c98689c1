package container

import (
	"fmt"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

const (
	watchEvery = 50 * time.Millisecond
	// stallAfter is how long a partition may stand before it is reported.
	stallAfter = time.Minute
)

// watch is the loop's look around: handlers that run too long, partitions that
// stand, what it waits for. It returns why the consumer has to end, or nil.
func (c *consumer) watch(now time.Time) error {
	if now.Sub(c.beat) < watchEvery {
		return nil
	}
	c.beat = now
	for _, a := range c.parts {
		c.watchStall(a, now)
	}
	c.shared.pauseReached()
	for _, w := range c.workers {
		if err := c.watchWorker(w, now); err != nil {
			return err
		}
	}
	c.watchAssigned(now)
	c.watchIdle(now)
	c.member.setCondition(c.look(now))
	return nil
}

// watchWorker cancels a handler that has run for handler-timeout, and gives
// the membership up when it has run for twice that: the loop's polling hides a
// hung handler from Kafka, so the framework has to say it.
func (c *consumer) watchWorker(w *worker, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := &w.now
	if !w.inside.Load() {
		return nil
	}
	b.timed(now)
	ran := now.Sub(b.since)
	said := event.HandlerOverdue{Consumer: c.name(), Partition: b.a.event(), Offset: b.offset, Running: ran}
	if ran >= c.spec.HandlerTimeout && !b.overdue {
		b.overdue = true
		b.rc.cancel(listener.ErrHandlerTimeout)
		b.rc.over = true
		c.emit(said)
	}
	if ran < 2*c.spec.HandlerTimeout || b.left || b.a.ctx.Err() != nil {
		return nil // in time, said before, or of an assignment that is over
	}
	b.left = true
	said.Leaving = c.spec.OnHang != spec.HangStays
	c.emit(said)
	if said.Leaving {
		return &HungError{Listener: c.spec.ID, Handler: b.String()}
	}
	return nil
}

// stall is what the watch remembers of a partition.
type stall struct {
	head  int64
	since time.Time
	said  string // the reason that was reported, "" for none
	key   bool   // it is about the ordering key function
}

// watchKey reports a partition whose ordering key function does not come back.
func (c *consumer) watchKey(a *assignment, now time.Time) bool {
	offset, since, late := c.keyOverdue(a, now)
	if a.stall.key && (!late || a.stall.head != offset) {
		c.resolveStall(a)
		a.stall = stall{}
	}
	if !late || a.stall.key {
		return late
	}
	c.resolveStall(a)
	a.stall = stall{head: offset, since: since, said: keyReason(offset), key: true}
	c.emit(event.Stalled{Consumer: c.name(), Partition: a.event(), Offset: offset, Reason: a.stall.said, Since: since})
	return true
}

func (c *consumer) watchStall(a *assignment, now time.Time) {
	if c.watchKey(a, now) {
		return
	}
	s := a.Stats()
	if s.Head < 0 || s.Head != a.stall.head || s.HeadLater || a.stall.since.IsZero() {
		c.resolveStall(a)
		a.stall = stall{head: s.Head, since: now}
		if s.Head < 0 {
			return
		}
	}
	t := a.troubleAt(s.Head)
	held := t != nil && t.held && s.HeadWaiting
	if a.stall.said != "" || (now.Sub(a.stall.since) < stallAfter && !s.OutOfSlots && !s.HeadBlocks && !held) {
		return
	}
	a.stall.said = c.stallReason(a, s, t)
	if t != nil && t.since.Before(a.stall.since) {
		a.stall.since = t.since
	}
	c.emit(event.Stalled{
		Consumer: c.name(), Partition: a.event(), Offset: s.Head,
		Reason: a.stall.said, Since: a.stall.since,
	})
}

func (c *consumer) stallReason(a *assignment, s ledger.Stats, t *trouble) string {
	switch {
	case s.HeadBlocks:
		return fmt.Sprintf("offset %d %s, and holds up the partition: its window is full, and %d of its %d records are done", s.Head, headState(s), s.Done, s.Unsettled)
	case s.HeadOpen && s.OutOfSlots:
		return fmt.Sprintf("offset %d was never acknowledged, and %d records after it are held: the partition takes no more", s.Head, s.Unsettled-1)
	case s.HeadOpen:
		return fmt.Sprintf("offset %d was never acknowledged: nothing after it is committed", s.Head)
	case s.HeadWaiting && t != nil:
		return t.reason()
	case s.HeadWaiting:
		return fmt.Sprintf("offset %d failed or was nacked, and waits to be delivered again", s.Head)
	case s.Paused:
		return "the partition is paused"
	case s.Held:
		return "a handler of an earlier assignment has not returned"
	case s.Running > 0 && c.recoveries.of(a) != nil:
		return fmt.Sprintf("the recoverer of offset %d has not returned", s.Head)
	case s.Running > 0:
		return fmt.Sprintf("the handler of offset %d has not returned", s.Head)
	default:
		return fmt.Sprintf("offset %d waits for its turn or for a commit", s.Head)
	}
}

// headState says what the lowest unsettled record is about.
func headState(s ledger.Stats) string {
	switch {
	case s.HeadOpen:
		return "was never acknowledged"
	case s.HeadWaiting:
		return "failed or was nacked, and waits to be delivered again"
	default:
		return "has not come to its end"
	}
}

func (c *consumer) resolveStall(a *assignment) {
	if a.stall.said == "" {
		return
	}
	c.emit(event.Stalled{
		Consumer: c.name(), Partition: a.event(), Offset: a.stall.head,
		Reason: a.stall.said, Since: a.stall.since, Resolved: true,
	})
	a.stall.said = ""
}
