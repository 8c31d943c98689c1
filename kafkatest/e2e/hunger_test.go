package e2e

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A hunger is how long this process could not run, in all, though it wanted to:
// what is to happen within a time can't happen then.
type hunger struct {
	mu    sync.Mutex
	total time.Duration
	due   time.Time // when it wants to run next
}

// watchHunger wants to run 20 times a second, until the test ends.
func watchHunger(t testing.TB) *hunger {
	const every = 50 * time.Millisecond
	h, end, ended := &hunger{due: time.Now().Add(every)}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(every):
			}
			so := h.soFar()
			h.mu.Lock()
			h.total, h.due = so, time.Now().Add(every)
			h.mu.Unlock()
		}
	}()
	t.Cleanup(func() { close(end); <-ended })
	return h
}

// soFar is the hunger until now.
func (h *hunger) soFar() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total + max(0, time.Since(h.due))
}

// A moment is a time, and the hunger until then.
type moment struct {
	at      time.Time
	starved time.Duration
}

func (h *hunger) now() moment { return moment{time.Now(), h.soFar()} }

// until is how long it was from m to a later moment, and how much of that this
// process could not run.
func (m moment) until(later moment) (took, starved time.Duration) {
	return later.at.Sub(m.at), later.starved - m.starved
}

func TestHunger(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, (&hunger{total: time.Second, due: time.Now().Add(-time.Minute)}).soFar(), 61*time.Second)
	require.Equal(t, time.Second, (&hunger{total: time.Second, due: time.Now().Add(time.Hour)}).soFar())
}
