package container

import (
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

// judge turns an outcome into what the ledger has to do. What went well, which is
// nearly all, takes the short way.
func (w *worker) judge(a *assignment, k *ack, err error, now time.Time) *ledger.Finish {
	if w.wentWell(err) {
		return &well
	}
	w.ending = w.judged(a, k, err, now)
	return &w.ending
}

func (w *worker) wentWell(err error) bool { return err == nil && (!w.manual || w.sieve.none) }

// well is what nearly all records come to. It is only read.
var well = ledger.Finish{Mark: true, Plain: true}

// judged is decide for errors of any kind: one whose methods panic, such as a
// nil pointer, is a handler that panicked.
func (w *worker) judged(a *assignment, k *ack, err error, now time.Time) (f ledger.Finish) {
	defer func() {
		if v := recover(); v != nil {
			f = w.decide(a, k, &errorhandler.PanicError{Value: v, Stack: debug.Stack()}, now)
		}
	}()
	return w.decide(a, k, err, now)
}

// decide is judge where a handler acknowledges, or has failed: nil, acknowledged,
// nacked, an error and a panic meet here.
func (w *worker) decide(a *assignment, k *ack, err error, now time.Time) ledger.Finish {
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
		if p, ok := postponed(err); ok {
			return ledger.Finish{First: max(w.doneFirst(err), st.Settled), Again: true, After: p.After, Void: true}
		}
		return w.failed(a, st, err, now)
	}
}

// postponed finds a Postpone that is about the whole run, which then runs again
// later as if it had not run; one in a list of results is about its record.
func postponed(err error) (*listener.PostponedError, bool) {
	if _, each := listener.AsResults(err); each {
		return nil, false
	}
	return listener.AsPostponed(err)
}

// doneFirst is how many records a failed call says were done before anything else.
func (w *worker) doneFirst(err error) int {
	if s := w.shares(err)[0]; s.done {
		return s.to
	}
	return 0
}

// unacked applies the policy for a handler that returned nil and left records
// unacknowledged.
func (w *worker) unacked(a *assignment, st ledger.Status, now time.Time) ledger.Finish {
	switch w.c.spec.Unacked.Kind {
	case spec.UnackedRedeliver:
		return ledger.Finish{Again: true, After: w.c.spec.Unacked.After}
	case spec.UnackedFail:
		return w.failed(a, st, errUnacked, now)
	default:
		return ledger.Finish{} // keep: they stay open
	}
}

func (w *worker) reportSettled(a *assignment, err error) {
	if err != nil {
		w.c.emit(event.AckedButFailed{Consumer: w.c.name(), Partition: a.event(), Offset: w.run.Offset(), Err: err})
	}
}
