package container

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// applySeeks carries out what users have asked for, one job at a time, in steps
// that never wait: the loop goes on polling while positions are looked up and
// while the committer is busy.
func (c *consumer) applySeeks() {
	select {
	case job := <-c.found:
		c.beginSeek(job)
	case job := <-c.parted:
		c.endSeek(job)
	default:
	}
	if c.seek != nil {
		return
	}
	if c.seek = c.seeks.take(); c.seek != nil {
		c.asking.Add(1)
		go c.lookUpSeek(c.seek)
	}
}

// seekWait is how long the loop may sit in the client while a seek is under way.
func (c *consumer) seekWait(d time.Duration) time.Duration {
	if c.seek != nil {
		return pumpWait
	}
	return d
}

// lookUpSeek is the first step, on a goroutine of its own.
func (c *consumer) lookUpSeek(job *seekJob) {
	defer c.asking.Add(-1)
	asks := make([]ask, len(job.moves))
	for i, m := range job.moves {
		asks[i] = ask{tp: m.tp, to: job.to, live: job.to.Kind == spec.FromCurrent}
	}
	starts, err := c.resolve(asks)
	for i := range starts {
		job.moves[i].start = starts[i]
	}
	job.lookup = err
	c.found <- job
	c.nudge()
}

// beginSeek hands the old ledgers to the committer, which has the last word on
// what they have settled.
func (c *consumer) beginSeek(job *seekJob) {
	if job != c.seek {
		return
	}
	if job.lookup != nil {
		c.seekDone(job, job.lookup)
		return
	}
	if !job.state.CompareAndSwap(seekAsked, seekBegun) {
		c.seekDone(job, context.Canceled)
		return
	}
	for i := range job.moves {
		job.moves[i].old = c.parts[job.moves[i].tp] // nil if it went meanwhile
	}
	c.committer.seeks <- job // has room: there is one job at a time
}

// endSeek moves the client and opens the new ledgers.
func (c *consumer) endSeek(job *seekJob) {
	if job != c.seek {
		return
	}
	var errs error
	for _, m := range job.moves {
		switch {
		case m.old == nil || c.parts[m.tp] != m.old:
			errs = errors.Join(errs, fmt.Errorf("%s[%d]: %w", m.tp.Topic, m.tp.ID, ErrNotAssigned))
			continue
		case job.to.Kind == spec.FromCurrent:
			m.start = at(m.start.shifted(m.from, job.to.N))
		}
		if err := c.replace(m.old, m.start, m.from); err != nil {
			// Its ledger is over: only a new assignment reads it again.
			c.fail(opError("seek", err))
			errs = errors.Join(errs, err)
		}
	}
	c.seekDone(job, errs)
}

func (c *consumer) seekDone(job *seekJob, err error) {
	c.seek = nil
	job.err = err
	close(job.done)
	if job.async {
		c.clientFault("seek to "+job.to.String(), err)
	}
}

// dropSeeks answers everybody who still waits for a seek of a consumer that ends.
func (c *consumer) dropSeeks() {
	err := ErrNotAssigned
	select {
	case <-c.stop.asked:
		err = ErrNotRunning
	default:
	}
	jobs := c.seeks.close()
	if c.seek != nil {
		jobs = append(jobs, c.seek)
	}
	for _, job := range jobs {
		c.seekDone(job, err)
	}
}

// replace puts a new ledger, with a new epoch, in the place of old, which is
// fenced. It waits for the handlers of old that still run.
func (c *consumer) replace(old *assignment, s start, from int64) error {
	a := newAssignment(c, old.tp, s)
	if err := c.client.Seek(broker.Offset{Partition: a.tp, Offset: s.position, LeaderEpoch: -1}, a.Epoch); err != nil {
		a.cancel(err)
		return err
	}
	if c.shared.pauses.wants(a.tp) {
		a.Pause()
	}
	c.shared.zombies.enter(a)
	if returned(old) {
		old.cancel(listener.ErrRevoked) // else when they have returned
	}
	c.resolveStall(old)
	c.parts[a.tp] = a
	c.publish()
	c.pausesSeen = 0
	c.resumeFrom([]broker.Partition{a.tp}, byPressure)
	a.Open()
	c.emit(event.Sought{Consumer: c.name(), Partition: a.event(), From: from, To: s.position})
	return nil
}

// rewritten is what follows when an offset went back: the log was cut, or its
// topic was made again, and the client has gone where auto-offset-reset sent
// it. The old ledger is about another log: nothing of it is committed any more.
// The new one is claimed at once, so that a restart does not go on at an offset
// of the old log.
func (c *consumer) rewritten(a *assignment, err error) error {
	back, ok := errors.AsType[*ledger.RegressionError](err)
	if !ok {
		return err
	}
	c.clientFault("a new start", err)
	a.fence()
	from := a.Stats().Next
	a.conclude()
	s := at(back.Offset)
	s.ledger.Claim = true
	return c.replace(a, s, from)
}
