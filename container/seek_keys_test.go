package container_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Under key ordering FromCurrent counts from the lowest record that was never
// delivered, though later ones were: those come again, nothing is left out.
func TestARelativeSeekUnderKeyOrderingLeavesNothingOut(t *testing.T) {
	for n, want := range map[int64][]int64{
		-1: {0, 1, 2, 3, 4, 5},
		0:  {1, 2, 3, 4, 5},
		1:  {2, 3, 4, 5},
		9:  nil,
	} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.parallel(spec.OrderKey, 4)
				for i := range 6 { // 0, 1 and 2 wait for each other
					e.cluster.Produce(topic, 0, fmt.Sprintf("key-%d", max(i, 2)), "v")
				}
				s := newStuck(t)
				var first atomic.Bool
				k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					if r.Offset == 0 && first.CompareAndSwap(false, true) {
						s.wait()
					}
					return nil
				})
				e.pass(2 * time.Second)
				require.ElementsMatch(t, []int64{0, 3, 4, 5}, e.seen())
				require.NotEmpty(t, e.group.Committed(part(0)).Metadata, "3 to 5 are done")
				require.NoError(t, k.Seek(t.Context(), topic, 0, listener.FromCurrent(n)))
				e.pass(time.Second)
				require.Len(t, e.seen(), 4, "a handler of before runs")
				s.free()
				e.pass(2 * time.Second)
				require.ElementsMatch(t, append([]int64{0, 3, 4, 5}, want...), e.seen())
				e.cluster.Fill(topic, 0, 1)
				e.pass(2 * time.Second)
				require.EqualValues(t, 7, e.committed(0))
				require.Empty(t, e.group.Committed(part(0)).Metadata)
			})
		})
	}
}
