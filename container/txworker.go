package container

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// turnTx is turn inside of transactions: each run waits for a window.
func (w *worker) turnTx(a *assignment) {
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
		go w.main()
	}()
	rc := a.context(w.id)
	ctx := listener.WithTx(rc.ctx, t)
	failure, failed := w.c.tx.failure(a, &w.run)
	t.verdict = failed
	w.begin(a, rc, now)
	if failed {
		c := w.verdictTx(ctx, a, failure.err, now)
		w.end()
		w.c.tx.conclude(t, &w.run, c, nil)
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
	first, _ := w.failedAt(err)
	if first >= n {
		return ledger.Conclusion{Done: n}, nil
	}
	if p, ok := listener.AsPostponed(err); ok {
		t.unsend()
		return ledger.Conclusion{Done: first, Redo: n - first, Later: p.After}, nil
	}
	return ledger.Conclusion{Redo: first}, err
}

// verdictTx asks the error handler about a run that has failed, in a
// transaction of its own: what it sends is visible if it skips.
func (w *worker) verdictTx(ctx context.Context, a *assignment, err error, now time.Time) (c ledger.Conclusion) {
	defer func() {
		if recover() != nil {
			c = ledger.Conclusion{After: longestDelay, Fail: true, Void: true}
		}
	}()
	for _, r := range w.run.Records {
		r.Attempt-- // of the run that failed: this one is none
	}
	_, cause := w.failedAt(err)
	failing := a.Failing(&w.run)
	if failing.Since.IsZero() {
		failing.Since = now
	}
	head := w.run.Records[0]
	f := errorhandler.Failure{
		Invocation: listener.Info(a.ctx), Records: w.run.Records, Attempt: head.Attempt,
		Since: failing.Since, Previous: failing.Previous, Err: cause,
	}
	v := w.ask(ctx, f)
	w.c.emit(event.RecordFailed{
		Consumer: w.c.name(), Partition: a.event(), Offset: head.Offset, Records: len(f.Records),
		Attempt: f.Attempt, Err: cause, Verdict: v.String(), Held: v.Held, Since: failing.Since,
	})
	done := w.carryOut(v, 0, err, head)
	switch n := len(w.run.Records); {
	case done.Mark:
		return ledger.Conclusion{Done: n}
	case done.First > 0:
		return ledger.Conclusion{Done: done.First, Redo: n - done.First}
	default:
		return ledger.Conclusion{After: done.After, Fail: done.Fail, Void: true}
	}
}
