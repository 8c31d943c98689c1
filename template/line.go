package template

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A line is one producer with the window before it.
type line struct {
	t     *Template
	id    string // transactional id, "" for the plain one
	p     broker.Producer
	fatal atomic.Pointer[error]  // the producer is of no more use, and why
	last  atomic.Pointer[origin] // of the last record

	_      [64]byte // the senders read what is above, the reports write what is below
	win    window
	landed tally
}

// A tally is what a burst of reports gives back to its flight, once for all of
// it. It belongs to the report goroutine.
type tally struct {
	flight *flight
	flown  int64
}

// add counts one decided record.
func (l *line) add(f *flight) {
	if l.landed.flight != f {
		l.land()
		l.landed.flight = f
	}
	l.landed.flown++
}

// burst gives back what the last reports have decided.
func (l *line) burst(records, bytes int64) {
	if records > 0 {
		l.win.leave(records, bytes)
	}
	l.land()
}

func (l *line) land() {
	if l.landed.flown > 0 {
		l.landed.flight.land(l.landed.flown)
		l.landed.flown, l.landed.flight = 0, nil
	}
}

// newLine opens a producer.
func (t *Template) newLine(id string) (*line, error) {
	config, err := t.o.config(id)
	if err == nil {
		config, err = spec.ResolveSecrets(config) // a file that has changed is read anew
	}
	if err != nil {
		return nil, err
	}
	l := &line{t: t, id: id}
	l.win.limit(windowFor(config))
	l.p, err = t.open(broker.ProducerParams{
		Config: config,
		Burst:  l.burst,
		Errors: l.clientError,
		Log: func(level int, tag, text string) {
			t.emit(event.ProducerLog{Template: t.o.Name, ID: id, Level: level, Tag: tag, Text: text})
		},
	})
	if err != nil {
		return nil, err
	}
	return l, l.join()
}

// join makes the line one of those that Close closes.
func (l *line) join() error {
	l.t.mu.Lock()
	shut := l.t.lines == nil
	if !shut {
		l.t.lines[l] = true
	}
	l.t.mu.Unlock()
	if shut {
		l.p.Close()
		return ErrClosed
	}
	return nil
}

// close reports what is on its way as thrown away, and frees the producer.
func (l *line) close() {
	l.p.Close()
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	delete(l.t.lines, l)
}

func (l *line) clientError(err error) {
	l.note(err)
	l.t.emit(event.ProducerError{Template: l.t.o.Name, ID: l.id, Err: err})
}

// note remembers an error after which the producer is of no more use.
func (l *line) note(err error) {
	if pe, ok := errors.AsType[*broker.ProducerError](err); ok && pe.Fatal {
		l.fatal.CompareAndSwap(nil, &err)
	}
}

// dead returns why the producer is of no more use, or nil.
func (l *line) dead() error {
	if err := l.fatal.Load(); err != nil {
		return *err
	}
	return nil
}

// retryFull is how long a send waits when the client's own queue is full
// although the window is not: its count falls a moment after the reports, and
// it tells nobody.
const retryFull = 2 * time.Millisecond

// send hands a record to the client and returns, having waited for room only.
func (l *line) send(ctx context.Context, tx *transaction, r *broker.Message) *Future {
	p := newPending()
	p.size = sizeOf(&r.Outgoing)
	if r.Timestamp.IsZero() {
		r.Timestamp = l.t.clock.now()
	}
	p.at = r.Timestamp.UnixMilli()
	if err := l.win.enter(ctx, p.Size()); err != nil {
		return l.t.refuse(ctx, r.Topic, nil, fmt.Errorf("not sent: too much is on its way: %w", err))
	}
	p.from = l.origin(r.Topic, tx)
	r.Receipt = p
	err := l.hand(p, r)
	for isFull(err) && err != nil {
		if err = pause(ctx, retryFull); err == nil {
			err = l.hand(p, r)
		}
	}
	if err != nil {
		l.note(err)
		l.win.leave(1, p.Size())
		p.fail(listener.AnyPartition, err)
		p.from.flight.land(1)
	}
	return &p.Future
}

// hand gives m to the client, inside its transaction if it has one.
func (l *line) hand(p *pending, m *broker.Message) error {
	tx := p.from.tx
	if tx == nil {
		return l.p.Produce(m)
	}
	tx.ending.RLock()
	defer tx.ending.RUnlock()
	if tx.over {
		return fmt.Errorf("%w: the one of this context has ended", ErrNoTransaction)
	}
	return l.p.Produce(m)
}

func isFull(err error) bool {
	pe, ok := errors.AsType[*broker.ProducerError](err)
	return ok && pe.Full
}

// pause waits for d, or answers the cause of ctx's end.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
