package listener_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/listener/protocodec"
)

type (
	text    string
	bytes   []byte
	selfish string
	item    struct{ ID int }
)

func (s selfish) MarshalJSON() ([]byte, error) { return []byte(`"` + string(s) + `!"`), nil }
func (s *selfish) UnmarshalJSON([]byte) error  { return nil }

func TestEncodeByType(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		v    any
		want []byte
	}{
		"string":        {"a", []byte("a")},
		"empty string":  {"", []byte{}},
		"bytes":         {[]byte("a"), []byte("a")},
		"named string":  {text("a"), []byte("a")},
		"named bytes":   {bytes("a"), []byte("a")},
		"own JSON":      {selfish("a"), []byte(`"a!"`)},
		"raw JSON":      {json.RawMessage(`{}`), []byte(`{}`)},
		"number":        {3, []byte("3")},
		"struct":        {item{1}, []byte(`{"ID":1}`)},
		"pointer":       {&item{1}, []byte(`{"ID":1}`)},
		"nil":           {nil, nil},
		"nil pointer":   {(*item)(nil), nil},
		"nil bytes":     {[]byte(nil), nil},
		"nil named":     {bytes(nil), nil},
		"nil slice":     {[]item(nil), []byte("null")},
		"nil map":       {map[string]int(nil), []byte("null")},
		"string's type": {new(text("a")), []byte(`"a"`)},
	} {
		got, err := listener.Encode(nil, "orders", tt.v)
		require.NoError(t, err, name)
		require.Equal(t, tt.want, got, name)
	}
}

// TestWhatIsEncodedIsDecoded: both sides choose alike.
func TestWhatIsEncodedIsDecoded(t *testing.T) {
	t.Parallel()
	bothWays(t, "a")
	bothWays(t, []byte("a"))
	bothWays(t, text("a"))
	bothWays(t, bytes("a"))
	bothWays(t, 3)
	bothWays(t, item{1})
	bothWays(t, &item{1})
	bothWays(t, map[string]int{"a": 1})
	bothWays(t, json.RawMessage(`{"a":1}`))
}

func bothWays[V any](t *testing.T, v V) {
	t.Helper()
	data, err := listener.Encode(nil, "orders", v)
	require.NoError(t, err)
	h, err := listener.On("x", func(_ context.Context, r listener.Record[V]) error {
		require.Equal(t, v, r.Value)
		return nil
	}).Bind(listener.Codecs{})
	require.NoError(t, err)
	require.NoError(t, h(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{{Value: data}}}))
}

func TestEncodeByACodec(t *testing.T) {
	t.Parallel()
	got, err := listener.Encode(listener.JSONEncoder(), "orders", "a")
	require.NoError(t, err)
	require.Equal(t, `"a"`, string(got))

	want := timestamppb.Now()
	got, err = listener.Encode(protocodec.Encoder(), "orders", want)
	require.NoError(t, err)
	back := new(timestamppb.Timestamp)
	require.NoError(t, proto.Unmarshal(got, back))
	require.True(t, proto.Equal(want, back))
	got, err = listener.Encode(protocodec.Encoder(), "orders", new(timestamppb.Timestamp))
	require.NoError(t, err)
	require.Equal(t, []byte{}, got, "a message of defaults is not a tombstone")
	got, err = listener.Encode(protocodec.Encoder(), "orders", item{1})
	require.NoError(t, err)
	require.JSONEq(t, `{"ID":1}`, string(got), "other types go on by type")
	got, err = listener.Encode(protocodec.Encoder(), "orders", (*timestamppb.Timestamp)(nil))
	require.NoError(t, err)
	require.Nil(t, got)
}

func TestEncodeErrorsSayWhatAndNeverQuote(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		codec listener.Encoder
		v     any
		want  string
	}{
		"no JSON":   {nil, func() {}, "encode a func() for orders as json: there is no JSON for a func()"},
		"no number": {nil, math.NaN(), "encode a float64 for orders as json: refused with a *json.UnsupportedValueError"},
		"protobuf":  {nil, new(timestamppb.Timestamp), "protocodec.Encoder()"},
		"nil codec": {nilEncoder{}, "a", "would be a tombstone"},
	} {
		_, err := listener.Encode(tt.codec, "orders", tt.v)
		require.ErrorContains(t, err, tt.want, name)
		require.NotContains(t, err.Error(), "NaN")
		_, ok := errors.AsType[*listener.EncodeError](err)
		require.True(t, ok)
		require.True(t, listener.IsFatal(err), "a retry does not help")
	}
}

type nilEncoder struct{}

func (nilEncoder) Name() string                       { return "nil" }
func (nilEncoder) Encode(string, any) ([]byte, error) { return nil, nil }

func TestPublishWaits(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	_, err := listener.Publish(t.Context(), senderFunc(func(done func(listener.Sent, error)) { go done(listener.Sent{}, boom) }), listener.Outgoing{})
	require.ErrorIs(t, err, boom)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	_, err = listener.Publish(ctx, senderFunc(func(func(listener.Sent, error)) {}), listener.Outgoing{})
	require.ErrorIs(t, err, boom)
	require.Nil(t, listener.TxFrom(ctx))
}

type senderFunc func(done func(listener.Sent, error))

func (f senderFunc) Publish(_ context.Context, _ listener.Outgoing, done func(listener.Sent, error)) {
	f(done)
}
