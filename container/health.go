package container

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// A HealthStatus says how a listener is.
type HealthStatus uint8

// The statuses, from well to worse. Stopped is neither: nobody asked it to run.
const (
	HealthStopped  HealthStatus = iota + 1
	HealthUp                    // it reads, or has nothing to read
	HealthDegraded              // it runs, but not all of it moves
	HealthDown                  // nothing is read, or it has ended by itself
)

// String returns "stopped", "up", "degraded" or "down".
func (s HealthStatus) String() string {
	switch s {
	case HealthStopped:
		return "stopped"
	case HealthUp:
		return "up"
	case HealthDegraded:
		return "degraded"
	case HealthDown:
		return "down"
	default:
		return fmt.Sprintf("HealthStatus(%d)", uint8(s))
	}
}

// MarshalText returns what String does: a health is mostly shown as JSON.
func (s HealthStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Health is how a listener is, and why; the package documentation has the
// table of reasons. Reason is "" where all is well.
type Health struct {
	Listener  string           `json:"listener"`
	Status    HealthStatus     `json:"status"`
	Reason    string           `json:"reason,omitempty"`
	Since     time.Time        `json:"since"` // of this status and reason
	Consumers []ConsumerHealth `json:"consumers,omitempty"`
}

// A ConsumerHealth is how one group member is.
type ConsumerHealth struct {
	Index      int               `json:"index"`
	Status     HealthStatus      `json:"status"`
	Reason     string            `json:"reason,omitempty"`
	Since      time.Time         `json:"since"`
	RetryAt    time.Time         `json:"retryAt,omitzero"` // when its client is made again; zero where it has one
	Partitions []event.Partition `json:"partitions,omitempty"`
	// Failing has the oldest failing record of each partition that has one, the
	// oldest first. Redeliveries that were asked for by a nack are not failures.
	Failing []FailingRecord `json:"failing,omitempty"`
}

// A condition is a member's health, as its own goroutine sees it.
type condition struct {
	status HealthStatus
	reason string
	since  time.Time
	retry  time.Time
}

const reasonStarting = "starting: no partition was assigned yet"

// setCondition is for the member's goroutine. It costs nothing where nothing changed.
func (m *member) setCondition(next condition) {
	if old := m.condition.Load(); old.status == next.status && old.reason == next.reason && old.retry.Equal(next.retry) {
		return
	}
	next.since = time.Now()
	m.condition.Store(&next)
	m.k.noteHealth()
}

// A healthBook is what was said last of a listener's health.
type healthBook struct {
	mu     sync.Mutex
	status HealthStatus
	reason string
	since  time.Time
}

// Health returns how the listener is now.
func (k *Container) Health() Health {
	k.mu.Lock()
	lived := k.life != nil
	k.mu.Unlock()
	if !lived {
		return k.look() // nothing was ever to be reported
	}
	return k.noteHealth()
}

// noteHealth looks at the listener and reports a change. k.mu is not held.
func (k *Container) noteHealth() Health {
	k.health.mu.Lock()
	defer k.health.mu.Unlock()
	h := k.look()
	if h.Status != k.health.status || h.Reason != k.health.reason {
		k.health.status, k.health.reason, k.health.since = h.Status, h.Reason, time.Now()
		k.shared.emit.emit(event.HealthChanged{Listener: h.Listener, Status: h.Status.String(), Reason: h.Reason})
	}
	h.Since = k.health.since
	return h
}

func (k *Container) look() Health {
	k.mu.Lock()
	state, members, why, err := k.state, k.members, k.why, k.err
	k.mu.Unlock()
	h := Health{Listener: k.spec.ID}
	switch state {
	case Stopped:
		h.Status, h.Reason = HealthStopped, why
	case Failed:
		h.Status, h.Reason = HealthDown, "ended: "+err.Error()
	case Starting:
		h.Status, h.Reason = HealthDegraded, reasonStarting
	default:
		for _, m := range members {
			h.Consumers = append(h.Consumers, m.health())
		}
		h.Status, h.Reason = worst(h.Consumers)
		switch {
		case state == Stopping && err != nil:
			h.Status, h.Reason = HealthDown, "ends: "+err.Error()
		case state == Stopping:
			h.Status, h.Reason = HealthStopped, "stopping"
		case h.Status == HealthUp && k.shared.pauses.itself() != "":
			h.Status, h.Reason = HealthDegraded, "it has paused itself: "+k.shared.pauses.itself()
		case h.Status == HealthUp:
			if asked := k.shared.pauses.asked(); asked != "" {
				h.Reason = asked
			}
		}
	}
	return h
}

func (m *member) health() ConsumerHealth {
	c := m.condition.Load()
	h := ConsumerHealth{Index: m.index, Status: c.status, Reason: c.reason, Since: c.since, RetryAt: c.retry}
	if now := m.now.Load(); now != nil {
		live := *now.live.Load()
		for _, a := range live {
			h.Partitions = append(h.Partitions, a.event())
		}
		h.Failing = failing(live)
	}
	return h
}

// worst puts the members together: down is what none of them escapes. The
// reason is that of the first one that is worst off.
func worst(members []ConsumerHealth) (HealthStatus, string) {
	if len(members) == 0 {
		return HealthDegraded, reasonStarting
	}
	down := 0
	first := members[0]
	for _, m := range members {
		if m.Status == HealthDown {
			down++
		}
		if m.Status > first.Status || m.Status == first.Status && first.Reason == "" {
			first = m
		}
	}
	status, reason := first.Status, first.Reason
	if status == HealthDown && down < len(members) {
		status = HealthDegraded
	}
	if reason != "" && reason != reasonStarting && len(members) > 1 {
		reason = fmt.Sprintf("consumer %d: %s", first.Index, reason)
	}
	return status, reason
}

// asked says what users have paused, "" for nothing.
func (p *pauses) asked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all {
		return "paused by request"
	}
	if len(p.parts) == 0 {
		return ""
	}
	names := make([]string, 0, len(p.parts))
	for tp := range p.parts {
		names = append(names, partitionName(tp))
	}
	slices.Sort(names)
	return "paused by request: " + strings.Join(names, ", ")
}

func partitionName(tp broker.Partition) string { return fmt.Sprintf("%s[%d]", tp.Topic, tp.ID) }
