package template

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// A pool lends transactional producers, one for each running transaction. The
// last one given back goes first, so that few are kept warm.
type pool struct {
	t *Template

	mu    sync.Mutex
	made  int
	free  []*slot
	queue []chan *slot // who waits, in order
}

// A slot is one transactional id with its producer. Whoever has taken it owns it.
type slot struct {
	t     *Template
	id    string
	line  *line // nil before the first use, and after a discard
	ready bool  // transactions were initialized
	why   error // why the last producer was given up
}

func newPool(t *Template) *pool { return &pool{t: t} }

// first opens a producer before anybody needs it: the client checks its configuration then.
func (p *pool) first() error {
	s := p.make()
	l, err := p.t.newLine(s.id)
	if err != nil {
		return err
	}
	s.line = l
	p.free = append(p.free, s)
	return nil
}

// make adds a slot, with the next id.
func (p *pool) make() *slot {
	s := &slot{t: p.t, id: fmt.Sprintf("%s-%s-%d", p.t.o.TransactionIDPrefix, p.t.o.Instance, p.made)}
	p.made++
	return s
}

// take lends a slot, or waits for one until ctx ends.
func (p *pool) take(ctx context.Context) (*slot, error) {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		return s, nil
	}
	if p.made < p.t.o.MaxTransactions {
		s := p.make()
		p.mu.Unlock()
		return s, nil
	}
	turn := make(chan *slot, 1)
	p.queue = append(p.queue, turn)
	p.mu.Unlock()
	select {
	case s := <-turn:
		return s, nil
	case <-ctx.Done():
		return nil, p.leave(ctx, turn)
	}
}

// leave takes turn out of the queue; a slot that came meanwhile goes to the next.
func (p *pool) leave(ctx context.Context, turn chan *slot) error {
	p.mu.Lock()
	for i, other := range p.queue {
		if other == turn {
			p.queue = append(p.queue[:i], p.queue[i+1:]...)
			break
		}
	}
	p.mu.Unlock()
	select {
	case s := <-turn:
		p.put(s)
	default:
	}
	return fmt.Errorf("template %q: all %d transactions that may run at once are running: %w", p.t.o.Name, p.t.o.MaxTransactions, context.Cause(ctx))
}

// put takes a slot back.
func (p *pool) put(s *slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) > 0 {
		p.queue[0] <- s
		p.queue = p.queue[1:]
		return
	}
	p.free = append(p.free, s)
}

// mend makes a discarded slot's producer again before it is put back: until
// that is done, read-committed readers wait for what the old one left open.
func (p *pool) mend(s *slot) {
	p.t.chore(func() {
		_ = s.init(p.t.initLimit())
		p.put(s)
	})
}

// initLimit bounds the making of a transactional producer.
func (t *Template) initLimit() time.Duration { return min(30*time.Second, t.o.TransactionTimeout) }

// prepare makes the slot ready for Begin. When ctx ends before, the making goes
// on, and the slot goes back into the pool after it.
func (s *slot) prepare(ctx context.Context) error {
	if s.line != nil && s.line.dead() != nil {
		s.discard(s.line.dead())
	}
	if s.line != nil && s.ready {
		return nil
	}
	limit := s.t.initLimit()
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	var err error
	made := make(chan struct{})
	s.t.chore(func() {
		defer close(made)
		err = s.init(limit)
	})
	select {
	case <-made:
		if err != nil {
			s.t.pool.put(s)
		}
		return err
	case <-ctx.Done():
		s.t.chore(func() {
			<-made
			s.t.pool.put(s)
		})
		return s.t.transactionFault("init transactions", s.id, 0, context.Cause(ctx))
	}
}

// init opens the slot's producer and fences its predecessors.
func (s *slot) init(limit time.Duration) error {
	if s.line == nil {
		l, err := s.t.newLine(s.id)
		if err != nil {
			return s.t.transactionFault("open", s.id, 0, err)
		}
		s.line = l
	}
	if err := broker.Insist(limit, s.line.p.InitTransactions); err != nil {
		fault := s.t.transactionFault("init transactions", s.id, 0, err)
		if pe, ok := errors.AsType[*broker.ProducerError](err); !ok || pe.Fatal || !pe.Retriable {
			s.discard(err)
		}
		return fault
	}
	s.ready = true
	if s.why != nil {
		s.t.emit(event.ProducerRebuilt{Template: s.t.o.Name, ID: s.id, Err: s.why})
		s.why = nil
	}
	return nil
}

// discard gives the producer up; it is closed in the background, where a call
// that did not come back may keep it.
func (s *slot) discard(why error) {
	if s.line == nil {
		return
	}
	s.t.chore(s.line.close)
	s.line, s.ready, s.why = nil, false, why
}
