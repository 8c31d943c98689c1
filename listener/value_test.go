package listener_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

// charge is domain code: no import of this package.
func charge(_ context.Context, o order) error {
	if o.Cents == 0 {
		return errors.New("free")
	}
	return nil
}

func TestValueAdaptsDomainCode(t *testing.T) {
	t.Parallel()
	h := bind(t, listener.On("x", listener.Value(charge)))
	require.NoError(t, h(t.Context(), one(raw(1, `{"cents":1}`))))
	require.EqualError(t, h(t.Context(), one(raw(1, `{}`))), "free")
}

func TestValueAndTombstones(t *testing.T) {
	t.Parallel()
	refused(t, listener.Value(charge))
	refused(t, listener.Value(func(context.Context, string) error { return nil }))
	refused(t, listener.Value(func(context.Context, [2]int) error { return nil }))
	taken(t, listener.Value(func(_ context.Context, o *order) error { require.Nil(t, o); return nil }))
	taken(t, listener.Value(func(_ context.Context, m map[string]int) error { require.Nil(t, m); return nil }))
	taken(t, listener.Value(func(_ context.Context, b []byte) error { require.Nil(t, b); return nil }))
	taken(t, listener.Value(func(_ context.Context, a any) error { require.Nil(t, a); return nil }))
}

func tombstone[V any](t *testing.T, h func(context.Context, listener.Record[V]) error) error {
	t.Helper()
	r := raw(9, "")
	r.Value = nil
	return bind(t, listener.On("x", h))(t.Context(), one(r))
}

func refused[V any](t *testing.T, h func(context.Context, listener.Record[V]) error) {
	t.Helper()
	err := tombstone(t, h)
	var e *listener.TombstoneError
	require.ErrorAs(t, err, &e)
	require.Equal(t, &listener.TombstoneError{Topic: "orders", Partition: 3, Offset: 9}, e)
	require.ErrorContains(t, err, "orders[3]@9 is a tombstone")
}

func taken[V any](t *testing.T, h func(context.Context, listener.Record[V]) error) {
	t.Helper()
	require.NoError(t, tombstone(t, h))
}
