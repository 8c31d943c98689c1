package errorhandler

import (
	"context"
	"fmt"
)

// A Recoverer takes over a record that is given up: it writes it to a
// dead-letter topic, parks it, tells somebody. f.Records is that one record.
//
// Recover answers nil once the record is safe where it belongs: it is settled
// then, and never before. An error leaves it undone: the recoverer, not the
// handler, is asked again, after 100 ms, doubling up to 30 s with full jitter,
// until it answers nil; the partition (key) waits for it, others go on. A panic
// and runtime.Goexit are errors like any other. A process that ends meanwhile
// begins again with the handler, so that a record may be recovered twice.
//
// It is called on a goroutine of its own, never by a worker, and never twice
// at once for one partition (key). ctx ends with the partition's assignment,
// and after handler-timeout. The record counts as running: a revoke and a stop
// wait for it.
//
// Under a transactional factory the worker calls it inside a transaction of
// its own that ctx carries: what is sent with ctx becomes visible together
// with the record's offset, and an error aborts it.
type Recoverer interface {
	Recover(ctx context.Context, f Failure) error
}

// RecovererFunc lets a function be a Recoverer.
type RecovererFunc func(ctx context.Context, f Failure) error

// Recover calls r.
func (r RecovererFunc) Recover(ctx context.Context, f Failure) error { return r(ctx, f) }

// RecoverWith gives the record up to r. A nil r holds it, as a verdict that
// nobody can carry out.
func RecoverWith(r Recoverer) Verdict { return Verdict{Kind: KindRecover, Recoverer: r} }

// DeadLetter gives the record up to the listener's own dead-letter recoverer.
// Where the listener has none, the record is held, and the event says how to
// configure one.
func DeadLetter() Verdict { return Verdict{Kind: KindDeadLetter} }

// NameFor is NameOf where f is to be recovered: a recoverer with a method
// NameFor(Failure) string may know more, such as the topic.
func NameFor(r Recoverer, f Failure) (name string) {
	defer func() {
		if recover() != nil {
			name = NameOf(r)
		}
	}()
	if n, ok := r.(interface{ NameFor(Failure) string }); ok {
		return n.NameFor(f)
	}
	return NameOf(r)
}

// NameOf names a recoverer for people: by its String, else by its type.
func NameOf(r Recoverer) (name string) {
	defer func() {
		if recover() != nil { // such as a nil pointer
			name = fmt.Sprintf("%T", r)
		}
	}()
	if s, ok := r.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", r)
}
