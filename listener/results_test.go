package listener_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

func TestResults(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	batch := []int{1, 2, 3}
	require.NoError(t, listener.Results(batch, []error{nil, nil, nil}))

	err := listener.Results(batch, []error{nil, boom, nil})
	require.ErrorIs(t, err, boom)
	require.EqualError(t, err, "1 of 3 records of the batch failed, the first is record 1: boom")
	errs, ok := listener.AsResults(fmt.Errorf("wrapped: %w", err))
	require.True(t, ok)
	require.Equal(t, []error{nil, boom, nil}, errs)

	errs, ok = listener.AsResults(listener.Results(batch, []error{nil}))
	require.True(t, ok, "a list that is too short is no success")
	require.NoError(t, errs[0])
	require.Error(t, errs[1])
	require.Error(t, errs[2])

	err = listener.Results(batch, make([]error, 4))
	require.Error(t, err)
	_, ok = listener.AsResults(err)
	require.False(t, ok, "a list that is too long says nothing")
}

func TestNotCalled(t *testing.T) {
	t.Parallel()
	n, cause, ok := listener.AsNotCalled(fmt.Errorf("wrapped: %w", listener.NotCalled(-1, nil)))
	require.True(t, ok)
	require.Zero(t, n)
	require.Error(t, cause)
	require.True(t, listener.IsFatal(listener.NotCalled(2, &listener.DecodeError{Err: errors.New("x")})))
}
