package template

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Flights count what is on its way through a template, by the flush that waits
// for it: a flush waits for what was sent before it, however much comes after.
type flights struct {
	now  atomic.Pointer[flight]
	mu   sync.Mutex
	past []*flight // sealed ones that are not over
}

// A flight is what was sent between two flushes.
type flight struct {
	n      atomic.Int64
	sealed atomic.Bool
	once   sync.Once
	over   chan struct{}
}

func newFlights() *flights {
	f := &flights{}
	f.now.Store(&flight{over: make(chan struct{})})
	return f
}

// board counts one record in.
func (f *flights) board() *flight {
	now := f.now.Load()
	now.n.Add(1)
	return now
}

// land counts n records out.
func (g *flight) land(n int64) {
	if g.n.Add(-n) == 0 && g.sealed.Load() {
		g.once.Do(func() { close(g.over) })
	}
}

// wait returns when everything that boarded before has landed, or ctx's cause.
func (f *flights) wait(ctx context.Context) error {
	for _, g := range f.seal() {
		select {
		case <-g.over:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// seal ends the present flight and returns all that are not over.
func (f *flights) seal() []*flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.now.Swap(&flight{over: make(chan struct{})})
	last.n.Add(1) // so that it can't be over before it is sealed
	last.sealed.Store(true)
	last.land(1)
	f.past = slices.DeleteFunc(append(f.past, last), func(g *flight) bool {
		select {
		case <-g.over:
			return true
		default:
			return false
		}
	})
	return slices.Clone(f.past)
}

// aloft is how many records are on their way.
func (f *flights) aloft() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.now.Load().n.Load()
	for _, g := range f.past {
		n += g.n.Load()
	}
	return n
}
