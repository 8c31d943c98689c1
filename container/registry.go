package container

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
)

// A Registry holds the containers of an application, by listener id.
type Registry struct {
	emit *emitter
	all  []*Container
	byID map[string]*Container
}

// NewRegistry makes a container for each spec; none is started. observer, if
// not nil, hears of everything they do. The specs come from package factory,
// which has checked them: an id that is there twice is a panic.
func NewRegistry(observer event.Observer, specs []Spec) *Registry {
	r := &Registry{emit: newEmitter(observer), byID: make(map[string]*Container, len(specs))}
	for i := range specs {
		k := newContainer(&specs[i], r.emit)
		if r.byID[k.ID()] != nil {
			panic("container: two listeners with the id " + k.ID())
		}
		r.byID[k.ID()] = k
		r.all = append(r.all, k)
	}
	sort.Slice(r.all, func(i, j int) bool { return r.all[i].ID() < r.all[j].ID() })
	return r
}

// Container returns the container of a listener.
func (r *Registry) Container(id string) (*Container, error) {
	if k := r.byID[id]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownListener, id)
}

// Containers returns all containers, sorted by listener id.
func (r *Registry) Containers() []*Container { return append([]*Container(nil), r.all...) }

// Start starts every listener but those with auto-startup off. When some can't
// be started, the error names all of them, and the others are stopped again.
func (r *Registry) Start(ctx context.Context) error {
	var started []*Container
	var errs []error
	for _, k := range r.all {
		if !k.spec.AutoStartup {
			continue
		}
		if err := k.Start(ctx); err != nil {
			errs = append(errs, err)
			continue
		}
		started = append(started, k)
	}
	if len(errs) > 0 {
		for _, k := range started {
			errs = append(errs, k.Stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// Stop stops every listener, all at the same time, and joins what they had to
// leave behind. Afterwards the observer has seen every event that was not dropped.
func (r *Registry) Stop(ctx context.Context) error {
	errs := make([]error, len(r.all))
	var stops sync.WaitGroup
	for i, k := range r.all {
		stops.Go(func() { errs[i] = k.Stop(ctx) })
	}
	stops.Wait()
	return errors.Join(errs...)
}

// Close ends the delivery of events, after the last one; an observer that does
// not come back has a second. A registry that was closed can't be started again.
func (r *Registry) Close() {
	r.emit.close()
	timer := time.NewTimer(lastEvents)
	defer timer.Stop()
	select {
	case <-r.emit.done:
	case <-timer.C:
	}
}

// lastEvents is how long Close waits for the observer: watching must not be
// able to keep what is watched from ending.
const lastEvents = time.Second

// Run starts the listeners, waits until ctx is done or every listener has
// ended by itself, and stops them. It returns what the start, a listener that
// ended by itself, or the stop had to report.
func (r *Registry) Run(ctx context.Context) error {
	defer r.Close()
	if err := refuseCommand(); err != nil {
		return err
	}
	if err := r.Start(ctx); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		if r.allFailed() {
			close(ended)
		}
	}()
	select {
	case <-ctx.Done():
	case <-ended:
	}
	err := r.Stop(context.WithoutCancel(ctx))
	for _, k := range r.all {
		err = errors.Join(err, k.Err())
	}
	return err
}

// allFailed waits until every listener that was started has ended. It answers
// false where none was started, or one was stopped: somebody may start it again.
func (r *Registry) allFailed() bool {
	some := false
	for _, k := range r.all {
		if done := k.Done(); done != nil {
			<-done
			if k.Err() == nil {
				return false
			}
			some = true
		}
	}
	return some
}
