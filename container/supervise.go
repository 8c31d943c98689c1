package container

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

const (
	firstReopen = time.Second
	lastReopen  = 30 * time.Second
)

// A member keeps one place in the group filled: it runs one consumer after
// another, until it is stopped or one ends by a fatal error.
type member struct {
	k     *Container
	index int
	stop  *stopSignal
	now   atomic.Pointer[consumer]
	done  chan struct{}

	// Written before done is closed.
	err       error
	abandoned []string
}

func (m *member) open() (broker.Consumer, error) {
	emit := m.k.shared.emit
	who := event.Consumer{Listener: m.k.spec.ID, Group: m.k.spec.Group, Index: m.index}
	return m.k.spec.Open(m.index, func(level int, tag, text string) {
		emit.emit(event.ClientLog{Consumer: who, Level: level, Tag: tag, Text: text})
	})
}

// run lives until the listener stops. client is the first one, already open.
func (m *member) run(client broker.Consumer) {
	defer close(m.done)
	wait := firstReopen
	for {
		var c *consumer
		err := error(nil)
		if client != nil {
			c = newConsumer(m.k.spec, m.index, m.k.shared, client, m.stop)
			m.now.Store(c)
			began := time.Now()
			err = c.run()
			m.abandoned = c.abandoned
			if time.Since(began) > time.Minute {
				wait = firstReopen
			}
		}
		if _, fatal := errors.AsType[*FatalError](err); fatal {
			m.err = err
			m.k.memberFailed()
			return
		}
		if m.stopping() || !m.rest(c, err, wait) {
			return
		}
		wait = min(2*wait, lastReopen)
		client, err = m.open()
		if err != nil {
			client = nil
			m.k.shared.emit.emit(event.ConsumerFailed{Consumer: m.name(), Err: err, Retry: wait})
		}
	}
}

// rest waits before the next consumer: for a hung handler to return, and for
// the back-off. It reports false when the listener stops meanwhile.
func (m *member) rest(c *consumer, err error, wait time.Duration) bool {
	if err != nil {
		m.k.shared.emit.emit(event.ConsumerFailed{Consumer: m.name(), Err: err, Retry: wait})
	}
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
