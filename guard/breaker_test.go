package guard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"
	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/guard"
	"github.com/hearken-go/hearken/listener"
)

var errDown = errors.New("down")

// A service is what handlers depend on.
type service struct {
	err   error
	calls int
}

func (s *service) handle(context.Context, *listener.Delivery) error { s.calls++; return s.err }

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var states []gobreaker.State
		s := &service{err: errDown}
		h := guard.Breaker(gobreaker.Settings{
			Name: "payments", Timeout: 10 * time.Second,
			OnStateChange: func(_ string, _, to gobreaker.State) { states = append(states, to) },
		})(s.handle)
		one := delivery(0, 0, 1)
		for range 6 {
			require.Equal(t, errDown, h(t.Context(), one), "failures pass")
		}
		time.Sleep(4 * time.Second) //nolint:forbidigo // fake time
		p, ok := listener.AsPostponed(h(t.Context(), one))
		require.True(t, ok && p.Pause)
		require.Equal(t, 6*time.Second+time.Millisecond, p.After, "until it lets something through")
		require.ErrorContains(t, p, `circuit breaker "payments" is open`)
		require.Equal(t, 6, s.calls)

		time.Sleep(p.After) //nolint:forbidigo // fake time
		require.Equal(t, errDown, h(t.Context(), one), "a probe that fails is a failure")
		p, ok = listener.AsPostponed(h(t.Context(), one))
		require.True(t, ok && p.Pause)
		time.Sleep(p.After) //nolint:forbidigo // fake time
		s.err = nil
		for range 3 {
			require.NoError(t, h(t.Context(), one))
		}
		require.Equal(t, []gobreaker.State{gobreaker.StateOpen, gobreaker.StateHalfOpen, gobreaker.StateOpen, gobreaker.StateHalfOpen, gobreaker.StateClosed}, states)
	})
}

// While one record probes, the others wait for it, and the listener is not paused.
func TestBreakerProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fail := true
		var others []error
		var h listener.HandlerFunc
		h = guard.Breaker(gobreaker.Settings{ReadyToTrip: func(gobreaker.Counts) bool { return true }})(
			func(ctx context.Context, d *listener.Delivery) error {
				if fail {
					return errDown
				}
				if d.Records[0].Partition == 0 {
					others = append(others, h(ctx, delivery(1, 0, 1)))
				}
				return nil
			})
		require.Equal(t, errDown, h(t.Context(), delivery(0, 0, 1)))
		fail = false
		time.Sleep(time.Minute + time.Millisecond) //nolint:forbidigo // fake time
		require.NoError(t, h(t.Context(), delivery(0, 0, 1)))
		require.Len(t, others, 1)
		p, ok := listener.AsPostponed(others[0])
		require.True(t, ok && !p.Pause)
		require.Equal(t, 250*time.Millisecond, p.After)
		require.NoError(t, h(t.Context(), delivery(1, 0, 1)))
	})
}

// What says nothing of the service does not open it, and a probe that ends
// otherwise than by returning gives its place back.
func TestBreakerCountsWhatSaysSomething(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		mine := errors.New("mine")
		h := guard.Breaker(gobreaker.Settings{IsExcluded: func(err error) bool { return errors.Is(err, mine) }})(s.handle)
		for _, s.err = range []error{
			listener.Fatal(errDown), &listener.DecodeError{Err: errDown}, &listener.InvalidError{Err: errDown}, listener.Postpone(0, nil),
			listener.ErrRevoked, listener.ErrStopping, context.Canceled, mine,
		} {
			for range 10 {
				require.Equal(t, s.err, h(t.Context(), delivery(0, 0, 1)))
			}
		}
		blow := guard.Breaker(gobreaker.Settings{})(func(context.Context, *listener.Delivery) error { panic("boom") })
		for range 6 {
			require.Panics(t, func() { _ = blow(t.Context(), delivery(0, 0, 1)) })
		}
		for range 3 {
			p, ok := listener.AsPostponed(blow(t.Context(), delivery(0, 0, 1)))
			require.True(t, ok && p.Pause, "panics are failures")
			time.Sleep(p.After) //nolint:forbidigo // fake time
			require.Panics(t, func() { _ = blow(t.Context(), delivery(0, 0, 1)) })
		}
	})
}
