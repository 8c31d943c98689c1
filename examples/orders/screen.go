package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/event"
)

// A Screen prints what happens, and counts it. Handlers of several listeners
// write to it at the same time.
type Screen struct {
	mu     sync.Mutex
	out    io.Writer
	colour bool
	tally  tally
	change chan struct{} // closed and replaced at every change of the tally
}

// A tally is what was counted.
type tally struct {
	sent    map[string]int // by topic
	done    map[string]int // by listener
	nacks   int
	commits int
}

// A Place is where a record is, and how often it was delivered.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
	Attempt   int
}

// NewScreen prints to out; in colour where that is a terminal that wants it.
func NewScreen(out io.Writer) *Screen {
	return &Screen{
		out: out, colour: isTerminal(out) && os.Getenv("NO_COLOR") == "", change: make(chan struct{}),
		tally: tally{sent: map[string]int{}, done: map[string]int{}},
	}
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Received prints and counts a record that is done, and what the handler answered.
func (s *Screen) Received(listener string, p Place, answer, format string, args ...any) {
	s.count(func(t *tally) { t.done[listener]++ })
	s.record(listener, p, fmt.Sprint(p.Offset), s.paint(green, pad(answer)), fmt.Sprintf(format, args...))
}

// Nacked prints and counts a record that is to come again.
func (s *Screen) Nacked(listener string, p Place, answer, format string, args ...any) {
	s.count(func(t *tally) { t.nacks++ })
	s.record(listener, p, fmt.Sprint(p.Offset), s.paint(yellow, pad(answer)), fmt.Sprintf(format, args...))
}

// ReceivedBatch prints and counts n records from p on.
func (s *Screen) ReceivedBatch(listener string, p Place, answer string, n int) {
	s.count(func(t *tally) { t.done[listener] += n })
	offsets := fmt.Sprint(p.Offset)
	if n > 1 {
		offsets = fmt.Sprintf("%d-%d", p.Offset, p.Offset+int64(n)-1)
	}
	s.record(listener, p, offsets, s.paint(green, pad(answer)), fmt.Sprintf("a batch of %d", n))
}

// Sent counts a record that was written.
func (s *Screen) Sent(topic string) { s.count(func(t *tally) { t.sent[topic]++ }) }

// Observe counts commits. It is called with everything that the framework
// does; see package event for what else there is.
func (s *Screen) Observe(e event.Event) {
	if _, ok := e.(event.Committed); ok {
		s.count(func(t *tally) { t.commits++ })
	}
}

// WaitForAll waits until all that was sent is done; false when ctx ends before.
func (s *Screen) WaitForAll(ctx context.Context) bool {
	for {
		s.mu.Lock()
		t, change := &s.tally, s.change
		orders, refunds := t.sent[ordersTopic], t.sent[refundsTopic]
		all := t.done["orders"] >= orders && t.done["refunds"] >= refunds && t.done["audit"] >= orders+refunds
		s.mu.Unlock()
		if all {
			return true
		}
		select {
		case <-change:
		case <-ctx.Done():
			return false
		}
	}
}

func (s *Screen) count(how func(*tally)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how(&s.tally)
	close(s.change)
	s.change = make(chan struct{})
}

// summarize prints a summary each second.
func summarize(lc fx.Lifecycle, s *Screen) {
	lc.Append(background(func(ctx context.Context) error {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-second.C:
				s.Summary()
			}
		}
	}))
}
