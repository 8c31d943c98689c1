package container

import (
	"context"
	"fmt"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A share is what a failed call says of some records of its run.
type share struct {
	from, to int // counted from the run's first record
	done     bool
	err      error // why they failed; where there is none and they are not done, they were not reached
}

// shares reads a failed call's return. Nothing is in it twice, and nothing is missing.
func (w *worker) shares(err error) []share {
	n := len(w.run.Records)
	if !w.batch {
		return []share{{to: n, err: err}}
	}
	if errs, ok := listener.AsResults(err); ok {
		return independent(errs, n)
	}
	if at, cause, ok := listener.AsNotCalled(err); ok && at < n {
		return around(at, n, cause, false)
	}
	if at, cause, ok := listener.AsFailedAt(err); ok {
		return around(min(at, n), n, cause, true)
	}
	return []share{{to: n, err: err}}
}

// around is: those before at, the one at at, those after it.
func around(at, n int, cause error, done bool) (out []share) {
	if at > 0 {
		out = append(out, share{to: at, done: done})
	}
	if at < n {
		out = append(out, share{from: at, to: at + 1, err: cause})
	}
	if at+1 < n {
		out = append(out, share{from: at + 1, to: n})
	}
	return out
}

func independent(errs []error, n int) []share {
	out := make([]share, 0, n)
	for i := range n {
		switch {
		case i >= len(errs):
			out = append(out, share{from: i, to: i + 1, err: fmt.Errorf("%d outcomes for a batch of %d records", len(errs), n)})
		case errs[i] == nil:
			out = append(out, share{from: i, to: i + 1, done: true})
		default:
			out = append(out, share{from: i, to: i + 1, err: errs[i]})
		}
	}
	return out
}

// failed makes of a failed call what the ledger has to do: the error handler
// is asked about each share that has failed.
func (w *worker) failed(a *assignment, st ledger.Status, err error, now time.Time) ledger.Finish {
	shares := w.shares(err)
	parts := make([]ledger.Part, 0, len(shares))
	for i := 0; i < len(shares); i++ {
		s := shares[i]
		switch {
		case s.done:
			parts = append(parts, ledger.Part{To: s.to, Done: true})
		case s.err == nil:
			parts = append(parts, ledger.Part{To: s.to, Untried: s.to - s.from})
		case s.to <= st.Settled: // what was acknowledged can't fail
			w.reportSettled(a, err)
			parts = append(parts, ledger.Part{To: s.to, Done: true})
		case isPostponed(s.err): // of this record alone
			p, _ := listener.AsPostponed(s.err)
			parts = append(parts, ledger.Part{To: s.to, After: p.After, Untried: s.to - s.from})
		default:
			s.from = max(s.from, st.Settled)
			end := s.to
			if i+1 < len(shares) && !shares[i+1].done && shares[i+1].err == nil {
				i++ // not reached: they come again with it, or after it
				end = shares[i].to
			}
			parts = append(parts, w.verdict(a, s, end, now)...)
		}
	}
	return ledger.Finish{Parts: parts}
}

// verdict asks the error handler about s, and reports what it said. Those up to
// end were not reached.
func (w *worker) verdict(a *assignment, s share, end int, now time.Time) []ledger.Part {
	f := w.failure(a, s, end, now)
	v := w.ask(a.ctx, f)
	single := s.to-s.from == 1
	said := v.Of(f)
	if !single && final(v) {
		said = "once more record by record, then " + said
	}
	w.report(a, f, v, said)
	return w.carryOut(a, v, f, s, end)
}

func isPostponed(err error) bool {
	_, ok := listener.AsPostponed(err)
	return ok
}

// final reports whether a verdict gives the record up. The error of several
// records does not say which of them it is about: they run alone first.
func final(v errorhandler.Verdict) bool {
	return v.Kind == errorhandler.KindSkip || v.Kind == errorhandler.KindRecover
}

func (w *worker) failure(a *assignment, s share, end int, now time.Time) errorhandler.Failure {
	failing := a.Failing(&w.run)
	if failing.Since.IsZero() {
		failing.Since = now
	}
	return errorhandler.Failure{
		Invocation: listener.Info(a.ctx), Records: w.run.Records[s.from:end], Attempt: w.run.Records[s.from].Attempt,
		Since: failing.Since, Previous: failing.Previous, Err: s.err,
	}
}

func (w *worker) report(a *assignment, f errorhandler.Failure, v errorhandler.Verdict, said string) {
	failed, attempt := f.Records[0], w.c.spec.attempts(f)
	a.trouble(trouble{offset: failed.Offset, attempt: attempt, err: f.Err, since: f.Since, verdict: said, held: v.Held, due: time.Now().Add(v.After)})
	w.c.emit(event.RecordFailed{
		Consumer: w.c.name(), Partition: a.event(), Offset: failed.Offset, Records: len(f.Records),
		Attempt: attempt, Err: f.Err, Verdict: said, Held: v.Held, Since: f.Since,
	})
}

func (w *worker) carryOut(a *assignment, v errorhandler.Verdict, f errorhandler.Failure, s share, end int) []ledger.Part {
	again := ledger.Part{To: end, After: v.After, Fail: true, Untried: end - s.to}
	switch {
	case v.Kind == errorhandler.KindStop:
		w.stopFor(f)
		again.After = stopped
		return []ledger.Part{again}
	case !final(v):
		return []ledger.Part{again}
	}
	var parts []ledger.Part
	for at := s.from; at < s.to; at++ {
		parts = append(parts, ledger.Part{To: at + 1, Fail: true})
	}
	if len(parts) == 1 {
		if v.Kind == errorhandler.KindSkip {
			parts[0] = ledger.Part{To: s.to, Done: true}
		} else {
			a.giveUp(w.run.From+uint64(s.from), newRecovery(v.Recoverer, f))
		}
	}
	if end > s.to {
		parts = append(parts, ledger.Part{To: end, Untried: end - s.to})
	}
	return parts
}

// stopFor ends the listener, in the name of the record that failed.
func (w *worker) stopFor(f errorhandler.Failure) {
	failed := f.Records[0]
	w.c.fail(&FatalError{
		Listener: w.c.spec.ID, Reason: ReasonErrorHandler,
		Err: &RecordError{Topic: failed.Topic, Partition: failed.Partition, Offset: failed.Offset, Err: f.Err},
	})
}

// ask calls the error handler. One that panics must not lose the record.
func (w *worker) ask(ctx context.Context, f errorhandler.Failure) (v errorhandler.Verdict) {
	defer func() {
		if p := recover(); p != nil {
			v = errorhandler.Hold(longestDelay)
			v.Note = fmt.Sprintf("the error handler panicked with a %T", p)
		}
	}()
	return w.able(w.c.spec.ErrorHandler.Handle(ctx, f))
}

// able makes a verdict one that can be carried out: a dead letter is for the
// listener's own recoverer, and what nobody can do loses nothing.
func (w *worker) able(v errorhandler.Verdict) errorhandler.Verdict {
	switch {
	case v.Kind == errorhandler.KindDeadLetter && w.c.spec.DeadLetter != nil:
		v.Kind, v.Recoverer = errorhandler.KindRecover, w.c.spec.DeadLetter
	case v.Kind == errorhandler.KindDeadLetter:
		v = errorhandler.Hold(longestDelay)
		v.Note = noDeadLetter
	case v.Kind > errorhandler.KindDeadLetter, v.Kind == errorhandler.KindRecover && v.Recoverer == nil:
		v = errorhandler.Hold(longestDelay)
		v.Note = "the verdict has no recoverer, or is none: errorhandler.RecoverWith takes a recoverer that is not nil"
	}
	return v
}

const noDeadLetter = "a dead letter was asked for, and the listener has no dead-letter recoverer: configure one, or choose another verdict"
