package container

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/event"
)

// An idleClock counts the intervals that passed without a record. It belongs
// to one goroutine.
type idleClock struct {
	last time.Time // of a record, or of the beginning
	said int       // intervals that were reported
}

// record notes a record, and reports whether that ends a reported silence.
func (i *idleClock) record(now time.Time, interval time.Duration) (silence time.Duration, over bool) {
	silence, over = now.Sub(i.last), i.said > 0 && interval > 0
	i.last, i.said = now, 0
	return silence, over
}

// due reports whether another interval has passed.
func (i *idleClock) due(now time.Time, interval time.Duration) (silence time.Duration, due bool) {
	if interval <= 0 {
		return 0, false
	}
	silence = now.Sub(i.last)
	n := int(silence / interval)
	if n <= i.said {
		return silence, false
	}
	i.said = n
	return silence, true
}

// A listenerIdle is the silence of a whole listener: of all its consumers.
type listenerIdle struct {
	last   atomic.Int64 // of a record, in Unix nanoseconds
	silent atomic.Bool  // a silence was reported

	mu    sync.Mutex
	clock idleClock
}

func (l *listenerIdle) begin(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock = idleClock{last: now}
	l.last.Store(now.UnixNano())
	l.silent.Store(false)
}

// sawRecords notes that a turn brought records for a.
func (c *consumer) sawRecords(a *assignment, now time.Time) {
	if silence, over := a.idle.record(now, c.spec.PartitionIdle); over {
		c.emit(event.PartitionIdle{Consumer: c.name(), Partition: a.event(), Idle: silence, Over: true})
	}
	if c.spec.IdleInterval <= 0 {
		return
	}
	l := &c.shared.idle
	l.last.Store(now.UnixNano())
	if l.silent.Load() {
		c.watchIdle(now) // says that it is over
	}
}

// watchIdle reports silences, of the listener and of partitions.
func (c *consumer) watchIdle(now time.Time) {
	if c.spec.PartitionIdle > 0 {
		for _, a := range c.parts {
			if silence, due := a.idle.due(now, c.spec.PartitionIdle); due {
				c.emit(event.PartitionIdle{Consumer: c.name(), Partition: a.event(), Idle: silence})
			}
		}
	}
	if c.spec.IdleInterval <= 0 {
		return
	}
	l := &c.shared.idle
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := time.Unix(0, l.last.Load()); last.After(l.clock.last) {
		if silence, over := l.clock.record(last, c.spec.IdleInterval); over {
			l.silent.Store(false)
			c.emit(event.ListenerIdle{Listener: c.spec.ID, Idle: silence, Over: true})
		}
	}
	if silence, due := l.clock.due(now, c.spec.IdleInterval); due {
		l.silent.Store(true)
		c.emit(event.ListenerIdle{Listener: c.spec.ID, Idle: silence})
	}
}
