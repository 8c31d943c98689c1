package container

import (
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

const (
	// pollWait is the longest that the loop sits in the client: what it is
	// asked to do waits no longer than that.
	pollWait = 100 * time.Millisecond
	// holdBack is how long the loop stops polling before it pauses what is
	// full. Not polling keeps the client's prefetch, pausing throws it away.
	holdBack = 900 * time.Millisecond
)

// run is the consumer's life, on one goroutine that alone touches the client.
// It takes what the client hands it, books it, and applies what it was asked
// to do. It never runs a handler and never waits for a commit, and it polls at
// least once a second, so a slow handler never costs the membership.
func (c *consumer) run() error {
	c.startWorkers()
	go c.committer.run()
	reason := c.subscribe()
	for reason == nil {
		select {
		case <-c.stop.asked:
			return c.finish(nil)
		case reason = <-c.failure:
			continue
		default:
		}
		c.applyPauses()
		if reason = c.watch(time.Now()); reason != nil || c.heldBack() {
			continue
		}
		c.turn.Reset()
		c.client.Next(c.limits(pollWait), &c.turn)
		reason = c.take()
	}
	select {
	case reason = <-c.failure: // a callback's or a handler's says more than what followed from it
	default:
	}
	return c.finish(reason)
}

func (c *consumer) subscribe() error {
	if err := c.client.Subscribe(c.spec.Topics, c); err != nil {
		return err
	}
	c.emit(event.ConsumerStarted{Consumer: c.name()})
	return nil
}

// take books what a turn brought.
func (c *consumer) take() error {
	for _, err := range c.turn.Errors {
		if fatal := c.clientError(err); fatal != nil {
			return fatal
		}
	}
	for i := range c.turn.Chunks {
		ch := &c.turn.Chunks[i]
		a := c.parts[ch.Partition]
		if a == nil || a.Epoch != ch.Epoch {
			continue // of an assignment that ended within this turn
		}
		if _, err := a.Track(ch.Records); err != nil {
			return &FatalError{Listener: c.spec.ID, Reason: "an offset went back", Err: err}
		}
	}
	return nil
}

// heldBack waits instead of polling while every partition is full, and reports
// whether it did. Past holdBack it lets the loop poll again, with the full
// partitions paused (see backPressure).
func (c *consumer) heldBack() bool {
	full, free := c.backPressure()
	if full == 0 || free > 0 {
		c.heldSince = time.Time{}
		return false
	}
	now := time.Now()
	if c.heldSince.IsZero() {
		c.heldSince = now
	}
	left := holdBack - now.Sub(c.heldSince)
	if left <= 0 {
		return false // everything is paused by now: poll, for the membership
	}
	timer := time.NewTimer(min(left, pollWait))
	defer timer.Stop()
	select {
	case <-c.wake:
	case <-timer.C:
	case <-c.stop.asked:
	}
	return true
}

// backPressure pauses full partitions and resumes those that have room again.
// It returns how many unpaused partitions are full and how many are not.
func (c *consumer) backPressure() (full, free int) {
	var pause, resume []broker.Partition
	held := !c.heldSince.IsZero() && time.Since(c.heldSince) >= holdBack
	for tp, a := range c.parts {
		reason := c.paused[tp]
		switch {
		case reason.by&byUser != 0:
		case a.Full() && reason.byPressure():
		case a.Full():
			full++
			pause = append(pause, tp)
		case reason.byPressure() && time.Since(reason.since) >= time.Second:
			resume = append(resume, tp)
		case reason.none():
			free++
		}
	}
	// One partition that is full must not hold up the others: pause it at
	// once. When all are full, not polling is cheaper, for a while.
	if len(pause) > 0 && (free > 0 || held) {
		c.pauseFor(pause, byPressure)
		full = 0
	}
	c.resumeFrom(resume, byPressure)
	return full, free + len(resume)
}

// pump keeps polling, and drops what comes, until done says so or d has
// passed. It is how the loop waits once it is ending.
func (c *consumer) pump(done func() bool, d time.Duration) bool {
	deadline := time.Now().Add(d)
	for !done() {
		left := time.Until(deadline)
		if left <= 0 {
			return false
		}
		c.turn.Reset()
		c.client.Next(c.limits(min(left, pumpWait)), &c.turn)
		for _, err := range c.turn.Errors {
			_ = c.clientError(err) // it is ending already
		}
	}
	return true
}

// pumpWait is the grain of the waits while ending.
const pumpWait = 10 * time.Millisecond
