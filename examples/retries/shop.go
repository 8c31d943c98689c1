package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/hearken-go/hearken/deadletter"
	"github.com/hearken-go/hearken/listener"
)

// A Payment is a record, as JSON. Its card says how the provider takes it.
type Payment struct{ ID, Card string }

var errProvider = errors.New("the provider does not answer")

// A Shop charges cards, and sends receipts by the same provider.
type Shop struct {
	mu         sync.Mutex
	out        io.Writer
	well       bool
	done, dead int
	changed    chan struct{} // closed at the next change
}

func newShop(out io.Writer) *Shop { return &Shop{out: out, changed: make(chan struct{})} }

// OnPayment is tried again in order: payment 4 waits for 3.
func (s *Shop) OnPayment(_ context.Context, r listener.Record[Payment]) error {
	return s.charge("payment", r)
}

// OnReceipt is tried again by retry topics: receipt 4 overtakes 2 and 3.
func (s *Shop) OnReceipt(_ context.Context, r listener.Record[Payment]) error {
	return s.charge("receipt", r)
}

func (s *Shop) charge(what string, r listener.Record[Payment]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.well && (r.Value.Card == "broken" || r.Value.Card == "flaky" && r.Attempt < 3) {
		return errProvider
	}
	_, _ = fmt.Fprintf(s.out, "%s %s went through at attempt %d\n", what, r.Value.ID, r.Attempt)
	s.done++
	s.wake()
	return nil
}

// OnDead hears of receipts that were given up.
func (s *Shop) OnDead(_ context.Context, r listener.Record[Payment]) error {
	l, _ := deadletter.Of(r.Headers)
	s.say("receipt %s is dead after %d attempts: %s", r.Value.ID, l.Attempts, l.Error)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead++
	s.wake()
	return nil
}

// mend makes the provider well.
func (s *Shop) mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.well = true
}

func (s *Shop) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// wait waits until so many went through and so many are dead.
func (s *Shop) wait(ctx context.Context, done, dead int) error {
	for {
		s.mu.Lock()
		enough, changed := s.done >= done && s.dead >= dead, s.changed
		s.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *Shop) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.out, format+"\n", args...) // where the terminal is gone, there is nobody to tell
}
