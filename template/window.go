package template

import (
	"context"
	"sync"
	"sync/atomic"
)

// A window bounds what is on its way through one producer, below what the
// client's queue takes: whoever comes when it is full waits for a report, in order.
// Without waiters it costs two atomic additions for each record and report.
type window struct {
	records, bytes       atomic.Int64
	maxRecords, maxBytes int64

	waiting atomic.Int64 // len(queue), readable without the lock
	mu      sync.Mutex
	queue   []*waiter
}

type waiter struct {
	size  int64
	ready chan struct{} // closed when it was let in
}

// enter waits until a record of size bytes may go, or until ctx ends. A record
// larger than the window goes alone.
func (w *window) enter(ctx context.Context, size int64) error {
	if w.waiting.Load() == 0 && w.try(size) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	me := &waiter{size: size, ready: make(chan struct{})}
	w.mu.Lock()
	w.queue = append(w.queue, me)
	w.waiting.Add(1)
	w.admit()
	w.mu.Unlock()
	select {
	case <-me.ready:
		return nil
	case <-ctx.Done():
		return w.give(me, context.Cause(ctx))
	}
}

// give takes me out of the queue; who was let in meanwhile stays in.
func (w *window) give(me *waiter, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, other := range w.queue {
		if other == me {
			w.queue = append(w.queue[:i], w.queue[i+1:]...)
			w.waiting.Add(-1)
			w.admit()
			return err
		}
	}
	return nil
}

// try takes room where there is some.
func (w *window) try(size int64) bool {
	records, bytes := w.records.Add(1), w.bytes.Add(size)
	if records <= w.maxRecords && (bytes <= w.maxBytes || records == 1) {
		return true
	}
	w.records.Add(-1)
	w.bytes.Add(-size)
	return false
}

// leave gives room back. Who waits has announced it before it tried a last
// time, so that either it sees the room or this sees it waiting.
func (w *window) leave(size int64) {
	w.bytes.Add(-size)
	w.records.Add(-1)
	if w.waiting.Load() > 0 {
		w.mu.Lock()
		w.admit()
		w.mu.Unlock()
	}
}

// admit lets in who waits, in order, as long as there is room.
func (w *window) admit() {
	for len(w.queue) > 0 && w.try(w.queue[0].size) {
		close(w.queue[0].ready)
		w.queue = w.queue[1:]
		w.waiting.Add(-1)
	}
}
