package listener_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

var (
	sinkBytes  []byte
	sinkString string
)

// Strings and bytes are the record's own. Not parallel: AllocsPerRun counts the
// whole program.
func TestRawRecordsCostNothing(t *testing.T) {
	long := "a value that is too long for the runtime to keep on the stack, and is kept"
	nullKey := raw(1, long)
	nullKey.Key = nil
	tests := []struct {
		name   string
		l      listener.Listener
		record *listener.RawRecord
		want   float64
	}{
		{"bytes, null key", listener.On("x", func(_ context.Context, r listener.Record[[]byte]) error { sinkBytes = r.Value; return nil }), nullKey, 0},
		{"bytes, bytes key", listener.On("x", func(_ context.Context, r listener.KeyedRecord[[]byte, []byte]) error { sinkBytes = r.Key; return nil }), raw(1, long), 0},
		{"string, null key", listener.On("x", func(_ context.Context, r listener.Record[string]) error { sinkString = r.Value; return nil }), nullKey, 0},
		{"string and its key", listener.On("x", func(_ context.Context, r listener.Record[string]) error { sinkString = r.Value; return nil }), raw(1, long), 0},
		{"with an acknowledgment", listener.OnAck("x", func(_ context.Context, r listener.Record[[]byte], _ listener.Acknowledgment) error {
			sinkBytes = r.Value
			return nil
		}), nullKey, 0},
		{"value alone", listener.On("x", listener.Value(func(_ context.Context, b []byte) error { sinkBytes = b; return nil })), nullKey, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, ctx, d := bind(t, tt.l), t.Context(), one(tt.record)
			// "k" is one byte long, and Go keeps those ready.
			d.Records[0].Key = longer(d.Records[0].Key)
			got := testing.AllocsPerRun(100, func() {
				if h(ctx, d) != nil {
					panic("handler failed")
				}
			})
			require.LessOrEqual(t, got, tt.want)
		})
	}
}

func longer(key []byte) []byte {
	if key == nil {
		return nil
	}
	return append(key, " and some more, so that its copy is a real one"...)
}

func TestBytesAreNotCopied(t *testing.T) {
	r := raw(1, "value")
	h := bind(t, listener.On("x", func(_ context.Context, r listener.Record[[]byte]) error { sinkBytes = r.Value; return nil }))
	require.NoError(t, h(t.Context(), one(r)))
	require.Same(t, &r.Value[0], &sinkBytes[0])
}
