package container

import (
	"errors"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

const commitTimeout = 3 * time.Second // for the last commit of a rebalance

var (
	errCommitBusy       = errors.New("an earlier commit was not answered in time: no last commit")
	errCommitUnanswered = errors.New("the last commit was not answered in time")
)

// lastCommit fences gone and commits what is settled. A commit that is still
// under way is waited for first, within the deadline: two of them must not
// overtake each other. Without an answer there is no last commit, because a
// duplicate is better than an offset that goes back.
func (c *consumer) lastCommit(gone []*assignment) error {
	if c.tx != nil {
		return c.tx.lastCommit(gone)
	}
	limit := c.stop.left(commitTimeout)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	if !c.committer.lock(timer.C) {
		fence(gone)
		return errCommitBusy
	}
	l := fence(gone)
	if limit == commitTimeout { // less may not be enough for an answer: it would land when they are another's
		c.addLast(&l, gone)
	}
	select {
	case err := <-c.committer.final(l):
		return err
	case <-timer.C:
		return errCommitUnanswered
	}
}

// addLast adds what a stop has sent of gone, which are ours, and not got through.
// The gate is held.
func (c *consumer) addLast(l *offsetList, gone []*assignment) {
	for i, a := range c.last.parts {
		if slices.Contains(gone, a) && a.Owed() {
			l.add(a, c.last.commits[i])
		}
	}
}

// fence fences gone and returns the last commits to make.
func fence(gone []*assignment) (l offsetList) {
	for _, a := range gone {
		if c, ok := a.fence(); ok {
			l.add(a, c)
		}
	}
	return l
}

// commitAll fences everything and commits what is settled, polling meanwhile.
// What nobody has confirmed of it in the end is abandoned, by name.
func (c *consumer) commitAll(b budget, until time.Time) {
	if c.tx != nil {
		if err := c.tx.commitAll(c.stop.left(b.commit)); err != nil {
			c.abandon("the last commit: " + err.Error())
		}
		return
	}
	locked := c.pumpCommit(c.committer.tryLock, b.commit, until)
	all := fence(c.pickAll())
	err := errCommitBusy
	if locked {
		err = c.sendLast(all, b, until)
	}
	if names := all.owed(); err != nil && names != "" {
		c.abandon("the last commit: " + names + ": " + err.Error())
	}
}

// sendLast sends l, with the gate. What a rebalance has overtaken is sent again:
// here what is still ours, by Revoked what it takes (c.last). The last error is
// why something of l may not be confirmed.
func (c *consumer) sendLast(l offsetList, b budget, until time.Time) (last error) {
	for {
		c.last = l
		err := c.pumpFinal(l, b.commit, until)
		if err != nil {
			last = err
		}
		if err == nil || !overtaken(err) || !c.restBefore(until) {
			return last
		}
		if !c.pumpCommit(c.committer.tryLock, b.commit, until) {
			return errCommitBusy
		}
		l = c.stillOurs(l) // if it is nothing, that gives the gate back
	}
}

// stillOurs leaves out what a rebalance has taken, or got through, meanwhile.
func (c *consumer) stillOurs(all offsetList) (l offsetList) {
	for i, a := range all.parts {
		if c.parts[a.tp] == a && a.Owed() {
			l.add(a, all.commits[i])
		}
	}
	return l
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
