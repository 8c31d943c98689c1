package listener_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

func TestFailedAt(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	err := fmt.Errorf("charge: %w", listener.FailedAt(3, boom))
	require.EqualError(t, err, "charge: record 3 of the batch: boom")
	require.ErrorIs(t, err, boom)

	n, cause, ok := listener.AsFailedAt(err)
	require.True(t, ok)
	require.Equal(t, 3, n)
	require.Equal(t, boom, cause)

	n, _, ok = listener.AsFailedAt(listener.FailedAt(-1, boom))
	require.True(t, ok)
	require.Zero(t, n)

	_, cause, ok = listener.AsFailedAt(listener.FailedAt(1, nil))
	require.True(t, ok, "saying that record 1 failed is a failure, whatever the cause")
	require.Error(t, cause)

	for _, other := range []error{nil, boom} {
		_, _, ok = listener.AsFailedAt(other)
		require.False(t, ok)
	}
}

func TestAdviceIsRecognisedThroughWrapping(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	wrap := func(err error) error { return fmt.Errorf("charge: %w", errors.Join(boom, err)) }
	tests := []struct {
		name  string
		err   error
		fatal bool
		after time.Duration
		retry bool
	}{
		{"nil", nil, false, 0, false},
		{"plain", boom, false, 0, false},
		{"fatal", wrap(listener.Fatal(boom)), true, 0, false},
		{"fatal nil", listener.Fatal(nil), false, 0, false},
		{"undecodable", wrap(&listener.DecodeError{Err: boom}), true, 0, false},
		{"tombstone", wrap(&listener.TombstoneError{}), true, 0, false},
		{"retry", wrap(listener.RetryAfter(time.Second, boom)), false, time.Second, true},
		{"retry without cause", listener.RetryAfter(time.Second, nil), false, time.Second, true},
		{"retry in the past", listener.RetryAfter(-1, boom), false, 0, true},
		{"postponed", wrap(listener.Postpone(time.Second, boom)), false, 0, false},
		{"postponed, outermost: postpone", listener.Postpone(time.Second, listener.Fatal(boom)), false, 0, false},
		{"outermost: retry, of a postponed one", listener.RetryAfter(time.Second, listener.Postpone(0, boom)), false, time.Second, true},
		{"in a batch", listener.FailedAt(2, listener.Fatal(boom)), true, 0, false},
		{"outermost: retry", listener.RetryAfter(time.Second, listener.Fatal(boom)), false, time.Second, true},
		{"outermost: fatal", listener.Fatal(listener.RetryAfter(time.Second, boom)), true, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.fatal, listener.IsFatal(tt.err))
			after, ok := listener.AsRetryAfter(tt.err)
			require.Equal(t, tt.after, after)
			require.Equal(t, tt.retry, ok)
		})
	}
	require.NoError(t, listener.Fatal(nil))
	require.Error(t, listener.RetryAfter(time.Second, nil))
	require.EqualError(t, listener.Fatal(boom), "boom")
	require.ErrorIs(t, listener.RetryAfter(time.Second, boom), boom)
}

func TestPostpone(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	p, ok := listener.AsPostponed(fmt.Errorf("limit: %w", listener.Postpone(time.Second, boom)))
	require.True(t, ok)
	require.Equal(t, time.Second, p.After)
	require.EqualError(t, p, "postponed by 1s: boom")
	require.ErrorIs(t, p, boom)

	p, ok = listener.AsPostponed(listener.FailedAt(2, listener.Postpone(-1, nil)))
	require.True(t, ok)
	require.Zero(t, p.After)
	require.EqualError(t, p, "postponed by 0s")

	for _, other := range []error{nil, boom, listener.Fatal(listener.Postpone(0, nil)), listener.RetryAfter(0, listener.Postpone(0, nil))} {
		_, ok = listener.AsPostponed(other)
		require.False(t, ok)
	}
}
