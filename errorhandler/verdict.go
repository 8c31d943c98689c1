// Package errorhandler turns a failure into a verdict: redeliver after a
// while, skip, stop, or give the record to a recoverer, such as a dead-letter
// topic. The container carries the verdict out.
package errorhandler

import (
	"context"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Failure is what an error handler decides on.
type Failure struct {
	Invocation listener.Invocation
	Records    []*listener.RawRecord // the failed record, or the rest of the batch that is not done; valid until Handle or Recover returns
	Attempt    int                   // how often it was delivered, 1 at the first failure
	Since      time.Time             // when it failed first in this process
	Err        error                 // what the handler returned; *PanicError for a panic
	Previous   time.Duration         // the delay of the last redelivery, 0 at the first failure
}

// A Handler decides what happens to a failed record. It is called by the
// worker that ran the handler; while it runs, the record counts as running.
// A panic in it is a Redeliver after the longest default delay.
type Handler interface {
	Handle(ctx context.Context, f Failure) Verdict
}

// HandlerFunc lets a function be a Handler.
type HandlerFunc func(ctx context.Context, f Failure) Verdict

// Handle calls f.
func (h HandlerFunc) Handle(ctx context.Context, f Failure) Verdict { return h(ctx, f) }

// A Kind is what a Verdict asks for.
type Kind uint8

const (
	// KindRedeliver delivers the record again; the zero Kind, which never loses.
	KindRedeliver Kind = iota
	// KindSkip settles the record as if it were done.
	KindSkip
	// KindStop ends the listener; the record stays unsettled.
	KindStop
	// KindRecover hands the record to Verdict.Recoverer.
	KindRecover
	// KindDeadLetter hands the record to the listener's own dead-letter recoverer.
	KindDeadLetter
)

// A Verdict is what becomes of a failed record. The zero Verdict redelivers at once.
type Verdict struct {
	Kind  Kind
	After time.Duration
	Held  bool   // a retry is not expected to help: reported at once, as stalled
	Note  string // for people, printed after the verdict: why, or what else could be done

	Recoverer Recoverer // of KindRecover
}

// Redeliver delivers the record again, not earlier than after d.
func Redeliver(d time.Duration) Verdict { return Verdict{After: max(d, 0)} }

// Hold redelivers after d and says that a retry is not expected to help.
func Hold(d time.Duration) Verdict { return Verdict{After: max(d, 0), Held: true} }

// Skip gives the record up: it is settled, and an event says so.
func Skip() Verdict { return Verdict{Kind: KindSkip} }

// Stop ends the listener. The record is delivered again when it starts again.
func Stop() Verdict { return Verdict{Kind: KindStop} }

// String says the verdict in words: "redeliver after 1s", and its note in brackets.
func (v Verdict) String() string {
	if v.Note == "" {
		return v.decision()
	}
	return v.decision() + " (" + v.Note + ")"
}

// Of is String for the verdict of a failure: a recoverer is named as it is for that.
func (v Verdict) Of(f Failure) string {
	if v.Kind != KindRecover || v.Recoverer == nil {
		return v.String()
	}
	said := "recover by " + NameFor(v.Recoverer, f)
	if v.Note != "" {
		said += " (" + v.Note + ")"
	}
	return said
}

func (v Verdict) decision() string {
	switch {
	case v.Kind == KindSkip:
		return "skip"
	case v.Kind == KindStop:
		return "stop"
	case v.Kind == KindDeadLetter:
		return "dead letter"
	case v.Kind == KindRecover && v.Recoverer != nil:
		return "recover by " + NameOf(v.Recoverer)
	case v.Held:
		return fmt.Sprintf("hold, again after %s", v.After)
	default:
		return fmt.Sprintf("redeliver after %s", v.After)
	}
}

// A PanicError is the failure of a handler that panicked or called runtime.Goexit.
type PanicError struct {
	Value any    // what was passed to panic; nil for Goexit
	Stack []byte // the goroutine's stack at that point
}

// Error names the panic's value, without the stack.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "handler called runtime.Goexit"
	}
	return fmt.Sprintf("handler panicked: %v", e.Value)
}

// Unwrap returns the panic's value where it was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
