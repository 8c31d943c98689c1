package listener

import (
	"errors"
	"fmt"
)

// A FailedAtError is what FailedAt makes.
type FailedAtError struct {
	N   int   // the first N records of the batch are done; record N failed
	Err error // why
}

// FailedAt is returned by a batch handler that got as far as record n, counted
// from 0: the n records before it are done, record n goes to the error
// handler, and the rest is delivered again. A negative n counts as 0. The
// result is never nil, also for a nil err.
func FailedAt(n int, err error) error {
	if err == nil {
		err = errors.New("no cause was given")
	}
	return &FailedAtError{N: max(n, 0), Err: err}
}

// Error says which record failed, and why.
func (e *FailedAtError) Error() string {
	return fmt.Sprintf("record %d of the batch: %v", e.N, e.Err)
}

// Unwrap returns the cause.
func (e *FailedAtError) Unwrap() error { return e.Err }

// AsFailedAt finds a FailedAt in err, through wrapping. n is not checked
// against the batch: one beyond its end says that all records were done.
func AsFailedAt(err error) (n int, cause error, ok bool) {
	e, ok := errors.AsType[*FailedAtError](err)
	if !ok {
		return 0, nil, false
	}
	return max(e.N, 0), e.Err, true
}
