package app

import (
	"sync"

	"github.com/hearken-go/hearken/event"
)

// observers gives each event to all, and keeps one that panics from costing
// the others an event. Listeners and templates have a goroutine each that
// reports; an observer is called by one at a time.
type observers struct {
	mu  sync.Mutex
	all []event.Observer
}

// Observe calls every observer.
func (os *observers) Observe(e event.Event) {
	os.mu.Lock()
	defer os.mu.Unlock()
	for _, o := range os.all {
		if o != nil {
			guarded(o, e)
		}
	}
}

func guarded(o event.Observer, e event.Event) {
	defer func() { _ = recover() }()
	o.Observe(e)
}
