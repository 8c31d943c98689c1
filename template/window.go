package template

import (
	"context"
	"sync"
	"sync/atomic"
)

// A window bounds what is on its way through one producer, below what the
// client's queue takes: whoever comes when it is full waits for a report, in order.
// Without waiters it costs one atomic addition for each record, and one for
// each burst of reports.
type window struct {
	taken                atomic.Uint64 // records<<recordShift + bytes, so that one addition takes both
	maxRecords, maxBytes uint64

	waiting atomic.Int64 // len(queue), readable without the lock
	mu      sync.Mutex
	queue   []*waiter
}

// recordShift leaves 16 TiB to bytes, and a million records above them.
const (
	recordShift = 44
	mostRecords = 1 << (63 - recordShift)
	mostBytes   = 1 << (recordShift - 1)
)

func (w *window) limit(records, bytes int64) {
	w.maxRecords, w.maxBytes = uint64(min(records, mostRecords)), uint64(min(bytes, mostBytes))
}

func share(records, bytes int64) uint64 { return uint64(records)<<recordShift + uint64(bytes) }

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

// try takes room where there is some. Whoever left while a failed try stood in
// its way has woken nobody, so that it is repeated where there is room after it.
func (w *window) try(size int64) bool {
	for {
		if w.fits(w.taken.Add(share(1, size))) {
			return true
		}
		if after := w.taken.Add(-share(1, size)); !w.fits(after + share(1, size)) {
			return false
		}
	}
}

// fits reports whether so much may be on its way.
func (w *window) fits(taken uint64) bool {
	records, bytes := taken>>recordShift, taken&(1<<recordShift-1)
	return records <= w.maxRecords && (bytes <= w.maxBytes || records == 1)
}

// leave gives room back. Who waits has announced it before it tried a last
// time, so that either it sees the room or this sees it waiting. It is woken
// for an eighth of the window, not for each record: nobody overtakes it, so that the room comes.
func (w *window) leave(records, bytes int64) {
	taken := w.taken.Add(-share(records, bytes))
	if w.waiting.Load() > 0 && taken>>recordShift <= w.maxRecords-w.maxRecords/8 && taken&(1<<recordShift-1) <= w.maxBytes-w.maxBytes/8 {
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
