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
	"github.com/hearken-go/hearken/listener"
)

// dispatch is what the interceptors stand around.
func (t *Template) dispatch(ctx context.Context, r listener.Outgoing) *Future {
	s := drafts.Get().(*sending)
	s.Outgoing = r
	f := t.deliver(ctx, &s.Message)
	s.discard()
	return f
}

// deliver chooses the producer. It changes m, and keeps nothing of it.
func (t *Template) deliver(ctx context.Context, r *broker.Message) *Future {
	tx := listener.TxFrom(ctx)
	err := t.checkRecord(&r.Outgoing)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	switch {
	case err != nil:
		return t.refuse(ctx, r.Topic, nil, err)
	case tx == nil:
		return t.sendPlain(ctx, r)
	case tx.Cluster() != t.o.BootstrapServers:
		return t.refuse(ctx, r.Topic, nil, fmt.Errorf(
			"the template's cluster (%s) is not the one of the running transaction %q (%s): send outside it, with listener.WithTx(ctx, nil)",
			t.o.BootstrapServers, tx.ID(), tx.Cluster()))
	}
	if own, ok := tx.(*transaction); ok {
		return own.line.send(ctx, own, r)
	}
	return t.sendBy(ctx, tx, r.Outgoing)
}

// sendBy sends through the transaction of another sender: a listener's.
func (t *Template) sendBy(ctx context.Context, tx listener.Tx, r listener.Outgoing) *Future {
	p := newPending()
	p.from = &origin{t: t, topic: r.Topic}
	tx.Publish(ctx, r, func(sent Sent, err error) {
		if err != nil {
			err = t.sendFault(p.from.topic, sent.Partition, nil, err)
		}
		p.take(sent, err)
	})
	return &p.Future
}

// errNoTransaction names the ways out.
var errNoTransaction = errors.New("a template with a transaction-id-prefix sends inside transactions only: " +
	"use InTransaction and send with the context that it gives, put template.Transactional around the handler, " +
	"give the listener a transactional factory, or set allow-non-transactional")

// sendPlain sends outside a transaction.
func (t *Template) sendPlain(ctx context.Context, r *broker.Message) *Future {
	shut := t.shut()
	switch {
	case shut != nil:
		return t.refuse(ctx, r.Topic, shut, nil)
	case t.pool != nil && !t.o.AllowNonTransactional && ctx.Value(byFramework{}) == nil:
		return t.refuse(ctx, r.Topic, ErrNoTransaction, errNoTransaction)
	}
	l, err := t.plain.line()
	if err != nil {
		return t.refuse(ctx, r.Topic, nil, err)
	}
	return l.send(ctx, nil, r)
}

// plain is the producer outside transactions, which is made anew when the
// client has given up on it.
type plain struct {
	t   *Template
	now atomic.Pointer[line]
	mu  sync.Mutex
}

const (
	hurryTime  = time.Second // of one flush
	hurryPause = time.Millisecond
)

// line returns the present one.
func (s *plain) line() (*line, error) {
	if l := s.now.Load(); l != nil && l.fatal.Load() == nil {
		return l, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.now.Load()
	if old != nil && old.dead() == nil {
		return old, nil
	}
	l, err := s.t.newLine("")
	if err != nil {
		return nil, err
	}
	s.now.Store(l)
	if old != nil {
		s.t.chore(old.close)
		s.t.emit(event.ProducerRebuilt{Template: s.t.o.Name, Err: old.dead()})
	}
	return l, nil
}

// hurry makes the client send what lingers, until over is closed: one flush may
// end before the brokers are known, and then all of it would linger on.
func (s *plain) hurry(over <-chan struct{}) {
	l := s.now.Load()
	if l == nil {
		return
	}
	s.t.chore(func() {
		for {
			l.p.Flush(hurryTime)
			select {
			case <-over:
				return
			case <-time.After(hurryPause): // an empty client answers at once
			}
		}
	})
}

// chore runs fn in the background; Close waits for it.
func (t *Template) chore(fn func()) {
	running := t.chores.board()
	go func() {
		defer running.land(1)
		fn()
	}()
}
