package container

import (
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// The client calls the three methods below inside Next and Close, on the
// loop's goroutine: the one backward call of the house.

const cancelGrace = time.Second // for handlers whose context was cancelled

var _ broker.Owner = (*consumer)(nil)

// Assigned implements broker.Owner: every partition gets a new ledger, with a
// new epoch, from the position that the group has committed.
func (c *consumer) Assigned(parts []broker.Partition) []broker.Assignment {
	c.Lost(parts) // those that never went, if the client forgot to say so
	if c.ending || len(parts) == 0 {
		c.answered()
		return nil
	}
	seeks := c.callAssigned(parts)
	starts, err := c.starts(parts, seeks)
	if err != nil {
		c.callUnused(parts)
		c.fail(err)
		return nil
	}
	if c.client.AssignmentLost() { // while the positions were looked up
		// They may be another member's of this process already: to enter them
		// now would end what that one does with them.
		c.callUnused(parts)
		return nil
	}
	out := make([]broker.Assignment, 0, len(parts))
	said := event.Assigned{Consumer: c.name()}
	for i, tp := range parts {
		a := newAssignment(c, tp, starts[i])
		if c.shared.pauses.wants(tp) {
			a.Pause()
		}
		c.shared.zombies.enter(a)
		c.parts[tp] = a
		out = append(out, broker.Assignment{
			Partition: tp, Epoch: a.Epoch,
			Start: broker.Offset{Partition: tp, Offset: starts[i].position, LeaderEpoch: -1},
		})
		said.Partitions = append(said.Partitions, a.event())
		said.Starts = append(said.Starts, starts[i].position)
	}
	c.publish()
	c.pausesSeen = 0
	for _, tp := range parts {
		c.parts[tp].Open()
	}
	c.emit(said)
	c.answered()
	return out
}

// Revoked implements broker.Owner: drain, fence and snapshot under the lock,
// one bounded commit, and only then does the client give the partitions back.
func (c *consumer) Revoked(parts []broker.Partition) {
	began := time.Now()
	gone := c.pick(parts)
	if len(gone) == 0 {
		return
	}
	left := c.drain(gone)
	c.callBefore(gone, c.spec.RevokeTimeout, c.inside)
	err := c.lastCommit(gone)
	said := event.Revoked{Consumer: c.name(), Abandoned: left, Err: err}
	for _, a := range gone {
		said.Partitions = append(said.Partitions, a.event())
	}
	c.release(gone, listener.ErrRevoked)
	c.callAfter(gone, c.spec.RevokeTimeout, c.inside)
	said.Took = time.Since(began)
	c.emit(said)
}

// Lost implements broker.Owner: somebody else has the partitions already, so
// nothing is waited for and nothing is committed.
func (c *consumer) Lost(parts []broker.Partition) {
	gone := c.pick(parts)
	if len(gone) == 0 {
		return
	}
	said := event.Lost{Consumer: c.name()}
	for _, a := range gone {
		a.fence()
		said.Partitions = append(said.Partitions, a.event())
	}
	c.release(gone, listener.ErrRevoked)
	c.emit(said)
	c.callLost(partitionsOf(gone))
}

func (c *consumer) pick(parts []broker.Partition) []*assignment {
	var out []*assignment
	for _, tp := range parts {
		if a := c.parts[tp]; a != nil {
			out = append(out, a)
		}
	}
	return out
}

// drain starts nothing more and waits for the running handlers: first in
// peace, then with their contexts cancelled. It returns which handlers still run.
func (c *consumer) drain(gone []*assignment) []string {
	gone = c.shared.zombies.withOlder(gone)
	for _, a := range gone {
		a.Drain()
	}
	c.tx.end(c.spec.RevokeTimeout + cancelGrace)
	if waitDrained(gone, c.spec.RevokeTimeout, c.stop.hurry) {
		return nil
	}
	for _, a := range gone {
		a.cancel(listener.ErrRevoked)
	}
	if waitDrained(gone, c.stop.left(cancelGrace), nil) {
		return nil
	}
	return c.handlers(gone...)
}

// waitDrained waits until no handler of gone runs, for at most d or until
// hurry is closed.
func waitDrained(gone []*assignment, d time.Duration, hurry <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for _, a := range gone {
		select {
		case <-a.Drain():
		case <-timer.C:
			return false
		case <-hurry:
			return false
		}
	}
	return true
}

// release forgets gone. Handlers that still run become zombies: the same
// partition starts here again only when they have returned.
func (c *consumer) release(gone []*assignment, cause error) {
	for _, a := range gone {
		a.end(cause)
		c.shared.zombies.leave(a)
		c.resolveStall(a)
		delete(c.parts, a.tp)
		delete(c.paused, a.tp)
		c.shared.places.leave(a)
	}
	c.publish()
}
