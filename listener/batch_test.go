package listener_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/listener"
)

const good, bad = `{"id":"a"}`, `{`

func batch(values ...string) *listener.Delivery {
	d := &listener.Delivery{Attempt: 1, BatchAck: fakeAck{}}
	for i, v := range values {
		d.Records = append(d.Records, raw(int64(100+i), v))
	}
	return d
}

// The handler gets what stands before the undecodable record, and the outcome
// names that record: what ran is done, what did not run is not.
// A batch with a record that can't be decoded is not delivered: those before it
// come as a batch of their own.
func TestBatchUpToTheUndecodable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]string{good, good, good, bad}), 1, 8).Draw(rt, "values")
		first := len(values)
		for i, v := range values {
			if v == bad {
				first = i
				break
			}
		}
		b := &billing{}
		err := bind(t, listener.OnBatch("x", b.OnBatch))(t.Context(), batch(values...))

		n, cause, failed := listener.AsNotCalled(err)
		require.Equal(rt, first < len(values), failed)
		if failed {
			require.Empty(rt, b.got)
			require.Equal(rt, first, n)
			require.Equal(rt, int64(100+first), decodeError(rt, cause).Offset)
		} else {
			require.Len(rt, b.got, len(values))
			require.NoError(rt, err)
		}
	})
}

func TestBatchAckWithAnUndecodableIsNotCalled(t *testing.T) {
	t.Parallel()
	b := &billing{}
	err := bind(t, listener.OnBatchAck("x", b.OnBatchAck))(t.Context(), batch(good, bad, good))
	require.Empty(t, b.got)
	require.Equal(t, int64(101), decodeError(t, err).Offset)
	n, _, ok := listener.AsNotCalled(err)
	require.True(t, ok)
	require.Equal(t, 1, n)
	_, _, ok = listener.AsFailedAt(err)
	require.False(t, ok, "no record may count as done, and record 0 is not the culprit")
}

func decodeError(t require.TestingT, err error) *listener.DecodeError {
	var e *listener.DecodeError
	require.ErrorAs(t, err, &e)
	return e
}
