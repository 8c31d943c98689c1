package container

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// longestDelay is when a record is tried again whose error handler failed itself.
const longestDelay = 30 * time.Second

// stopped is long enough that a record whose error handler said stop never
// starts again in this life of its consumer.
const stopped = 24 * time.Hour

// errUnacked is the failure of a record under `unacked: fail`.
var errUnacked = errors.New("the handler returned nil without acknowledging (unacked: fail)")

// judge is decide for errors of any kind: one whose methods panic, such as a
// nil pointer, is a handler that panicked.
func (w *worker) judge(a *assignment, k *ack, err error, now time.Time) (f ledger.Finish) {
	defer func() {
		if v := recover(); v != nil {
			f = w.decide(a, k, &errorhandler.PanicError{Value: v, Stack: debug.Stack()}, now)
		}
	}()
	return w.decide(a, k, err, now)
}

// decide turns an outcome into what the ledger has to do: nil, acknowledged,
// nacked, an error and a panic meet here.
func (w *worker) decide(a *assignment, k *ack, err error, now time.Time) ledger.Finish {
	if err == nil && (!w.manual || w.sieve.none) {
		return ledger.Finish{Mark: true}
	}
	st := a.Status(&w.run)
	switch {
	case st.Fenced:
		return ledger.Finish{}
	case st.Rest == 0 || st.Nacked:
		w.reportSettled(a, err)
		return ledger.Finish{}
	case err == nil:
		return w.unacked(a, st, now)
	case k != nil && k.unconfirmed(err):
		// The commit failed, not the handler: the marks stand, and the rest of
		// the batch comes again when they are committed.
		w.reportSettled(a, err)
		return ledger.Finish{Again: true}
	default:
		if p, ok := listener.AsPostponed(err); ok {
			return w.postpone(st, p.After, err)
		}
		return w.verdict(a, st, err, now)
	}
}

// postpone lets what is not done run again later, as if it had not run.
func (w *worker) postpone(st ledger.Status, after time.Duration, err error) ledger.Finish {
	first, _ := w.failedAt(err)
	return ledger.Finish{First: max(first, st.Settled), Again: true, After: after, Void: true}
}

// unacked applies the policy for a handler that returned nil and left records
// unacknowledged.
func (w *worker) unacked(a *assignment, st ledger.Status, now time.Time) ledger.Finish {
	switch w.c.spec.Unacked.Kind {
	case spec.UnackedRedeliver:
		return ledger.Finish{Again: true, After: w.c.spec.Unacked.After}
	case spec.UnackedFail:
		return w.verdict(a, st, errUnacked, now)
	default:
		return ledger.Finish{} // keep: they stay open
	}
}

func (w *worker) reportSettled(a *assignment, err error) {
	if err != nil {
		w.c.emit(event.AckedButFailed{Consumer: w.c.name(), Partition: a.event(), Offset: w.run.Offset(), Err: err})
	}
}

// verdict asks the error handler, and reports what it said.
func (w *worker) verdict(a *assignment, st ledger.Status, err error, now time.Time) ledger.Finish {
	first, cause := w.failedAt(err)
	if first >= len(w.run.Records) {
		return ledger.Finish{Mark: true}
	}
	if _, _, single := listener.AsFailedAt(err); single && w.batch && first < st.Settled {
		// What was acknowledged can't fail: the rest was not judged at all.
		w.reportSettled(a, err)
		return ledger.Finish{Again: true}
	}
	first = max(first, st.Settled)
	failing := a.Failing(&w.run)
	if failing.Since.IsZero() {
		failing.Since = now
	}
	failed := w.run.Records[first]
	f := errorhandler.Failure{
		Invocation: listener.Info(a.ctx), Records: w.run.Records[first:], Attempt: failed.Attempt,
		Since: failing.Since, Previous: failing.Previous, Err: cause,
	}
	v := w.ask(a.ctx, f)
	w.c.emit(event.RecordFailed{
		Consumer: w.c.name(), Partition: a.event(), Offset: failed.Offset, Records: len(f.Records),
		Attempt: f.Attempt, Err: cause, Verdict: v.String(), Held: v.Held, Since: failing.Since,
	})
	return w.carryOut(v, first, err, failed)
}

func (w *worker) carryOut(v errorhandler.Verdict, first int, err error, failed *listener.RawRecord) ledger.Finish {
	switch v.Kind {
	case errorhandler.KindSkip:
		if _, _, single := listener.AsFailedAt(err); w.batch && single {
			return ledger.Finish{First: first + 1, Again: true}
		}
		if len(w.run.Records)-first > 1 {
			// The error does not say which record it is about; skipping all of
			// them would lose those that have not failed.
			return ledger.Finish{First: first, Again: true, After: longestDelay, Fail: true}
		}
		return ledger.Finish{Mark: true}
	case errorhandler.KindStop:
		w.c.fail(&FatalError{
			Listener: w.c.spec.ID, Reason: ReasonErrorHandler,
			Err: &RecordError{Topic: failed.Topic, Partition: failed.Partition, Offset: failed.Offset, Err: err},
		})
		return ledger.Finish{First: first, Again: true, After: stopped, Fail: true}
	default:
		return ledger.Finish{First: first, Again: true, After: v.After, Fail: true}
	}
}

// failedAt returns how many records of a batch are done although it failed, and why it failed.
func (w *worker) failedAt(err error) (int, error) {
	if n, cause, ok := listener.AsFailedAt(err); ok && w.batch {
		return n, cause
	}
	return 0, err
}

// ask calls the error handler. One that panics must not lose the record.
func (w *worker) ask(ctx context.Context, f errorhandler.Failure) (v errorhandler.Verdict) {
	defer func() {
		if recover() != nil {
			v = errorhandler.Hold(longestDelay)
		}
	}()
	return w.able(w.c.spec.ErrorHandler.Handle(ctx, f))
}

// able makes a verdict that nobody can carry out one that loses nothing.
func (w *worker) able(v errorhandler.Verdict) errorhandler.Verdict {
	switch {
	case v.Kind == errorhandler.KindDeadLetter && w.c.spec.DeadLetter == nil:
		v = errorhandler.Hold(longestDelay)
		v.Note = "a dead letter was asked for, and the listener has no dead-letter recoverer: configure one, or choose another verdict"
	case v.Kind == errorhandler.KindDeadLetter, v.Kind == errorhandler.KindRecover && v.Recoverer != nil:
		v = errorhandler.Hold(longestDelay)
		v.Note = "recoverers are not carried out yet"
	case v.Kind > errorhandler.KindStop:
		v = errorhandler.Hold(longestDelay)
		v.Note = "the verdict has no recoverer: errorhandler.RecoverWith takes one that is not nil"
	}
	return v
}
