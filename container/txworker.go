package container

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// turnTx is turn inside of transactions: each run waits for a window.
func (w *worker) turnTx(a *assignment) {
	if w.c.spec.sideBySide() {
		w.turnBeside(a)
		return
	}
	x := w.c.tx
	end := time.Now().Add(turnTime)
	for {
		win := x.enter(a)
		if win == nil {
			return
		}
		now := time.Now()
		if !a.Take(now, &w.run) {
			x.took(win, a, 0)
			break
		}
		x.took(win, a, len(w.run.Records))
		after := w.oneTx(a, win, now)
		if w.run.Closes || after.After(end) {
			a.Yield()
			break
		}
	}
	x.rest()
}

// oneTx runs the handler on w.run, or the error handler where it has failed
// before, and concludes the run.
func (w *worker) oneTx(a *assignment, win *window, now time.Time) time.Time {
	t := &runTx{w: win, a: a, from: w.run.From, to: w.run.To}
	returned := false
	defer func() {
		if returned {
			return
		}
		// The handler has ended this goroutine: another one takes its place.
		w.end()
		w.c.tx.conclude(t, &w.run, ledger.Conclusion{}, errGoexit)
		a.Yield()
		w.c.tx.rest()
		w.c.working.Add(1)
		go w.main() // what the window has owed was released: this is a failure
	}()
	failure, failed := w.c.tx.failure(a, &w.run)
	t.verdict = failed
	ctx := listener.WithTx(w.begin(a, now), t)
	if failed {
		c, fault := w.verdictTx(ctx, a, failure, now)
		w.end()
		w.c.tx.conclude(t, &w.run, c, fault)
	} else {
		_, err := w.handle(a, ctx)
		w.end()
		c, fault := w.outcome(t, err)
		w.c.tx.conclude(t, &w.run, c, fault)
	}
	returned = true
	return time.Now()
}

// failure returns what the error handler has to be asked about a run.
func (x *transactor) failure(a *assignment, run *ledger.Run) (txFailure, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f, ok := a.failures[run.From]
	return f, ok && run.Alone
}

// outcome says what a handler's return means. Where a batch has failed from a
// record on, those before it run again without it.
func (w *worker) outcome(t *runTx, err error) (c ledger.Conclusion, fault error) {
	defer func() {
		if v := recover(); v != nil { // an error whose methods panic
			c, fault = ledger.Conclusion{}, &errorhandler.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	n := len(w.run.Records)
	if err == nil {
		return ledger.Conclusion{Done: n}, nil
	}
	if p, ok := postponed(err); ok {
		t.unsend()
		first := w.doneFirst(err)
		return ledger.Conclusion{Done: first, Redo: n - first, Later: p.After}, nil
	}
	for _, s := range w.shares(err) {
		if p, ok := listener.AsPostponed(s.err); ok { // one of a list of results
			t.unsend()
			return ledger.Conclusion{Redo: n, Later: p.After}, nil
		}
		if s.err != nil {
			return ledger.Conclusion{Redo: s.from}, err
		}
	}
	return ledger.Conclusion{Done: n}, nil
}

// causeOf returns why a run has failed that begins with the record to blame,
// and before that whether the error is about that one alone.
func (w *worker) causeOf(err error) (one bool, cause error) {
	n := len(w.run.Records)
	if !w.batch {
		return true, err
	}
	if errs, ok := listener.AsResults(err); ok {
		for _, e := range errs {
			if e != nil {
				return true, e
			}
		}
	}
	if _, cause, ok := listener.AsNotCalled(err); ok {
		return true, cause
	}
	if _, cause, ok := listener.AsFailedAt(err); ok {
		return true, cause
	}
	return n == 1, err
}

// verdictTx asks the error handler about a run that has failed, in a
// transaction of its own: what it or a recoverer sends is visible if the record
// is given up. A fault aborts it.
func (w *worker) verdictTx(ctx context.Context, a *assignment, failed txFailure, now time.Time) (c ledger.Conclusion, fault error) {
	defer func() {
		if recover() != nil {
			c, fault = ledger.Conclusion{After: longestDelay, Fail: true, Void: true}, nil
		}
	}()
	for _, r := range w.run.Records {
		r.Attempt-- // of the run that failed: this one is none
	}
	if failed.recovery != nil {
		return w.recoverTx(ctx, a, failed)
	}
	n := len(w.run.Records)
	one, cause := w.causeOf(failed.err)
	s := share{to: n, err: cause}
	if one {
		s.to = 1
	}
	f := w.failure(a, s, n, now)
	v := w.ask(ctx, f)
	said := v.Of(f)
	if !one && final(v) {
		said = "once more record by record, then " + said
	}
	w.report(a, f, v, said)
	switch {
	case v.Kind == errorhandler.KindStop:
		w.stopFor(f)
		return ledger.Conclusion{After: stopped, Fail: true, Void: true}, nil
	case !final(v):
		return ledger.Conclusion{After: v.After, Fail: true, Void: true}, nil
	case !one:
		return ledger.Conclusion{Fail: true, Void: true, Each: true}, nil
	case v.Kind == errorhandler.KindSkip:
		return ledger.Conclusion{Done: 1, Redo: n - 1}, nil
	}
	failed.recovery = newRecovery(v.Recoverer, f)
	return w.recoverTx(ctx, a, failed)
}

// recoverTx asks the recoverer, inside of the verdict's transaction. Where it
// fails, the transaction is aborted, and after a while it is asked again.
func (w *worker) recoverTx(ctx context.Context, a *assignment, failed txFailure) (ledger.Conclusion, error) {
	r := failed.recovery
	err := r.call(ctx)
	if err == nil {
		w.c.emit(r.recovered(w.c, a.event()))
		return ledger.Conclusion{Done: 1, Redo: len(w.run.Records) - 1}, nil
	}
	r.failed(err)
	w.c.emit(r.refused(w.c.name(), a.event()))
	a.trouble(trouble{offset: w.run.Offset(), attempt: w.c.spec.attempts(r.f), since: r.f.Since, err: r.f.Err, recoverer: err, due: time.Now().Add(r.retry)})
	w.c.tx.mu.Lock()
	a.failures[w.run.From] = failed
	w.c.tx.mu.Unlock()
	return ledger.Conclusion{After: r.retry, Fail: true, Void: true}, err
}
