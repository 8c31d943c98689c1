package template

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNobodyIsForgotten: in the real world's disorder, whoever waits for room
// comes in or leaves, and at the end the window is empty.
func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	for round := range 20 {
		var w window
		w.limit(int64(1+round), 100)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		reports := make(chan int64, 1000)
		var senders, reporter sync.WaitGroup
		reporter.Go(func() {
			for size := range reports {
				w.leave(1, size)
			}
		})
		for range 8 {
			senders.Go(func() {
				for range 500 {
					size := rand.Int64N(130) // some are larger than the window
					mine, cancel := context.WithCancel(ctx)
					if rand.IntN(10) == 0 {
						go cancel()
					}
					if w.enter(mine, size) == nil {
						reports <- size
					}
					cancel()
				}
			})
		}
		senders.Wait()
		require.NoError(t, ctx.Err(), "somebody waited for ever")
		close(reports)
		reporter.Wait()
		require.Zero(t, w.taken.Load())
		require.Zero(t, w.waiting.Load())
		stop()
	}
}
