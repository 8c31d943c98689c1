package container

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// commitPatience is how long commits may fail before health says so: a rebalance
// refuses some, and nobody has to look.
const commitPatience = 10 * time.Second

// look is the consumer's health, worst first.
func (c *consumer) look(now time.Time) condition {
	switch l := c.waiting.lack; {
	case l == nil, len(c.parts) == 0 && l.isTopic() && c.waiting.said == "": // it may be just about to come
	case len(c.parts) == 0 || errors.Is(l.kind, ErrNoBroker):
		return condition{status: HealthDown, reason: l.what}
	default:
		return condition{status: HealthDegraded, reason: l.what + ", reads the others"}
	}
	for _, w := range c.workers {
		if b := w.current(); b.a != nil && b.overdue {
			return condition{
				status: HealthDegraded,
				reason: fmt.Sprintf("the handler of %s@%d runs past its handler-timeout", partitionName(b.a.tp), b.offset),
			}
		}
	}
	if a := c.firstStalled(); a != nil {
		return condition{status: HealthDegraded, reason: partitionName(a.tp) + " does not move: " + a.stall.said}
	}
	if t := c.committer.trouble.Load(); t != nil && len(c.parts) > 0 && now.Sub(t.since) >= commitPatience {
		what := "commits"
		if c.tx != nil {
			what = "transactions"
		}
		return condition{status: HealthDegraded, reason: what + " fail: " + t.err.Error()}
	}
	return c.lookAtAssignment()
}

func (c *consumer) lookAtAssignment() condition {
	switch {
	case len(c.parts) > 0:
		return condition{status: HealthUp}
	case c.waiting.said != "" && c.waiting.idle:
		return condition{status: HealthUp, reason: c.waiting.said}
	case c.waiting.said != "":
		return condition{status: HealthDegraded, reason: c.waiting.said}
	case c.assigns == 0 && c.before.status == HealthDown:
		return condition{status: HealthDown, reason: c.before.reason} // until it has proven itself
	case c.assigns == 0:
		return condition{status: HealthDegraded, reason: reasonStarting}
	default:
		return condition{status: HealthUp} // between two assignments
	}
}

// firstStalled is the first partition, by name, that was reported as stalled
// and is not paused by request.
func (c *consumer) firstStalled() (first *assignment) {
	for tp, a := range c.parts {
		if a.stall.said == "" || c.paused[tp].by&byUser != 0 {
			continue
		}
		if first == nil || before(a, first) {
			first = a
		}
	}
	return first
}

func before(a, b *assignment) bool {
	if d := strings.Compare(a.tp.Topic, b.tp.Topic); d != 0 {
		return d < 0
	}
	return a.tp.ID < b.tp.ID
}
