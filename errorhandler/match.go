package errorhandler

import (
	"context"
	"errors"
	"slices"
)

// A Match is a class of errors. It is asked by the worker that ran the handler
// and must not block.
type Match func(err error) bool

// Is matches the errors that errors.Is finds one of targets in.
func Is(targets ...error) Match {
	targets = slices.Clone(targets)
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
}

// As matches the errors that errors.As finds a T in: As[*net.OpError]().
func As[T error]() Match {
	return func(err error) bool {
		_, ok := errors.AsType[T](err)
		return ok
	}
}

// Any matches what one of ms matches. A nil Match matches nothing.
func Any(ms ...Match) Match {
	ms = slices.Clone(ms)
	return func(err error) bool {
		return slices.ContainsFunc(ms, func(m Match) bool { return m != nil && m(err) })
	}
}

// A Route is a handler for a class of errors; When makes one.
type Route struct {
	match Match
	use   Handler
}

// When says that use decides on the errors that m matches.
func When(m Match, use Handler) Route { return Route{m, use} }

// ByError lets the first route decide whose class the error is of, and
// otherwise where there is none. A nil otherwise is NewDefault(). The attempts
// of a record count on when its errors change: they are the record's.
//
//	errorhandler.ByError(nil,
//		errorhandler.When(errorhandler.Is(ErrLimited), errorhandler.Default{Backoff: errorhandler.Backoff{Initial: time.Minute, Max: time.Hour}}),
//		errorhandler.When(errorhandler.As[*ValidationError](), errorhandler.Always(errorhandler.DeadLetter())))
func ByError(otherwise Handler, routes ...Route) Handler {
	if otherwise == nil {
		otherwise = NewDefault()
	}
	routes = slices.Clone(routes)
	return HandlerFunc(func(ctx context.Context, f Failure) Verdict {
		for _, r := range routes {
			if r.match != nil && r.use != nil && r.match(f.Err) {
				return r.use.Handle(ctx, f)
			}
		}
		return otherwise.Handle(ctx, f)
	})
}

// Always is the handler with one verdict for all failures.
func Always(v Verdict) Handler {
	return HandlerFunc(func(context.Context, Failure) Verdict { return v })
}
