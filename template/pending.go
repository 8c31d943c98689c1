package template

import (
	"errors"
	"math"
	"sync"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// An origin is what records that follow one another have in common, kept once
// for all of them: who is to give back what, when they are decided.
type origin struct {
	t      *Template
	line   *line        // nil where another sender has it, or nobody
	flight *flight      // nil where it was not sent
	tx     *transaction // nil outside one
	topic  string
}

// origin boards the present flight.
func (l *line) origin(topic string, tx *transaction) *origin {
	flight := l.t.flights.board()
	if o := l.last.Load(); o != nil && o.flight == flight && o.tx == tx && o.topic == topic {
		return o
	}
	o := &origin{t: l.t, line: l, flight: flight, tx: tx, topic: topic}
	l.last.Store(o)
	return o
}

// A pending is one record on its way: its future, as the producer sees it.
type pending struct{ Future }

// Pendings are made a few at a time, as each is small: a future that is kept
// keeps its neighbours. More would not fit the allocator's way of small objects.
type batch [8]pending

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
	p.partition = undecided
	c.used++
	cursors.Put(c)
	return p
}

// sizeOf is what a record takes of the client's queue. No client takes one of 2 GiB.
func sizeOf(r *listener.Outgoing) int32 {
	n := len(r.Key) + len(r.Value)
	for i := range r.Headers {
		n += len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	return int32(min(n, math.MaxInt32))
}

// Size is the record's; see broker.Receipt.
func (p *pending) Size() int64 { return int64(p.size) }

// Report hears of the record's fate; see broker.Receipt.
func (p *pending) Report(r broker.Report) {
	defer p.from.line.add(p.from.flight) // also where a callback ends the goroutine
	if r.Err == nil {
		p.settle(r.Partition, r.Offset, nil)
	} else {
		p.from.line.note(r.Err)
		p.fail(r.Partition, r.Err)
	}
}

func (p *pending) fail(partition int32, err error) {
	o := p.from
	fault := o.t.sendFault(o.topic, partition, nil, err)
	if o.tx != nil {
		o.tx.Fail(fault)
	}
	o.t.failed(o.topic, fault)
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
