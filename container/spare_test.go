package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// TestArraysGoRound: records are read into the same memory again where nobody
// can have kept one, and nowhere else.
func TestArraysGoRound(t *testing.T) {
	const n = 1000
	for name, tt := range map[string]struct {
		change func(e *engine)
		want   int // different places of first records; 0 for few
	}{
		"lends":      {func(*engine) {}, 0},
		"by record":  {func(e *engine) { e.mode(ackmode.Record) }, 0},
		"does not":   {func(e *engine) { e.spec.Lends = false }, n},
		"filters":    {func(e *engine) { e.keep(func(int64) bool { return true }) }, n},
		"batches":    {func(e *engine) { e.spec.Shape.Batch = true }, n / 10},
		"acks":       {func(e *engine) { e.mode(ackmode.Manual) }, n},
		"own keys":   {func(e *engine) { e.spec.OrderKey = func(*listener.RawRecord) ([]byte, error) { return nil, nil } }, n},
		"by key":     {func(e *engine) { e.spec.Ordering = spec.OrderKey }, n},
		"not before": {func(e *engine) { e.spec.NotBefore = func(*listener.RawRecord) time.Time { return time.Time{} } }, n},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.spec.Lends = true
				e.spec.MaxPollRecords = 10
				tt.change(e)
				e.cluster.Fill(topic, 0, n)
				at := map[*listener.RawRecord]bool{}
				e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
					at[r] = true
					if ack != nil {
						return ack.Acknowledge()
					}
					return nil
				})
				e.pass(time.Minute)
				require.EqualValues(t, n, e.committed(0))
				if tt.want == 0 {
					require.Less(t, len(at), n/2)
				} else {
					require.Len(t, at, tt.want)
				}
			})
		})
	}
}

// TestSparesAreLetGo: an array does not wait for ever for a chunk to come.
func TestSparesAreLetGo(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Lends = true
		at := map[*listener.RawRecord]bool{}
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			at[r] = true
			return nil
		})
		for range 2 {
			e.cluster.Fill(topic, 0, 10)
			e.pass(time.Minute)
		}
		require.Len(t, at, 20)
	})
}
