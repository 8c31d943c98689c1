package factory

import (
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// Build makes a registry of one container for each listener: Specs says from
// what and what may be wrong. Nothing is started and nothing connects.
// observers hear of everything that the containers do, in their order.
//
// The registry's Add takes further listeners, made of the same cfg and factories.
func Build(cfg *config.Config, factories []ContainerFactory, listeners []listener.Listener, observers ...event.Observer) (*container.Registry, error) {
	if cfg == nil {
		cfg = config.None()
	}
	specs, err := Specs(cfg, factories, listeners)
	if err != nil {
		return nil, err
	}
	registry := container.NewRegistry(all(observers), specs)
	NewResolver(cfg, factories, listeners).Attach(registry)
	return registry, nil
}

// all makes one observer of many, nil of none.
func all(observers []event.Observer) event.Observer {
	var some []event.Observer
	for _, o := range observers {
		if o != nil {
			some = append(some, o)
		}
	}
	switch len(some) {
	case 0:
		return nil
	case 1:
		return some[0]
	}
	return event.ObserverFunc(func(e event.Event) {
		for _, o := range some {
			o.Observe(e)
		}
	})
}
