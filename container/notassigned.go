package container

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
)

const (
	// notAssignedAfter is how long a consumer may be without partitions unseen.
	notAssignedAfter = 10 * time.Second
	// askEvery is how often the cluster is asked what is missing.
	askEvery = 10 * time.Second
	// idleAskEvery is the same for a member for which there is no partition.
	idleAskEvery = time.Minute
)

// waiting is what the watch knows of a consumer that has no partitions, or
// whose broker is gone. It belongs to the loop.
type waiting struct {
	since   time.Time // without partitions; zero while there are some
	seen    int       // of consumer.assigns, when it last had partitions
	suspect time.Time // since when something is said to be missing: brokers, or one of the topics
	said    string    // the reason that was reported, "" for none
	idle    bool      // nothing is wrong: there are more members than partitions
	lack    *lack     // what the cluster lacks
	outside bool      // the group refused the assignor
}

// doubt has the watch ask the cluster until nothing is missing.
func (w *waiting) doubt(now time.Time) {
	if w.suspect.IsZero() {
		w.suspect = now
	}
}

// answered notes that the group has given partitions, or none.
func (c *consumer) answered() {
	c.assigns++
	c.member.firstAssigned()
}

// watchAssigned says what a consumer without partitions waits for. The client
// does not say it, or only at the beginning, so the cluster is asked.
func (c *consumer) watchAssigned(now time.Time) {
	w := &c.waiting
	if len(c.parts) > 0 {
		c.resolveWaiting()
		if !w.since.IsZero() && w.lack != nil && !errors.Is(w.lack.kind, ErrNoBroker) {
			// What was missing has come, or a part of it: it is asked afresh.
			w.lack, w.suspect, c.prober.next = nil, now, time.Time{}
		}
		w.since, w.seen, w.outside = time.Time{}, c.assigns, false
		if w.suspect.IsZero() {
			w.lack = nil
			return
		}
	} else if w.since.IsZero() {
		w.since = now
	}
	overdue := !w.since.IsZero() && (now.Sub(w.since) >= notAssignedAfter || w.outside || c.member.impatient.Load())
	if !overdue && w.suspect.IsZero() {
		w.lack = nil
		return
	}
	every := askEvery
	if w.idle {
		every = idleAskEvery
	}
	c.prober.ask(c, now, every)
	if f := c.prober.found.Load(); f != nil && !f.asked.Before(w.begin()) {
		c.heed(f, overdue)
	}
}

// begin is the moment before which an answer says nothing.
func (w *waiting) begin() time.Time {
	if w.since.IsZero() || (!w.suspect.IsZero() && w.suspect.Before(w.since)) {
		return w.suspect
	}
	return w.since
}

// heed takes an answer.
func (c *consumer) heed(f *finding, overdue bool) {
	w := &c.waiting
	w.lack = f.lack
	if f.lack == nil {
		w.suspect = time.Time{}
	}
	if !overdue {
		return
	}
	reason, idle := c.waitsFor(f)
	if reason == w.said {
		return
	}
	w.said, w.idle = reason, idle
	c.emit(event.NotAssigned{Consumer: c.name(), Reason: reason, Since: w.since, Idle: idle})
	if idle {
		c.member.setCondition(c.look(time.Now())) // first: who has waited for the start may ask for the health at once
		c.member.firstAssigned()
	}
}

// waitsFor is the reason in words. idle says that it is no trouble.
func (c *consumer) waitsFor(f *finding) (reason string, idle bool) {
	switch {
	case f.lack != nil:
		return f.lack.what, false
	case len(c.spec.Partitions) > 0:
		return "idle member: the listener has more consumers than partitions", true
	case f.partitions == 0:
		return "waits for a topic that matches the pattern", false
	case c.assigns > c.waiting.seen || c.spec.Client["group.protocol"] == "consumer":
		// Under that protocol the client hears nothing where there is nothing new.
		return fmt.Sprintf("idle member: the group has more consumers than the %d partitions", f.partitions), true
	default:
		return fmt.Sprintf("a rebalance is under way, or the group has more consumers than the %d partitions", f.partitions), false
	}
}

// resolveWaiting says that the consumer has partitions again, or has ended.
func (c *consumer) resolveWaiting() {
	w := &c.waiting
	if w.said == "" {
		return
	}
	c.emit(event.NotAssigned{Consumer: c.name(), Reason: w.said, Since: w.since, Idle: w.idle, Resolved: true})
	w.said, w.idle = "", false
}

// A finding is what the cluster answered.
type finding struct {
	asked      time.Time
	lack       *lack // nil: all topics are there
	partitions int
}

// A prober asks the cluster for the listener's topics from a goroutine of its
// own, one question at a time. The loop alone calls its methods.
type prober struct {
	next  time.Time
	busy  atomic.Bool
	found atomic.Pointer[finding]
}

// ask asks unless a question is under way or was asked within every.
func (p *prober) ask(c *consumer, now time.Time, every time.Duration) {
	if now.Before(p.next) {
		return
	}
	if p.busy.Swap(true) {
		return
	}
	p.next = now.Add(every)
	outside := c.waiting.outside
	c.asking.Add(1)
	go func() {
		defer c.asking.Add(-1)
		defer p.busy.Store(false)
		topics, err := c.client.Topics(c.spec.literalTopics(), askTimeout)
		f := &finding{asked: now, lack: c.spec.lacks(topics, err), partitions: c.spec.partitions(topics)}
		if f.lack == nil && outside {
			f.lack = c.spec.clash()
		}
		p.found.Store(f)
	}()
}
