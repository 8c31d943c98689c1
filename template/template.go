package template

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A Template sends records. Its methods are safe for concurrent use. It is made
// by New and ended by Close.
type Template struct {
	o       Options
	open    broker.ProducerOpener
	chain   SendFunc // the interceptors around dispatch
	plain   plain
	pool    *pool    // nil without a prefix
	flights *flights // records
	running *flights // transactions
	chores  *flights // producers that are closed or mended in the background
	claim   claim
	asking  *asking // requests; nil without a reply topic
	clock   clock

	lastTopic atomic.Pointer[string] // a name that was found good

	opened  atomic.Bool
	closing atomic.Bool // no new sends, no new transactions
	purging atomic.Bool // what fails now is what Close gave up
	closed  sync.Once
	outcome error

	mu    sync.Mutex
	lost  map[string]int // records that Close gave up, by topic
	lines map[*line]bool // the live producers; nil after Close
}

var _ listener.Sender = (*Template)(nil)

// New makes a template. It connects in the background; what the client refuses
// of the options, and a transactional id that another live template of this
// process has, is an error here. All faults come at once.
func New(o Options) (*Template, error) { return newTemplate(o, broker.OpenProducer) }

func newTemplate(o Options, open broker.ProducerOpener) (*Template, error) {
	t, err := prepare(o, open)
	if err == nil {
		err = t.opening()
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// opening is Open, without what it leaves behind when it fails.
func (t *Template) opening() error {
	if err := t.start(); err != nil {
		return fmt.Errorf("template %q: %w", t.o.Name, err)
	}
	t.opened.Store(true)
	if t.o.Acks != AcksAll && t.o.Idempotence == nil {
		t.emit(event.IdempotenceOff{Template: t.o.Name, Acks: t.o.Acks.String()})
	}
	return nil
}

// start opens the first producer: the client checks its configuration then.
func (t *Template) start() error {
	if t.o.TransactionIDPrefix == "" {
		_, err := t.plain.line()
		return err
	}
	var err error
	if t.claim, err = claimID(t.o); err != nil {
		return err
	}
	if err := t.pool.first(); err != nil {
		t.claim.release()
		return err
	}
	return nil
}

// Name returns the template's name.
func (t *Template) Name() string { return t.o.Name }

// Transactional reports whether the template has a transaction-id-prefix.
func (t *Template) Transactional() bool { return t.pool != nil }

// route returns the template that sends to topic.
func (t *Template) route(topic string) *Template {
	for i := range t.o.Routes {
		if t.o.Routes[i].pattern.MatchString(topic) {
			return t.o.Routes[i].Template
		}
	}
	return t
}

// Flush waits until everything that was sent before it is decided, or until
// ctx ends. It answers the context's cause, not the sends' errors: those are in their results.
func (t *Template) Flush(ctx context.Context) error {
	over := make(chan struct{})
	defer close(over)
	t.plain.hurry(over)
	if err := t.flights.wait(ctx); err != nil {
		return fmt.Errorf("template %q: flush: %d records are not decided: %w", t.o.Name, t.flights.aloft(), err)
	}
	return nil
}

// emit reports a fact; an observer's panic ends with it.
func (t *Template) emit(ev event.Event) {
	defer func() { _ = recover() }()
	t.o.Observe(ev)
}

// callbackFailed reports a callback that did not return. Of a panic only the
// type of what it panicked with is told: the value may hold a record.
func (t *Template) callbackFailed(topic, what string) {
	t.emit(event.SendFailed{Template: t.o.Name, Topic: topic, Err: errors.New("the callback of a send " + what)})
}
