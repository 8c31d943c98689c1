package container_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Around the handler, orderings are alike: a filtered record is done, a
// postponed one holds its key (or itself) and nothing else, a pause holds all.
func TestAroundInEveryOrdering(t *testing.T) {
	for _, ordering := range []spec.Ordering{spec.OrderKey, spec.OrderNone} {
		for _, mode := range []ackmode.Mode{ackmode.Batch, ackmode.Record, ackmode.Manual} {
			t.Run(ordering.String()+" "+mode.String(), func(t *testing.T) {
				bubble(t, func(t *testing.T, e *engine) {
					e.mode(mode)
					e.noVerdicts()
					e.spec.Ordering, e.spec.Workers = ordering, 4
					e.keep(even)
					e.cluster.Fill(topic, 0, 40)
					var postponed, paused, handled atomic.Int64
					e.start(func(ctx context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
						require.Equal(t, 1, r.Attempt)
						switch {
						case r.Offset == 10 && postponed.Add(1) == 1:
							return listener.Postpone(5*time.Second, nil)
						case r.Offset == 20 && time.Since(e.began) >= time.Second && paused.Add(1) == 1:
							return listener.PauseFor(10*time.Second, errDown)
						case r.Offset == 20 && paused.Load() == 0:
							return listener.Postpone(time.Second, nil)
						}
						handled.Add(1)
						return acked(ctx, r, ack)
					})
					e.pass(time.Minute)
					require.EqualValues(t, 20, handled.Load())
					require.EqualValues(t, 40, e.committed(0))
					require.Empty(t, found[event.RecordFailed](e))
					require.Len(t, found[event.ListenerResumed](e), 1)
				})
			})
		}
	}
}
