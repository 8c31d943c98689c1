package container

import "sync"

// A readyQueue hands partitions that have something to run to the workers, in
// turns. A partition is in it at most once, so it needs no bound of its own.
type readyQueue struct {
	mu     sync.Mutex
	some   *sync.Cond
	first  *assignment
	end    *assignment
	closed bool
}

func newReadyQueue() *readyQueue {
	q := &readyQueue{}
	q.some = sync.NewCond(&q.mu)
	return q
}

// push adds a at the end. It is called under the partition's lock.
func (q *readyQueue) push(a *assignment) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a.nextReady = nil
	if q.end == nil {
		q.first = a
	} else {
		q.end.nextReady = a
	}
	q.end = a
	q.some.Signal()
}

// pop waits for a partition; it returns nil when the queue was closed.
func (q *readyQueue) pop() *assignment {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.first == nil && !q.closed {
		q.some.Wait()
	}
	if q.closed {
		return nil
	}
	a := q.first
	q.first = a.nextReady
	if q.first == nil {
		q.end = nil
	}
	a.nextReady = nil
	return a
}

func (q *readyQueue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.first == nil
}

func (q *readyQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}
