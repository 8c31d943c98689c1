package container

import (
	"sync"
	"sync/atomic"

	"github.com/hearken-go/hearken/event"
)

// eventQueue is how many events an observer may lag behind before it loses some.
const eventQueue = 4096

// An emitter takes events from the engine without ever making it wait, and
// gives them to the observer one after another, from a goroutine of its own.
type emitter struct {
	queue   chan event.Event
	dropped atomic.Uint64
	done    chan struct{}
	closing sync.RWMutex
	closed  bool
	// start starts the goroutine, with the first event: a registry that is
	// made and dropped leaves nothing behind.
	start func()
}

func newEmitter(o event.Observer) *emitter {
	e := &emitter{queue: make(chan event.Event, eventQueue), done: make(chan struct{})}
	e.start = sync.OnceFunc(func() { go e.run(o) })
	return e
}

// run gives events to the observer. One that ends the goroutine (runtime.Goexit)
// misses that event alone: another goroutine goes on.
func (e *emitter) run(o event.Observer) {
	ended := false
	defer func() {
		if ended {
			close(e.done)
			return
		}
		go e.run(o)
	}()
	for ev := range e.queue {
		if n := e.dropped.Swap(0); n > 0 {
			observe(o, event.Dropped{Events: n})
		}
		observe(o, ev)
	}
	if n := e.dropped.Swap(0); n > 0 {
		observe(o, event.Dropped{Events: n})
	}
	ended = true
}

// observe keeps a panicking observer from taking the process along: watching
// must not be able to stop what is watched.
func observe(o event.Observer, ev event.Event) {
	if o == nil {
		return
	}
	defer func() { _ = recover() }()
	o.Observe(ev)
}

// emit reports a fact. It never blocks.
func (e *emitter) emit(ev event.Event) {
	e.closing.RLock()
	defer e.closing.RUnlock()
	if e.closed {
		return
	}
	e.start()
	select {
	case e.queue <- ev:
	default:
		e.dropped.Add(1)
	}
}

// close delivers what is queued and ends. Later events are ignored.
func (e *emitter) close() {
	e.start()
	e.closing.Lock()
	if !e.closed {
		e.closed = true
		close(e.queue)
	}
	e.closing.Unlock()
}

func (e *emitter) isClosed() bool {
	e.closing.RLock()
	defer e.closing.RUnlock()
	return e.closed
}
