package listener

import (
	"errors"
	"fmt"
	"time"
)

// Fatal marks err as not worth a retry. The default error handler then holds
// the record at once. Fatal(nil) is nil.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return &advisedError{advice{fatal: true}, err}
}

// RetryAfter asks for the next attempt after d, where the default error
// handler decides. A negative d counts as 0. The result is never nil, also
// for a nil err: asking for a retry is a failure.
func RetryAfter(d time.Duration, err error) error {
	if err == nil {
		err = fmt.Errorf("asked for again after %s", d)
	}
	return &advisedError{advice{after: max(d, 0)}, err}
}

// IsFatal reports whether err is not worth a retry: a Fatal, a *DecodeError or
// a *TombstoneError, through wrapping. The outermost of Fatal and RetryAfter decides.
func IsFatal(err error) bool {
	e, ok := errors.AsType[advisor](err)
	return ok && e.advice().fatal
}

// AsRetryAfter finds the delay that RetryAfter asked for, through wrapping.
// The outermost of Fatal and RetryAfter decides.
func AsRetryAfter(err error) (time.Duration, bool) {
	e, ok := errors.AsType[advisor](err)
	if !ok || e.advice().fatal {
		return 0, false
	}
	return e.advice().after, true
}

// advice is what an error says about a retry.
type advice struct {
	fatal bool
	after time.Duration
}

// An advisor is an error that knows whether a retry makes sense.
type advisor interface {
	error
	advice() advice
}

type advisedError struct {
	about advice
	err   error
}

func (e *advisedError) Error() string  { return e.err.Error() }
func (e *advisedError) Unwrap() error  { return e.err }
func (e *advisedError) advice() advice { return e.about }
