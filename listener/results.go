package listener

import (
	"errors"
	"fmt"
)

var errNoOutcome = errors.New("the handler gave no outcome for this record")

// A ResultsError is what Results makes: one outcome per record of the batch.
type ResultsError struct {
	Errs []error // nil for a record that is done
}

// Results is returned by a batch handler whose records have outcomes of their
// own: errs[i] is that of batch[i], nil where it is done. Those that are done
// are settled, also behind one that has failed (the group's offset waits for
// the lowest); each of the others goes to the error handler and is delivered
// again as a batch of one.
//
// Where errs is shorter than the batch, the records without an outcome have
// failed. Where it is longer the two do not belong together, and that is a
// plain error: nothing is done. The result is nil where all records are done.
//
// Under a transactional factory the first record that has failed counts as
// FailedAt does, and those after it run again: one transaction has one outcome.
func Results[R any](batch []R, errs []error) error {
	if len(errs) > len(batch) {
		return fmt.Errorf("listener.Results: %d outcomes for a batch of %d records", len(errs), len(batch))
	}
	all := make([]error, len(batch))
	failed := false
	for i := range all {
		all[i] = errNoOutcome
		if i < len(errs) {
			all[i] = errs[i]
		}
		failed = failed || all[i] != nil
	}
	if !failed {
		return nil
	}
	return &ResultsError{Errs: all}
}

// Error says how many records failed, and why the first of them did.
func (e *ResultsError) Error() string {
	n, first := 0, -1
	for i, err := range e.Errs {
		if err == nil {
			continue
		}
		if n++; first < 0 {
			first = i
		}
	}
	if first < 0 {
		return "no record of the batch failed"
	}
	return fmt.Sprintf("%d of %d records of the batch failed, the first is record %d: %v", n, len(e.Errs), first, e.Errs[first])
}

// Unwrap returns the errors of the records that failed.
func (e *ResultsError) Unwrap() []error {
	out := make([]error, 0, len(e.Errs))
	for _, err := range e.Errs {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// AsResults finds a Results in err, through wrapping.
func AsResults(err error) ([]error, bool) {
	e, ok := errors.AsType[*ResultsError](err)
	if !ok {
		return nil, false
	}
	return e.Errs, true
}

// A NotCalledError is what NotCalled makes.
type NotCalledError struct {
	N   int   // record N is why
	Err error // what is wrong with it
}

// NotCalled is returned by what stands before a batch handler and has not
// called it, because of record n, counted from 0: one that can't be decoded,
// or that a check refuses. The n records before it are delivered without it,
// record n goes to the error handler, and the rest follows. Those that were
// not to blame have not been attempted.
//
// A batch handler itself returns FailedAt: the records before n are done then.
func NotCalled(n int, err error) error {
	if err == nil {
		err = errors.New("no cause was given")
	}
	return &NotCalledError{N: max(n, 0), Err: err}
}

// Error says which record is to blame, and why.
func (e *NotCalledError) Error() string {
	return fmt.Sprintf("the handler was not called, record %d of the batch: %v", e.N, e.Err)
}

// Unwrap returns the cause.
func (e *NotCalledError) Unwrap() error { return e.Err }

// AsNotCalled finds a NotCalled in err, through wrapping.
func AsNotCalled(err error) (n int, cause error, ok bool) {
	e, ok := errors.AsType[*NotCalledError](err)
	if !ok {
		return 0, nil, false
	}
	return max(e.N, 0), e.Err, true
}
