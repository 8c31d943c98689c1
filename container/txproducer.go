package container

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// txInitLimit bounds the making of a transactional producer.
const txInitLimit = 30 * time.Second

// A doubt is a commit whose outcome nobody knows: the group's offsets tell it,
// once a new producer of the same id has ended the old one's transaction.
type doubt struct {
	w *window
	l offsetList
}

// ready makes a producer where there is none, and settles what its predecessor
// has left open.
func (x *transactor) ready() bool {
	if x.p == nil && !x.make() {
		return false
	}
	return x.doubt == nil || x.resolve()
}

func (x *transactor) make() bool {
	p, err := x.spec.Open(x.id, broker.ProducerParams{
		Log: func(level int, tag, text string) {
			x.c.emit(event.ProducerLog{Template: x.c.spec.ID, ID: x.id, Level: level, Tag: tag, Text: text})
		},
		Errors: func(err error) {
			x.c.emit(event.ProducerError{Template: x.c.spec.ID, ID: x.id, Err: err})
		},
	})
	if err != nil {
		x.trouble(opError("open producer", err), nil)
		return false
	}
	if err = broker.Insist(min(txInitLimit, x.spec.Timeout), p.InitTransactions); err != nil {
		go p.Close()
		x.trouble(opError("init transactions", x.fenced(err)), nil)
		return false
	}
	x.p, x.begun = p, false
	if x.why != nil {
		x.c.emit(event.ProducerRebuilt{Template: x.c.spec.ID, ID: x.id, Err: x.why})
		x.why = nil
	}
	return true
}

// fenced says what a fenced producer may mean.
func (x *transactor) fenced(err error) error {
	if pe, ok := errors.AsType[*broker.ProducerError](err); ok && pe.Fenced {
		return fmt.Errorf("%w (another process uses the transactional id %q: give each one a transaction-instance of its own; "+
			"or the transaction has outlived its transaction-timeout, %s: make handlers faster, or raise it)", err, x.id, x.spec.Timeout)
	}
	return err
}

// drop gives the producer up. It is closed in the background: a call that did
// not come back keeps it. Its successor with the same id ends what it has left.
func (x *transactor) drop(why error) {
	if x.p == nil {
		return
	}
	go x.p.Close()
	x.p, x.begun, x.why = nil, false, x.fenced(why)
}

// resolve asks the group how the last commit ended. The broker answers when
// the transaction is over: the offsets of an open one are not stable.
func (x *transactor) resolve() bool {
	d := x.doubt
	parts := make([]broker.Partition, len(d.l.parts))
	for i, a := range d.l.parts {
		parts[i] = a.tp
	}
	offsets, err := x.c.client.Committed(parts, lookupTimeout)
	for _, o := range offsets {
		err = errors.Join(err, o.Err)
	}
	if err != nil {
		x.trouble(opError("look up how the last transaction ended", err), nil)
		return false
	}
	committed := true
	for i, o := range offsets {
		committed = committed && o.Offset >= d.l.commits[i].Offset
	}
	x.doubt = nil
	if committed {
		x.confirm(d.l, 0)
	} else {
		x.rollback(d.w)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unknown = false
	return true
}
