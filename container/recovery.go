package container

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A recovery is a record that is given up, until its recoverer has taken it
// over. Between two tries it is a redelivery like any other: it holds no
// goroutine, and a revoke drops it.
type recovery struct {
	by    errorhandler.Recoverer
	f     errorhandler.Failure // of the one record
	since time.Time            // of the giving up
	tries int
	err   error // of the last try
	retry time.Duration
}

// recoveryBackoff is the wait between two tries of a recoverer.
var recoveryBackoff = errorhandler.Backoff{}

func newRecovery(by errorhandler.Recoverer, f errorhandler.Failure) *recovery {
	f.Records = []*listener.RawRecord{f.Records[0]}
	return &recovery{by: by, f: f, since: time.Now()}
}

// failed books a try that went wrong.
func (r *recovery) failed(err error) {
	r.tries++
	r.err = err
	r.retry = recoveryBackoff.Delay(r.tries)
}

// attempts is how often a handler was called for the record of f, all stages of
// retry topics together: that is what an event and health tell.
func (s *Spec) attempts(f errorhandler.Failure) int {
	if s.Tried == nil {
		return f.Attempt
	}
	return f.Attempt + s.Tried(f.Records[0])
}

func (r *recovery) recovered(c *consumer, p event.Partition) event.Recovered {
	return event.Recovered{
		Consumer: c.name(), Partition: p, Offset: r.f.Records[0].Offset, Attempt: c.spec.attempts(r.f), Err: r.f.Err,
		By: errorhandler.NameFor(r.by, r.f), Tries: r.tries + 1, Took: time.Since(r.since),
	}
}

func (r *recovery) refused(c event.Consumer, p event.Partition) event.RecoveryFailed {
	return event.RecoveryFailed{
		Consumer: c, Partition: p, Offset: r.f.Records[0].Offset, Err: r.err, Cause: r.f.Err,
		By: errorhandler.NameFor(r.by, r.f), Tries: r.tries, Retry: r.retry, Since: r.since,
	}
}

// call asks the recoverer. A panic is an error like any other.
func (r *recovery) call(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &errorhandler.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	r.f.Records[0].Attempt = r.f.Attempt // the ledger counts this as one more
	return r.by.Recover(ctx, r.f)
}

// giveUp notes that what starts next at slot is for a recoverer, not for the handler.
func (a *assignment) giveUp(slot uint64, r *recovery) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recoveries == nil {
		a.recoveries = map[uint64]*recovery{}
	}
	a.recoveries[slot] = r
}

// givenUp takes the recovery of a run that has just begun, nil where it has none.
func (a *assignment) givenUp(run *ledger.Run) *recovery {
	if run.Attempt < 2 { // it has never failed
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.recoveries[run.From]
	delete(a.recoveries, run.From)
	return r
}

// A recovering is a recoverer that runs.
type recovering struct {
	a     *assignment
	r     *recovery
	since time.Time
}

// String names it, for people.
func (b *recovering) String() string {
	return fmt.Sprintf("recoverer of %s[%d]@%d, running for %s",
		b.a.tp.Topic, b.a.tp.ID, b.r.f.Records[0].Offset, time.Since(b.since).Round(time.Millisecond))
}

// recoveries are the recoverers of a consumer that run.
type recoveries struct {
	mu  sync.Mutex
	all map[*recovering]bool
}

func (rs *recoveries) enter(b *recovering) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.all == nil {
		rs.all = map[*recovering]bool{}
	}
	rs.all[b] = true
}

func (rs *recoveries) leave(b *recovering) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.all, b)
}

// names names those of parts, or all without parts.
func (rs *recoveries) names(parts []*assignment) (out []string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for b := range rs.all {
		if len(parts) == 0 || slices.Contains(parts, b.a) {
			out = append(out, b.String())
		}
	}
	slices.Sort(out)
	return out
}

// of returns the one of a, nil where none runs.
func (rs *recoveries) of(a *assignment) *recovering {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for b := range rs.all {
		if b.a == a {
			return b
		}
	}
	return nil
}

// handOver gives w.run to its recoverer, on a goroutine of its own: the worker
// goes on, only the partition waits. The goroutine counts as a worker that is
// busy with the run until it has finished it.
func (w *worker) handOver(a *assignment, r *recovery) {
	run := w.run
	run.Records = slices.Clone(w.run.Records)
	a.Leave(&run)
	b := &recovering{a: a, r: r, since: time.Now()}
	w.c.recoveries.enter(b)
	w.c.working.Add(1)
	go w.c.recover(b, &run)
}

// recover asks the recoverer of b and ends its run.
func (c *consumer) recover(b *recovering, run *ledger.Run) {
	defer c.working.Done()
	ctx, cancel := context.WithTimeoutCause(b.a.ctx, c.spec.HandlerTimeout, listener.ErrHandlerTimeout)
	defer cancel()
	var err error = &errorhandler.PanicError{} // of runtime.Goexit, which passes what follows by
	defer func() { c.endRecovery(b, run, err) }()
	err = b.r.call(ctx)
}

// endRecovery settles what was recovered. What was not comes again, after a
// while, to its recoverer, and this was no attempt of its handler.
func (c *consumer) endRecovery(b *recovering, run *ledger.Run, err error) {
	a, r := b.a, b.r
	defer c.recoveries.leave(b)
	if err == nil {
		c.emit(r.recovered(c, a.event()))
		a.Finish(run, ledger.Finish{Mark: true}, time.Now())
		c.committer.policy.counted(*c.live.Load())
		return
	}
	r.failed(err)
	c.emit(r.refused(c.name(), a.event()))
	a.giveUp(run.From, r)
	a.trouble(trouble{offset: run.Offset(), attempt: c.spec.attempts(r.f), since: r.f.Since, err: r.f.Err, recoverer: err, due: time.Now().Add(r.retry)})
	n := len(run.Records)
	a.Finish(run, ledger.Finish{Parts: []ledger.Part{{To: n, After: r.retry, Fail: true, Untried: n}}}, time.Now())
}
