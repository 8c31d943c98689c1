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

// Postpone says "not now": the record is delivered again, not before d, as if
// this delivery had not been: its attempt is not counted, the error handler is not
// asked, nothing is reported as failed. Its partition (key) waits, others go on.
// A batch is postponed as a whole, from record n on in a FailedAt(n, Postpone(…)). What was
// acknowledged or nacked stands.
//
// It is for middleware (a rate limit, a record that is not due yet) and for
// handlers that have not begun. why is for people; nil is allowed. A negative d counts as 0.
func Postpone(d time.Duration, why error) error {
	return &PostponedError{After: max(d, 0), Err: why}
}

// PauseFor is Postpone for something that every record needs and that is not
// there (an open circuit breaker): the whole listener is paused for d as well.
// Handlers that run go on, nothing else starts, and the group membership stays. The health is degraded,
// with why as its reason. Of several such pauses the longest counts; Container.Resume ends it before
// its time, Stop does, too.
func PauseFor(d time.Duration, why error) error {
	return &PostponedError{After: max(d, 0), Err: why, Pause: true}
}

// A PostponedError is what Postpone and PauseFor make.
type PostponedError struct {
	After time.Duration
	Pause bool  // PauseFor
	Err   error // why, or nil
}

// Error says for how long, and why.
func (e *PostponedError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("postponed by %s", e.After)
	}
	return fmt.Sprintf("postponed by %s: %v", e.After, e.Err)
}

// Unwrap returns the reason.
func (e *PostponedError) Unwrap() error { return e.Err }

func (e *PostponedError) advice() advice { return advice{postponed: e} }

// AsPostponed finds a Postpone or a PauseFor in err, through wrapping. The outermost of
// Fatal, RetryAfter and Postpone decides.
func AsPostponed(err error) (*PostponedError, bool) {
	e, ok := errors.AsType[advisor](err)
	if !ok || e.advice().postponed == nil {
		return nil, false
	}
	return e.advice().postponed, true
}

// IsFatal reports whether err is not worth a retry: a Fatal, a *DecodeError, an
// *InvalidError, an *UnroutedError or a *TombstoneError, through wrapping. The outermost of Fatal, RetryAfter and Postpone decides.
func IsFatal(err error) bool {
	e, ok := errors.AsType[advisor](err)
	return ok && e.advice().fatal
}

// AsRetryAfter finds the delay that RetryAfter asked for, through wrapping.
// The outermost of Fatal, RetryAfter and Postpone decides.
func AsRetryAfter(err error) (time.Duration, bool) {
	e, ok := errors.AsType[advisor](err)
	if !ok || e.advice().fatal || e.advice().postponed != nil {
		return 0, false
	}
	return e.advice().after, true
}

// advice is what an error says about a retry.
type advice struct {
	fatal bool
	after time.Duration
	// postponed stands instead of the other two.
	postponed *PostponedError
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
