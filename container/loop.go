package container

import (
	"time"

	"github.com/hearken-go/hearken/event"
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
		if reason = c.applyPartitions(); reason != nil {
			continue
		}
		c.applySeeks()
		if reason = c.applyKeys(0); reason != nil {
			continue
		}
		if reason = c.watch(time.Now()); reason != nil || c.heldBack() {
			continue
		}
		c.turn.Reset()
		c.client.Next(c.limits(c.keyWait(c.seekWait(pollWait))), &c.turn)
		reason = c.take()
	}
	select {
	case reason = <-c.failure: // a callback's or a handler's says more than what followed from it
	default:
	}
	return c.finish(reason)
}

func (c *consumer) subscribe() error {
	if c.own != nil {
		c.asking.Add(1)
		go c.watchTopics()
	} else if err := c.client.Subscribe(c.spec.Topics, c); err != nil {
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
	if len(c.turn.Chunks) == 0 {
		c.spare.Shed()
	}
	for i := range c.turn.Chunks {
		ch := &c.turn.Chunks[i]
		a := c.parts[ch.Partition]
		if a == nil || a.Epoch != ch.Epoch {
			continue // of an assignment that ended within this turn
		}
		c.sawRecords(a)
		c.weight.came += len(ch.Records)
		if err := c.came(a, ch.Records); err != nil {
			return err
		}
	}
	return c.applyKeys(keyPatience)
}

// pump keeps polling, and drops what comes, until done says so, or d or a
// stop's time has passed. It is how the loop waits once it is ending.
func (c *consumer) pump(done func() bool, d time.Duration) bool {
	deadline := time.Now().Add(d)
	for !done() {
		left := c.stop.left(time.Until(deadline))
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
