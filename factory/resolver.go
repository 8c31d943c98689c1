package factory

import (
	"slices"
	"sync"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A Resolver makes the specs of listeners that come while others run, from the
// configuration and the factories that those were made of. It is safe for
// concurrent use.
type Resolver struct {
	mu    sync.Mutex
	load  func() (*resolver, []*candidate) // until the first listener comes: few programs need it
	base  *resolver
	known []*candidate

	// Alive, if set, reports whether a listener is still there: one that is not
	// gives its id and its group free. Unset, all that were resolved are there.
	Alive func(id string) bool
	// Complete, if set, gets each spec before it is handed out.
	Complete func(*container.Spec)
}

// NewResolver knows the listeners that Specs has made specs of. Its own
// faults are those of Specs, which has reported them.
func NewResolver(cfg *config.Config, factories []ContainerFactory, listeners []listener.Listener) *Resolver {
	return &Resolver{load: func() (*resolver, []*candidate) {
		r := newResolver(cfg)
		r.declare(factories)
		return r, r.listeners(listeners)
	}}
}

// Attach lets the registry's Add resolve listeners by r, and takes for gone
// what the registry has not.
func (r *Resolver) Attach(registry *container.Registry) {
	r.Alive = func(id string) bool {
		_, err := registry.Container(id)
		return err == nil
	}
	registry.ResolveWith(r.Resolve)
}

// Resolve makes the spec of one more listener. All that is wrong with it, alone
// or beside those that are there, is joined into one error.
func (r *Resolver) Resolve(l listener.Listener) (container.Spec, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.base == nil {
		r.base, r.known = r.load()
	}
	r.known = slices.DeleteFunc(r.known, func(c *candidate) bool { return r.Alive != nil && !r.Alive(c.id()) })
	one := *r.base
	one.faults = spec.Faults{}
	one.faults.Share(one.kafka)
	for _, c := range r.known {
		if c.id() == l.ID() {
			one.duplicate(l, c.l.Where(), container.ErrDuplicateListener)
			return container.Spec{}, one.faults.Err()
		}
	}
	one.done = map[string]*candidate{}
	for _, c := range r.known {
		one.done[c.id()] = c
	}
	added := one.listener(l, spec.FromListener(l.Options()))
	if added != nil {
		one.together(r.known, []*candidate{added})
	}
	if err := one.faults.Err(); err != nil {
		return container.Spec{}, err
	}
	r.known = append(r.known, added)
	var made container.Spec
	build(&made, added)
	if r.Complete != nil {
		r.Complete(&made)
	}
	return made, nil
}
