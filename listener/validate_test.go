package listener_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

type checked struct{ N int }

var errNegative = errors.New("negative N")

func (c checked) Validate() error {
	switch {
	case c.N == 666:
		panic("the payload is 666")
	case c.N < 0:
		return errNegative
	default:
		return nil
	}
}

type checkedByPointer struct{ N int }

func (c *checkedByPointer) Validate() error { return checked(*c).Validate() }

func validating(t *testing.T, l listener.Listener, v listener.Validator) listener.HandlerFunc {
	t.Helper()
	h, err := l.Bind(listener.Codecs{Validate: v})
	require.NoError(t, err)
	return h
}

// takes is a listener of V that counts its records.
func takes[V any](n *int) listener.Listener {
	return listener.On("x", func(context.Context, listener.Record[V]) error { *n++; return nil })
}

func TestSelfValidation(t *testing.T) {
	t.Parallel()
	n := 0
	for _, l := range []listener.Listener{takes[checked](&n), takes[*checked](&n), takes[checkedByPointer](&n), takes[*checkedByPointer](&n)} {
		n = 0
		h := validating(t, l, listener.SelfValidation)
		require.NoError(t, h(t.Context(), one(raw(7, `{"N":1}`))))
		tombstone := raw(7, "")
		tombstone.Value = nil
		require.NoError(t, h(t.Context(), one(tombstone)), "a tombstone has no value to be asked about")
		require.Equal(t, 2, n)

		err := h(t.Context(), one(raw(7, `{"N":-1}`)))
		require.EqualError(t, err, "the value of orders[3]@7 is invalid: negative N")
		require.ErrorIs(t, err, errNegative)
		require.True(t, listener.IsFatal(err))

		err = h(t.Context(), one(raw(7, `{"N":666}`)))
		require.EqualError(t, err, "the value of orders[3]@7 is invalid: the validator panicked with a string")
		require.Equal(t, 2, n, "the handler never saw them")
	}
	h := validating(t, takes[order](&n), listener.SelfValidation)
	require.NoError(t, h(t.Context(), one(raw(7, `{"id":"a"}`))), "no method, nothing to ask")
	require.NoError(t, listener.SelfValidation(nil))
	h = validating(t, takes[checked](&n), nil)
	require.NoError(t, h(t.Context(), one(raw(7, `{"N":-1}`))), "nobody asks unless told so")
}

func TestValidatorSeesWhatTheHandlerSees(t *testing.T) {
	t.Parallel()
	n := 0
	var seen []any
	v := func(v any) error { seen = append(seen, v); return nil }
	require.NoError(t, validating(t, takes[order](&n), v)(t.Context(), one(raw(7, `{"id":"a"}`))))
	require.NoError(t, validating(t, takes[*order](&n), v)(t.Context(), one(raw(7, `{"id":"b"}`))))
	require.Equal(t, []any{order{ID: "a"}, &order{ID: "b"}}, seen)
}

// An invalid record of a batch takes the way of an undecodable one.
func TestValidationPerRecordOfABatch(t *testing.T) {
	t.Parallel()
	var got []int
	l := listener.OnBatch("x", func(_ context.Context, rs []listener.Record[checked]) error {
		for _, r := range rs {
			got = append(got, r.Value.N)
		}
		return nil
	})
	err := validating(t, l, listener.SelfValidation)(t.Context(), &listener.Delivery{
		Records: []*listener.RawRecord{raw(5, `{"N":1}`), raw(6, `{"N":2}`), raw(7, `{"N":-1}`), raw(8, `{"N":3}`)},
	})
	require.Empty(t, got, "those before it come as a batch of their own")
	at, cause, ok := listener.AsNotCalled(err)
	require.True(t, ok)
	require.Equal(t, 2, at)
	require.EqualError(t, cause, "the value of orders[3]@7 is invalid: negative N")
}
