package errorhandler_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/listener"
)

var boom = errors.New("boom")

func TestDefaultDecidesByKind(t *testing.T) {
	t.Parallel()
	const longest = 30 * time.Second
	undecodable := &listener.DecodeError{Part: "value", Err: boom}
	tests := []struct {
		name  string
		err   error
		held  bool
		after time.Duration
	}{
		{"fatal", listener.Fatal(boom), true, longest},
		{"fatal, wrapped", fmt.Errorf("charge: %w", listener.Fatal(boom)), true, longest},
		{"undecodable", undecodable, true, longest},
		{"undecodable in a batch", listener.FailedAt(3, undecodable), true, longest},
		{"tombstone for a value", &listener.TombstoneError{}, true, longest},
		{"retry after", listener.RetryAfter(time.Hour, boom), false, time.Hour},
		{"retry after, in a batch", listener.FailedAt(1, listener.RetryAfter(time.Minute, boom)), false, time.Minute},
		{"retry after, joined", errors.Join(boom, listener.RetryAfter(time.Minute, boom)), false, time.Minute},
		{"the outermost decides: retry", listener.RetryAfter(time.Minute, listener.Fatal(boom)), false, time.Minute},
		{"the outermost decides: fatal", listener.Fatal(listener.RetryAfter(time.Minute, boom)), true, longest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := errorhandler.NewDefault().Handle(t.Context(), errorhandler.Failure{Attempt: 1, Err: tt.err})
			require.Equal(t, errorhandler.KindRedeliver, v.Kind)
			require.Equal(t, tt.held, v.Held)
			require.Equal(t, tt.after, v.After)
		})
	}
}

// Whatever fails and however often, nothing is given up and nothing comes back at once.
func TestDefaultNeverLoses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		errs := []error{boom, listener.Fatal(boom), &errorhandler.PanicError{Value: 1}, context.Canceled}
		v := errorhandler.NewDefault().Handle(context.Background(), errorhandler.Failure{
			Attempt: rapid.Int().Draw(t, "attempt"),
			Err:     rapid.SampledFrom(errs).Draw(t, "err"),
		})
		require.Equal(t, errorhandler.KindRedeliver, v.Kind)
		require.GreaterOrEqual(t, v.After, 50*time.Millisecond)
		require.LessOrEqual(t, v.After, 30*time.Second)
	})
}

func TestDefaultTakesAnotherBackoff(t *testing.T) {
	t.Parallel()
	h := errorhandler.Default{Backoff: errorhandler.Backoff{Initial: time.Second, Max: time.Minute}}
	v := h.Handle(t.Context(), errorhandler.Failure{Attempt: 1, Err: boom})
	require.GreaterOrEqual(t, v.After, 500*time.Millisecond)
	require.LessOrEqual(t, v.After, time.Second)
	v = h.Handle(t.Context(), errorhandler.Failure{Attempt: 1, Err: listener.Fatal(boom)})
	require.Equal(t, time.Minute, v.After)
}

func TestBackoffDoublesToItsMaximum(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := []struct {
		attempt int
		full    time.Duration
	}{
		{math.MinInt, 100 * ms},
		{0, 100 * ms},
		{1, 100 * ms},
		{2, 200 * ms},
		{3, 400 * ms},
		{9, 25600 * ms},
		{10, 30 * time.Second},
		{1000, 30 * time.Second},
		{math.MaxInt, 30 * time.Second},
	}
	for _, tt := range tests {
		require.Equal(t, tt.full, errorhandler.Backoff{}.Full(tt.attempt), "attempt %d", tt.attempt)
	}
}

// Jitter leaves at least half the initial delay, never adds, and no settings overflow.
func TestBackoffStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := errorhandler.Backoff{
			Initial:    time.Duration(rapid.Int64().Draw(t, "initial")),
			Max:        time.Duration(rapid.Int64().Draw(t, "max")),
			Multiplier: rapid.Float64().Draw(t, "multiplier"),
		}
		attempt := rapid.Int().Draw(t, "attempt")
		full, delay := b.Full(attempt), b.Delay(attempt)
		require.Positive(t, full)
		if b.Max > 0 {
			require.LessOrEqual(t, full, b.Max)
		}
		require.GreaterOrEqual(t, delay, min(full, b.Full(1))/2)
		b.Jitter = errorhandler.JitterNone
		require.Equal(t, full, b.Delay(attempt))
		require.LessOrEqual(t, delay, full)
		require.GreaterOrEqual(t, b.Full(attempt|1<<20&math.MaxInt), b.Full(1), "it never shrinks")
	})
}

func TestBackoffWithStrangeMultipliers(t *testing.T) {
	t.Parallel()
	for _, m := range []float64{math.NaN(), math.Inf(-1), -1} {
		require.Equal(t, 200*time.Millisecond, errorhandler.Backoff{Multiplier: m}.Full(2), "%v is the default", m)
	}
	require.Equal(t, 100*time.Millisecond, errorhandler.Backoff{Multiplier: 0.5}.Full(9), "it never shrinks")
	require.Equal(t, 30*time.Second, errorhandler.Backoff{Multiplier: math.Inf(1)}.Full(2))
}
