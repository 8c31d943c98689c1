package container

import (
	"cmp"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

const (
	firstReopen = time.Second
	lastReopen  = 30 * time.Second
	// authRetry is how long a client that is not allowed rests by default.
	authRetry = 30 * time.Second
)

// A member keeps one place in the group filled: it runs one consumer after
// another, until it is stopped or one ends by a fatal error.
type member struct {
	k     *Container
	index int
	stop  *stopSignal
	now   atomic.Pointer[consumer]
	done  chan struct{}

	// assigned is closed with the first assignment, an empty one included.
	assigned   chan struct{}
	assignOnce sync.Once
	// impatient asks to say at once what an assignment waits for.
	impatient atomic.Bool
	// condition is the member's health; its own goroutine writes it.
	condition atomic.Pointer[condition]

	abandoned []string // written before done is closed
}

func newMember(k *Container, index int) *member {
	m := &member{k: k, index: index, stop: newStopSignal(), done: make(chan struct{}), assigned: make(chan struct{})}
	m.condition.Store(&condition{status: HealthDegraded, reason: reasonStarting, since: time.Now()})
	return m
}

func (m *member) open() (broker.Consumer, error) {
	emit := m.k.shared.emit
	who := m.name()
	return m.k.spec.Open(m.index, func(level int, tag, text string) {
		emit.emit(event.ClientLog{Consumer: who, Level: level, Tag: tag, Text: text})
	})
}

// run lives until the listener stops or gives the place up. client is the first
// one where it is open already.
func (m *member) run(client broker.Consumer) {
	defer m.k.memberEnded(m)
	wait := firstReopen
	for {
		var c *consumer
		var err error
		if client == nil {
			if m.stopping() {
				return
			}
			client, err = m.open()
		}
		if err == nil {
			began := time.Now()
			c, err = m.live(client)
			if time.Since(began) > time.Minute {
				wait = firstReopen
			}
		}
		client = nil
		if _, fatal := errors.AsType[*FatalError](err); fatal {
			m.k.memberFailed(err)
			return
		}
		if m.stopping() || !m.rest(c, err, wait) {
			return
		}
		if !isNotAllowed(err) {
			wait = min(2*wait, lastReopen)
		}
	}
}

// live runs one consumer.
func (m *member) live(client broker.Consumer) (*consumer, error) {
	c := newConsumer(m.k.spec, m.index, m.k.shared, client, m.stop)
	c.member, c.before = m, *m.condition.Load()
	m.now.Store(c)
	if _, err := client.Reading(); err != nil {
		m.k.shared.fallback.Do(func() { c.emit(event.ReaderFallback{Listener: c.spec.ID, Err: err}) })
	}
	err := c.run()
	c.resolveWaiting()
	m.abandoned = c.abandoned
	return c, err
}

// rest waits before the next consumer: for a hung handler to return, and for
// the back-off. It reports false when the listener stops meanwhile.
func (m *member) rest(c *consumer, err error, wait time.Duration) bool {
	wait = m.report(err, wait)
	if c != nil {
		returned := make(chan struct{})
		go func() { c.working.Wait(); close(returned) }()
		select {
		case <-returned:
			m.abandoned = nil // its event has said it; nothing of it runs any more
		case <-m.stop.asked:
			return false
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-m.stop.asked:
		return false
	}
}

// report says why a consumer ended, and returns how long to wait before the
// next one. A client that is not allowed is made anew, not hammered: somebody
// has to correct a password or an ACL, and Open reads secrets again.
func (m *member) report(err error, wait time.Duration) time.Duration {
	said := condition{status: HealthDown, reason: "the consumer is opened again"}
	switch {
	case err == nil:
	case isNotAllowed(err):
		wait = cmp.Or(m.k.spec.AuthRetry, authRetry)
		said.reason = "not allowed: " + err.Error()
		m.k.shared.emit.emit(event.ConsumerNotAllowed{Consumer: m.name(), Err: err, Retry: wait})
	case isHung(err):
		said.reason = "a handler hangs: " + err.Error()
		m.k.shared.emit.emit(event.ConsumerFailed{Consumer: m.name(), Err: err, Retry: wait})
	default:
		said.reason = "the consumer ended and is opened again: " + err.Error()
		m.k.shared.emit.emit(event.ConsumerFailed{Consumer: m.name(), Err: err, Retry: wait})
	}
	said.retry = time.Now().Add(wait)
	m.setCondition(said)
	return wait
}

// firstAssigned lets a start know that the group has answered.
func (m *member) firstAssigned() {
	m.impatient.Store(false)
	m.assignOnce.Do(func() { close(m.assigned) })
}

func (m *member) stopping() bool {
	select {
	case <-m.stop.asked:
		return true
	default:
		return false
	}
}

func (m *member) name() event.Consumer {
	return event.Consumer{Listener: m.k.spec.ID, Group: m.k.spec.Group, Index: m.index}
}
