package guard

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

// What is postponed and never comes again, because its partition went away, is forgotten.
func TestAbandonedTurnsAreSwept(t *testing.T) {
	q := &queue{limiter: rate.NewLimiter(1e6, 1), turns: map[place]time.Time{}, sweepAt: minSweep}
	now := time.Unix(0, 0)
	for i := range int64(100_000) {
		q.wait(place{offset: i}, 1, now)
		if i%10 == 9 {
			now = now.Add(time.Second)
		}
		require.LessOrEqual(t, len(q.turns), 2*10*61+minSweep)
	}
}
