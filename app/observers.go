package app

import "github.com/hearken-go/hearken/event"

// observers gives each event to all, and keeps one that panics from costing
// the others an event.
type observers []event.Observer

// Observe calls every observer.
func (os observers) Observe(e event.Event) {
	for _, o := range os {
		if o != nil {
			guarded(o, e)
		}
	}
}

func guarded(o event.Observer, e event.Event) {
	defer func() { _ = recover() }()
	o.Observe(e)
}
