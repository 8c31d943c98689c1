package template

import (
	"errors"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// What sends and transactions may answer. Compare with errors.Is.
var (
	// ErrUnknownOutcome: nobody knows whether the record was written: the
	// context ended before the broker's answer, or the last attempt was not
	// answered. It may still be written. Sending it again may write it twice.
	ErrUnknownOutcome = errors.New("the outcome is unknown: the record may still be written")
	// ErrNoTransaction: a send on a transactional template outside a transaction.
	ErrNoTransaction = errors.New("no transaction is running")
	// ErrNestedTransaction: the context carries a transaction already.
	ErrNestedTransaction = errors.New("a transaction is running already")
	// ErrNotTransactional: InTransaction on a template without a transaction-id-prefix.
	ErrNotTransactional = errors.New("the template is not transactional")
	// ErrAborted: the transaction was aborted: nothing of it is ever visible to
	// read-committed readers, and it may be tried again.
	ErrAborted = errors.New("the transaction was aborted")
	// ErrIndeterminate: a commit was begun and nobody knows how it ended: the
	// transaction's records are visible all together, or none of them is.
	ErrIndeterminate = errors.New("the outcome of the transaction is unknown")
	// ErrFenced: another producer has taken over the transactional id, or the
	// broker has ended a transaction that outlived its timeout.
	ErrFenced = errors.New("the transactional id has another owner")
	// ErrClosed: the template is closed, or closing.
	ErrClosed = errors.New("the template is closed")
	// ErrNotOpen: the template is not open yet (Prepare). In an application that is
	// before its OnStart hooks: send in a hook or in a handler, not in a constructor.
	ErrNotOpen = errors.New("the template is not open yet: it opens before the OnStart hooks of what it is injected into")
)

// A SendError says which send failed. It never holds key or value.
type SendError struct {
	Template  string
	Topic     string
	Partition int32 // listener.AnyPartition where nobody knows
	Code      int   // Kafka's error code, negative for the client's own, 0 for none
	Err       error
	kind      error // one of the errors above, or nil
}

// Error names template, topic and cause.
func (e *SendError) Error() string {
	at := e.Topic
	if e.Partition >= 0 {
		at = fmt.Sprintf("%s[%d]", e.Topic, e.Partition)
	}
	return fmt.Sprintf("template %q: send to %s: %s", e.Template, at, because(e.kind, e.Err))
}

// Misaddressed reports whether the topic or the partition does not exist, or
// may not be written to.
func (e *SendError) Misaddressed() bool { return broker.Misaddressed(e.Code) }

// Unwrap returns the cause and what it means.
func (e *SendError) Unwrap() []error { return present(e.kind, e.Err) }

// A TransactionError says which transaction did not commit.
type TransactionError struct {
	Template string
	ID       string // the transactional id
	Op       string // "init transactions", "begin transaction", "commit transaction"
	Hint     string // what to do about it, or ""
	Err      error
	kinds    []error
}

// Error names template, id, what happened and the way out.
func (e *TransactionError) Error() string {
	text := fmt.Sprintf("template %q: %s %q: %s", e.Template, e.Op, e.ID, because(errors.Join(e.kinds...), e.Err))
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Unwrap returns the cause and what it means.
func (e *TransactionError) Unwrap() []error { return append(present(e.Err), e.kinds...) }

// because joins the meaning and the cause in one line.
func because(kind, err error) string {
	switch {
	case kind == nil:
		return err.Error()
	case err == nil:
		return oneLine(kind)
	default:
		return oneLine(kind) + ": " + err.Error()
	}
}

func oneLine(err error) string {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		text := ""
		for i, e := range many.Unwrap() {
			if i > 0 {
				text += ", "
			}
			text += e.Error()
		}
		return text
	}
	return err.Error()
}

func present(errs ...error) []error {
	var out []error
	for _, err := range errs {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// sendFault makes the error of a send from whatever went wrong.
func (t *Template) sendFault(topic string, partition int32, kind, err error) *SendError {
	e := &SendError{Template: t.o.Name, Topic: topic, Partition: partition, Err: err, kind: kind}
	if pe, ok := errors.AsType[*broker.ProducerError](err); ok {
		e.Code = pe.Code
		switch {
		case kind != nil:
		case pe.Fenced:
			e.kind = ErrFenced
		case pe.Unknown:
			e.kind = ErrUnknownOutcome
		}
	}
	return e
}

// fencedHint is what to do about a fenced producer.
func (t *Template) fencedHint(id string, ran time.Duration) string {
	if ran >= t.o.TransactionTimeout*9/10 {
		return fmt.Sprintf("the transaction ran for %s and was ended by the broker: make it shorter, or raise the transaction timeout (%s)", ran.Round(time.Millisecond), t.o.TransactionTimeout)
	}
	return fmt.Sprintf("another process uses the transactional id %q: give each process an instance of its own (leave it unset), or stop the other one", id)
}
