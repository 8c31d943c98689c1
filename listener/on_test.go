package listener_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

type order struct {
	ID    string `json:"id"`
	Cents int    `json:"cents"`
}

// billing has a method of each shape; that On and its sisters take them
// without naming a type is a test by itself.
type billing struct {
	got   []listener.Record[order]
	ack   listener.Acknowledgment
	batch listener.BatchAcknowledgment
	err   error
}

func (b *billing) On(_ context.Context, r listener.Record[order]) error {
	b.got = append(b.got, r)
	return b.err
}

func (b *billing) OnAck(_ context.Context, r listener.Record[order], ack listener.Acknowledgment) error {
	b.got, b.ack = append(b.got, r), ack
	return b.err
}

func (b *billing) OnBatch(_ context.Context, rs []listener.Record[order]) error {
	b.got = append(b.got, rs...)
	return b.err
}

func (b *billing) OnBatchAck(_ context.Context, rs []listener.Record[order], ack listener.BatchAcknowledgment) error {
	b.got, b.batch = append(b.got, rs...), ack
	return b.err
}

type fakeAck struct{}

func (fakeAck) Acknowledge() error                { return nil }
func (fakeAck) Nack(time.Duration) error          { return nil }
func (fakeAck) AcknowledgeFirst(int) error        { return nil }
func (fakeAck) NackFrom(int, time.Duration) error { return nil }
func raw(offset int64, value string) *listener.RawRecord {
	return &listener.RawRecord{
		Topic: "orders", Partition: 3, Offset: offset, LeaderEpoch: 5, Timestamp: time.UnixMilli(77),
		Key: []byte("k"), Value: []byte(value), Headers: listener.Headers{{Key: "h", Value: []byte("v")}}, Attempt: 2,
	}
}

func bind(t testing.TB, l listener.Listener, c ...listener.Codec) listener.HandlerFunc {
	t.Helper()
	var codecs listener.Codecs
	if len(c) > 0 {
		codecs.Value = c[0]
	}
	h, err := l.Bind(codecs)
	require.NoError(t, err)
	return h
}

func one(r *listener.RawRecord) *listener.Delivery {
	return &listener.Delivery{Records: []*listener.RawRecord{r}, Attempt: r.Attempt, Ack: fakeAck{}, BatchAck: fakeAck{}}
}

func TestEveryShapeReceivesItsRecord(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	tests := []struct {
		shape listener.Shape
		make  func(*billing) listener.Listener
	}{
		{listener.Shape{}, func(b *billing) listener.Listener { return listener.On("x", b.On) }},
		{listener.Shape{Acks: true}, func(b *billing) listener.Listener { return listener.OnAck("x", b.OnAck) }},
		{listener.Shape{Batch: true}, func(b *billing) listener.Listener { return listener.OnBatch("x", b.OnBatch) }},
		{listener.Shape{Batch: true, Acks: true}, func(b *billing) listener.Listener { return listener.OnBatchAck("x", b.OnBatchAck) }},
	}
	for _, tt := range tests {
		t.Run(tt.shape.String(), func(t *testing.T) {
			t.Parallel()
			b := &billing{err: boom}
			l := tt.make(b)
			require.Equal(t, "x", l.ID())
			require.Equal(t, tt.shape, l.Shape())
			require.Equal(t, "listener.Record[listener_test.order]", l.Types())

			require.Equal(t, boom, bind(t, l)(t.Context(), one(raw(7, `{"id":"a","cents":12}`))))
			require.Equal(t, []listener.Record[order]{{
				Topic: "orders", Partition: 3, Offset: 7, LeaderEpoch: 5, Timestamp: time.UnixMilli(77),
				Key: "k", Value: order{"a", 12}, Headers: listener.Headers{{Key: "h", Value: []byte("v")}}, Attempt: 2,
			}}, b.got)
			require.Equal(t, tt.shape.Acks && !tt.shape.Batch, b.ack != nil)
			require.Equal(t, tt.shape.Acks && tt.shape.Batch, b.batch != nil)
		})
	}
}

func TestNilHandlerIsNamed(t *testing.T) {
	t.Parallel()
	var h func(context.Context, listener.Record[order]) error
	for _, l := range []listener.Listener{
		listener.On("orders", h),
		listener.On[string, order]("orders", nil),
		listener.OnAck[string, order]("orders", nil),
		listener.OnBatch[string, order]("orders", nil),
		listener.OnBatchAck[string, order]("orders", nil),
		listener.On("orders", listener.Value[order](nil)),
	} {
		_, err := l.Bind(listener.Codecs{})
		require.ErrorContains(t, err, `listener "orders" (listener/on_test.go:`)
		require.ErrorContains(t, err, "the handler given to "+l.Shape().String()+" is nil")
	}
}

func TestZeroListenerIsNoListener(t *testing.T) {
	t.Parallel()
	_, err := listener.Listener{}.Bind(listener.Codecs{})
	require.ErrorContains(t, err, "make it with On")
}

func TestWhereIsTheUsersLine(t *testing.T) {
	t.Parallel()
	b := &billing{}
	for _, l := range []listener.Listener{
		listener.On("x", b.On),
		listener.OnAck("x", b.OnAck),
		listener.OnBatch("x", b.OnBatch),
		listener.OnBatchAck("x", b.OnBatchAck),
	} {
		require.Regexp(t, `^listener/on_test\.go:\d+$`, l.Where())
	}
	require.Equal(t, "billing/main.go:1", listener.On("x", b.On).DeclaredAt("billing/main.go:1").Where())
}

func TestTypesAreReadable(t *testing.T) {
	t.Parallel()
	type pair[A any] struct{ A A }
	require.Equal(t, "listener.KeyedRecord[int, []uint8]",
		listener.On("x", func(context.Context, listener.KeyedRecord[int, []byte]) error { return nil }).Types())
	require.Equal(t, "listener.Record[*listener_test.pair[listener_test.order]]",
		listener.On("x", func(context.Context, listener.Record[*pair[order]]) error { return nil }).Types())
}
