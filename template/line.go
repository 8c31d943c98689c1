package template

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
	fatal atomic.Pointer[error] // the producer is of no more use, and why

	_      [64]byte // the senders read what is above, the reports write what is below
	win    window
	landed tally
}

// A tally is what a burst of reports gives back, once for all of it. It belongs
// to the report goroutine.
type tally struct {
	records, bytes int64
	flight         *flight
	flown          int64
}

// add counts one decided record.
func (l *line) add(p *pending) {
	l.landed.records++
	l.landed.bytes += p.size
	if l.landed.flight != p.flight {
		l.land()
		l.landed.flight = p.flight
	}
	l.landed.flown++
}

// burst gives back what the last reports have decided.
func (l *line) burst() {
	if l.landed.records > 0 {
		l.win.leave(l.landed.records, l.landed.bytes)
		l.landed.records, l.landed.bytes = 0, 0
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

// A pending is one record on its way: its future, and what to give back when it is decided.
type pending struct {
	Future
	line   *line
	flight *flight
	tx     *transaction // nil outside one
	size   int64
}

// Pendings are made a few at a time, as each is small: a future that is kept
// keeps its neighbours. More would not fit the allocator's way of small objects.
type batch [4]pending

// A cursor is where the next one is taken from.
type cursor struct {
	batch *batch
	used  int
}

var cursors = sync.Pool{New: func() any { return &cursor{used: len(batch{})} }}

func newPending() *pending {
	c := cursors.Get().(*cursor)
	if c.used == len(c.batch) {
		c.batch, c.used = new(batch), 0
	}
	p := &c.batch[c.used]
	c.used++
	cursors.Put(c)
	return p
}

// retryFull is how long a send waits when the client's own queue is full
// although the window is not: its count falls a moment after the reports, and
// it tells nobody.
const retryFull = 2 * time.Millisecond

// send hands a record to the client and returns, having waited for room only.
func (l *line) send(ctx context.Context, p *pending, r *listener.Outgoing) {
	p.line, p.size = l, sizeOf(r)
	at := r.Timestamp
	if at.IsZero() {
		at = time.Now()
	}
	p.at = at.UnixMilli()
	if err := l.win.enter(ctx, p.size); err != nil {
		p.fail(nil, fmt.Errorf("not sent: too much is on its way: %w", err))
		return
	}
	p.flight = l.t.flights.board()
	m := broker.Message{Outgoing: *r, Receipt: p}
	m.Timestamp = time.UnixMilli(p.at)
	err := l.hand(p, m)
	for isFull(err) && err != nil {
		if err = pause(ctx, retryFull); err == nil {
			err = l.hand(p, m)
		}
	}
	if err != nil {
		l.note(err)
		l.win.leave(1, p.size)
		p.fail(nil, err)
		p.flight.land(1)
	}
}

// hand gives m to the client, inside its transaction if it has one.
func (l *line) hand(p *pending, m broker.Message) error {
	if p.tx == nil {
		return l.p.Produce(m)
	}
	p.tx.ending.RLock()
	defer p.tx.ending.RUnlock()
	if p.tx.over {
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

// sizeOf is what a record takes of the client's queue.
func sizeOf(r *listener.Outgoing) int64 {
	n := len(r.Key) + len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	return int64(n)
}

// Report hears of the record's fate; see broker.Receipt.
func (p *pending) Report(r broker.Report) {
	defer p.line.add(p) // also where a callback ends the goroutine
	if r.Err == nil {
		p.settle(r.Partition, r.Offset, nil)
	} else {
		p.line.note(r.Err)
		p.failAt(r.Partition, nil, r.Err)
	}
}

func (p *pending) fail(kind, err error) { p.failAt(listener.AnyPartition, kind, err) }

func (p *pending) failAt(partition int32, kind, err error) {
	if errors.Is(err, ErrNoTransaction) {
		kind = nil
	}
	fault := p.t.sendFault(p.topic, partition, kind, err)
	if p.tx != nil {
		p.tx.Fail(fault)
	}
	p.t.failed(p.topic, fault)
	p.settle(partition, -1, fault)
}

// failed reports a failed send. What an abort or Close throws away is told by
// them, once for all.
func (t *Template) failed(topic string, fault *SendError) {
	if pe, ok := errors.AsType[*broker.ProducerError](fault.Err); ok && pe.Purged {
		if t.purging.Load() {
			t.mu.Lock()
			t.lost[topic]++
			t.mu.Unlock()
		}
		return
	}
	t.emit(event.SendFailed{Template: t.o.Name, Topic: topic, Err: fault, Unknown: errors.Is(fault, ErrUnknownOutcome)})
}
