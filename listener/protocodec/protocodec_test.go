package protocodec_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/listener/protocodec"
)

var both = listener.Codecs{Key: protocodec.New(), Value: protocodec.New()}

func run(t testing.TB, l listener.Listener, value []byte) error {
	t.Helper()
	h, err := l.Bind(both)
	require.NoError(t, err)
	return h(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{{Topic: "t", Key: []byte("k"), Value: value}}})
}

func TestMessagesAreDecoded(t *testing.T) {
	t.Parallel()
	want := timestamppb.New(time.Unix(12, 34))
	data, err := proto.Marshal(want)
	require.NoError(t, err)
	require.NoError(t, run(t, listener.On("x", func(_ context.Context, r listener.Record[*timestamppb.Timestamp]) error {
		require.True(t, proto.Equal(want, r.Value))
		require.Equal(t, "k", r.Key, "keys of other types go on being decoded by type")
		return nil
	}), data))
}

func TestOtherTypesStayJSON(t *testing.T) {
	t.Parallel()
	require.NoError(t, run(t, listener.On("x", func(_ context.Context, r listener.Record[map[string]int]) error {
		require.Equal(t, map[string]int{"a": 1}, r.Value)
		return nil
	}), []byte(`{"a":1}`)))
}

func TestBrokenMessage(t *testing.T) {
	t.Parallel()
	var e *listener.DecodeError
	err := run(t, listener.On("x", func(context.Context, listener.Record[*timestamppb.Timestamp]) error { return nil }), []byte{0xff})
	require.ErrorAs(t, err, &e)
	require.Equal(t, "protobuf", e.Codec)
	require.Equal(t, "value", e.Part)
}

func TestMessagesNeedTheCodec(t *testing.T) {
	t.Parallel()
	_, err := listener.On("times", func(context.Context, listener.Record[*timestamppb.Timestamp]) error { return nil }).Bind(listener.Codecs{})
	require.ErrorContains(t, err, `listener "times"`)
	require.ErrorContains(t, err, "value type *timestamppb.Timestamp is a protobuf message and has no codec: use factory.Codec(protocodec.New())")

	_, err = listener.On("times", func(context.Context, listener.Record[proto.Message]) error { return nil }).Bind(both)
	require.ErrorContains(t, err, "name the concrete type")
}

func TestMessagesAreNotTakenByValue(t *testing.T) {
	t.Parallel()
	_, err := byValue[timestamppb.Timestamp]().Bind(both)
	require.ErrorContains(t, err, "must not be copied: take a *timestamppb.Timestamp")
}

// byValue keeps vet's copylocks out of a handler that is never called.
func byValue[V any]() listener.Listener {
	return listener.On("times", func(context.Context, listener.Record[V]) error { return nil })
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xff})
	f.Add([]byte{0x08, 0x0c, 0x10, 0x22})
	f.Fuzz(func(t *testing.T, data []byte) {
		if data == nil {
			return
		}
		called := false
		err := run(t, listener.On("x", func(context.Context, listener.Record[*timestamppb.Timestamp]) error {
			called = true
			return nil
		}), data)
		require.Equal(t, err == nil, called)
	})
}
