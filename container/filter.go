package container

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// A sieve is what a worker's filters have left of its run.
type sieve struct {
	on   bool  // some of the run are kept, and some are not
	kept []int // those that are, counted within the run
	none bool  // nothing is left: the run is done, and no handler was called
	at   int   // the record that a filter looks at, -1 for none
}

// handle runs the filters and, on what they keep, the handler. The
// acknowledgment is nil where the handler takes none, or was not called.
func (w *worker) handle(a *assignment, ctx context.Context) (*ack, error) { //nolint:revive // ctx is of a
	w.sieve.on, w.sieve.none, w.sieve.at = false, false, -1
	if len(w.c.spec.Filters) > 0 {
		if err := w.sift(a, ctx); err != nil || w.sieve.none {
			w.delivery = listener.Delivery{}
			return nil, err
		}
	}
	k := w.prepare(a)
	if w.run.Fault != nil {
		return k, w.run.Fault
	}
	return k, w.widen(w.call(ctx, w.c.spec.Handler))
}

// sift asks the filters about every record of the run. One that panics fails
// its record: those before it are delivered without it.
func (w *worker) sift(a *assignment, ctx context.Context) error { //nolint:revive // ctx is of a
	s := &w.sieve
	s.kept = s.kept[:0]
	for i, r := range w.run.Records {
		s.at = i
		keep, err := w.keeps(ctx, r)
		if err != nil {
			return w.blame(err)
		}
		if keep {
			s.kept = append(s.kept, i)
		}
	}
	s.at = -1 // not deferred: a Goexit is the record's, too
	n := len(w.run.Records) - len(s.kept)
	if n == 0 {
		return nil
	}
	a.sifted.add(n, w.run.Records[0].Offset, w.run.Records[len(w.run.Records)-1].Offset)
	if s.none = len(s.kept) == 0; s.none {
		return nil
	}
	s.on = true
	if w.manual && s.kept[0] > 0 {
		a.Drop(&w.run, s.kept[0]) // nobody else would mark them
	}
	return nil
}

// keeps asks the filters in turn.
func (w *worker) keeps(ctx context.Context, r *listener.RawRecord) (keep bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &errorhandler.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	for _, f := range w.c.spec.Filters {
		if !f(ctx, r) {
			return false, nil
		}
	}
	return true, nil
}

// blame makes err that of the record which a filter was looking at.
func (w *worker) blame(err error) error {
	i := w.sieve.at
	switch {
	case !w.batch || i < 0:
		return err
	case len(w.sieve.kept) == 0: // those before it were filtered out
		return listener.FailedAt(i, err)
	default:
		return listener.NotCalled(i, err)
	}
}

// sifted returns what the handler gets of the run.
func (w *worker) sifted() []*listener.RawRecord {
	if !w.sieve.on {
		return w.run.Records
	}
	out := make([]*listener.RawRecord, len(w.sieve.kept))
	for i, at := range w.sieve.kept {
		out[i] = w.run.Records[at]
	}
	return out
}

// inRun says where record n of the delivery stands in the run: what was filtered
// out before it comes with those before it.
func inRun(kept []int, n, all int) int {
	if n < len(kept) {
		return kept[n]
	}
	return all
}

// widen makes what a batch handler said of its delivery what it means for the run.
func (w *worker) widen(err error) error {
	if err == nil || !w.sieve.on || !w.batch {
		return err
	}
	if errs, ok := listener.AsResults(err); ok {
		return listener.Results(w.run.Records, widened(w.sieve.kept, errs, len(w.run.Records)))
	}
	if n, cause, ok := listener.AsNotCalled(err); ok {
		return listener.NotCalled(inRun(w.sieve.kept, n, len(w.run.Records)), cause)
	}
	n, cause, ok := listener.AsFailedAt(err)
	if !ok {
		return err
	}
	if p, later := listener.AsPostponed(err); later {
		cause = p
	}
	return listener.FailedAt(inRun(w.sieve.kept, n, len(w.run.Records)), cause)
}

// widened puts the outcomes of the kept in their places; the others are done.
func widened(kept []int, errs []error, all int) []error {
	out := make([]error, all)
	for i, at := range kept {
		if i < len(errs) {
			out[at] = errs[i]
		} else {
			out[at] = fmt.Errorf("%d outcomes for a batch of %d records", len(errs), len(kept))
		}
	}
	return out
}

// A siftedCount is what filters have taken out since it was told last.
type siftedCount struct {
	mu          sync.Mutex
	n           int
	first, last int64
}

func (s *siftedCount) add(n int, first, last int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == 0 {
		s.first = first
	}
	s.n += n
	s.first, s.last = min(s.first, first), max(s.last, last)
}

func (s *siftedCount) take() (n int, first, last int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, first, last = s.n, s.first, s.last
	s.n, s.last = 0, 0
	return n, first, last
}

// tellFiltered reports what was filtered out, once per turn.
func (w *worker) tellFiltered(a *assignment) {
	if len(w.c.spec.Filters) == 0 {
		return
	}
	if n, first, last := a.sifted.take(); n > 0 {
		w.c.emit(event.RecordsFiltered{Consumer: w.c.name(), Partition: a.event(), Records: n, First: first, Last: last})
	}
}
