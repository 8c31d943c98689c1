package guard

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/hearken-go/hearken/listener"
)

const (
	defaultTimeout = time.Minute // gobreaker's own
	// probeWait is how long a record waits while another one probes.
	probeWait = 250 * time.Millisecond
)

// Breaker stops calling a handler whose dependency is down. While it is open
// its listener is paused, visibly (container.Status, health, event.ListenerPaused),
// until the breaker's Timeout has passed; then it probes with MaxRequests records, and either goes on or
// opens again. The record that met the open breaker is delivered again as if it had not been delivered:
// nothing is failed for the breaker.
//
// The failures that open it, and a probe that fails, are failures like any
// other: they were real calls, their attempts count, and the error handler decides on them. So
// it is at most MaxRequests attempts per Timeout that an outage costs.
//
// Settings are gobreaker's, whose zero value opens after more than 5 failures
// in a row, for a minute. These are neither failures nor successes, beside what IsExcluded says:
// what no retry heals (listener.IsFatal: an undecodable record says nothing of a dependency), what is
// postponed, and what ended because its partition or listener did. A panic is a failure.
//
// One middleware is one breaker: listeners that share it open and close
// together, each paused when one of its records meets it. Name is what the pause's reason calls it.
//
//	listener.Use(guard.Breaker(gobreaker.Settings{Name: "payments", Timeout: 10 * time.Second}))
func Breaker(s gobreaker.Settings) listener.Middleware {
	b := newBreaker(s)
	return func(next listener.HandlerFunc) listener.HandlerFunc {
		return func(ctx context.Context, d *listener.Delivery) error { return b.call(ctx, d, next) }
	}
}

type breaker struct {
	name    string
	cb      *gobreaker.TwoStepCircuitBreaker[struct{}]
	timeout time.Duration
	opened  atomic.Int64 // UnixNano
}

func newBreaker(s gobreaker.Settings) *breaker {
	b := &breaker{name: s.Name, timeout: s.Timeout}
	if b.timeout <= 0 {
		b.timeout = defaultTimeout
	}
	tell, exclude := s.OnStateChange, s.IsExcluded
	s.OnStateChange = func(name string, from, to gobreaker.State) {
		if to == gobreaker.StateOpen {
			b.opened.Store(time.Now().UnixNano())
		}
		if tell != nil {
			tell(name, from, to)
		}
	}
	s.IsExcluded = func(err error) bool { return says(err) || exclude != nil && exclude(err) }
	b.cb = gobreaker.NewTwoStepCircuitBreaker[struct{}](s)
	return b
}

// says reports whether err says nothing of what the handler depends on.
func says(err error) bool {
	_, later := listener.AsPostponed(err)
	return later || listener.IsFatal(err) || errors.Is(err, listener.ErrRevoked) || errors.Is(err, listener.ErrStopping) ||
		errors.Is(err, context.Canceled)
}

var errNoReturn = errors.New("the handler panicked or called runtime.Goexit")

func (b *breaker) call(ctx context.Context, d *listener.Delivery, next listener.HandlerFunc) error {
	done, err := b.cb.Allow()
	switch {
	case errors.Is(err, gobreaker.ErrOpenState):
		return listener.PauseFor(b.left(), fmt.Errorf("circuit breaker %q is open", b.name))
	case err != nil:
		return listener.Postpone(probeWait, fmt.Errorf("circuit breaker %q is half-open: others probe", b.name))
	}
	outcome := errNoReturn
	defer func() { done(outcome) }() // or a probe that panicked would keep its place for ever
	outcome = next(ctx, d)
	return outcome
}

// left is how long the breaker stays open. It lets records through only after its time.
func (b *breaker) left() time.Duration {
	left := time.Until(time.Unix(0, b.opened.Load()).Add(b.timeout))
	return max(left, 0) + time.Millisecond
}
