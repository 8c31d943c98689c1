// Package event holds every fact that the framework reports, each as a struct
// of its own. Observers (zap, metrics, health) watch events and never steer.
package event

// An Event is a fact. The set is sealed: only this package adds to it.
type Event interface{ event() }

// An Observer watches events. Observe is called by one goroutine at a time,
// never under a lock of the engine; a slow observer loses events, which are
// counted and reported (Dropped), and never slows the engine.
type Observer interface {
	Observe(Event)
}

// ObserverFunc lets a function be an Observer.
type ObserverFunc func(Event)

// Observe calls f.
func (f ObserverFunc) Observe(e Event) { f(e) }

// Consumer names the group member that an event is about.
type Consumer struct {
	Listener string
	Group    string
	Index    int // from 0
}

// Partition names a partition.
type Partition struct {
	Topic string `json:"topic"`
	ID    int32  `json:"id"`
}
