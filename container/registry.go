package container

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// A Registry holds the containers of an application, by listener id. Its
// methods may be called from any goroutine, handlers included. The zero
// Registry is empty; Fill makes it useful. It must not be copied.
type Registry struct {
	fatalOnce sync.Once
	fatal     chan error

	mu      sync.Mutex
	emit    *emitter
	byID    map[string]*Container
	resolve func(listener.Listener) (Spec, error)
	running bool
	ended   bool // Stop or Close
	// life ends with Stop: what is being started gives up.
	life    context.Context
	endLife context.CancelFunc
}

// NewRegistry makes a container for each spec; none is started. observer, if
// not nil, hears of everything they do. The specs come from package factory,
// which has checked them: an id that is there twice is a panic.
func NewRegistry(observer event.Observer, specs []Spec) *Registry {
	r := new(Registry)
	r.Fill(observer, specs)
	return r
}

// Fill is NewRegistry for a Registry that is known already to those who will
// use it. It is called once.
func (r *Registry) Fill(observer event.Observer, specs []Spec) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.emit = newEmitter(observer)
	r.byID = make(map[string]*Container, len(specs))
	r.life, r.endLife = context.WithCancel(context.Background())
	for i := range specs {
		r.keep(newContainer(&specs[i], r.emit, r.tellFatal))
	}
}

// keep files a container, and its retry container. r.mu is held.
func (r *Registry) keep(k *Container) {
	for ; k != nil; k = k.retry {
		if r.byID[k.spec.ID] != nil {
			panic("container: two listeners with the id " + k.spec.ID)
		}
		r.byID[k.spec.ID] = k
	}
}

// Fatal returns a channel that receives why a listener ended by itself, where
// its on-fatal is app: whoever runs the application is to end it. Later ones
// are left out while nobody has received the first.
func (r *Registry) Fatal() <-chan error { return r.fatalChannel() }

func (r *Registry) fatalChannel() chan error {
	r.fatalOnce.Do(func() { r.fatal = make(chan error, 1) })
	return r.fatal
}

func (r *Registry) tellFatal(err error) {
	select {
	case r.fatalChannel() <- err:
	default:
	}
}

// Container returns the container of a listener.
func (r *Registry) Container(id string) (*Container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.byID[id]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w %q: there is %s", ErrUnknownListener, id, quotedList(slices.Sorted(maps.Keys(r.byID))))
}

func quotedList(ids []string) string {
	if len(ids) == 0 {
		return "none (an fx application has them when its hooks run, not in its constructors)"
	}
	return fmt.Sprintf("%q", ids)
}

// Containers returns all containers of this moment, sorted by listener id.
func (r *Registry) Containers() []*Container {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sorted()
}

func (r *Registry) sorted() []*Container {
	all := make([]*Container, 0, len(r.byID))
	for _, k := range r.byID {
		all = append(all, k)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID() < all[j].ID() })
	return all
}

// Health returns how every listener is, sorted by id.
func (r *Registry) Health() []Health {
	all := r.Containers()
	out := make([]Health, len(all))
	for i, k := range all {
		out[i] = k.Health()
	}
	return out
}

// Start starts every listener but those with auto-startup off, all at the same
// time, and waits for what their `start` wants. When some can't be started, the
// error names all of them, and the others are stopped again.
func (r *Registry) Start(ctx context.Context) error {
	all, ctx, release, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer release()
	errs := make([]error, len(all))
	var starts sync.WaitGroup
	for i, k := range all {
		if !k.starts() {
			k.noteHealth() // says once that it is not started
			continue
		}
		starts.Go(func() { errs[i] = k.Start(ctx) })
	}
	starts.Wait()
	if err := errors.Join(errs...); err != nil {
		r.mu.Lock()
		r.running = false
		r.mu.Unlock()
		return errors.Join(err, r.stopAll(context.WithoutCancel(ctx), started(all, errs)))
	}
	return nil
}

// open makes the registry one that runs. ctx ends with it.
func (r *Registry) open(ctx context.Context) ([]*Container, context.Context, func(), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil { // it was never filled: there is nothing to start
		return nil, ctx, func() {}, nil
	}
	if r.emit.isClosed() {
		return nil, nil, nil, fmt.Errorf("%w: a registry that was closed can't be started again", ErrRegistryStopped)
	}
	if r.ended {
		r.life, r.endLife = context.WithCancel(context.Background())
	}
	r.running, r.ended = true, false
	ctx, cancel := context.WithCancel(ctx)
	detach := context.AfterFunc(r.life, cancel)
	return r.sorted(), ctx, func() { detach(); cancel() }, nil
}

func started(all []*Container, errs []error) []*Container {
	var out []*Container
	for i, k := range all {
		if k.starts() && errs[i] == nil {
			out = append(out, k)
		}
	}
	return out
}

// Stop stops every listener, all at the same time, and joins what they had to
// leave behind.
func (r *Registry) Stop(ctx context.Context) error {
	r.mu.Lock()
	r.running, r.ended = false, true
	if r.endLife != nil {
		r.endLife() // before the look at who runs: who starts now does not get far
	}
	all := r.sorted()
	r.mu.Unlock()
	return r.stopAll(ctx, all)
}

func (r *Registry) stopAll(ctx context.Context, all []*Container) error {
	errs := make([]error, len(all))
	var stops sync.WaitGroup
	for i, k := range all {
		stops.Go(func() { errs[i] = k.Stop(ctx) })
	}
	stops.Wait()
	return errors.Join(errs...)
}

// Close ends the delivery of events, after the last one; an observer that does
// not come back has a second. A registry that was closed can't be started again.
func (r *Registry) Close() {
	emit := r.shut()
	if emit == nil {
		return
	}
	emit.end()
}

// shut ends what is being started, and the queue of events, in one: a Start
// that comes at the same moment is either ended by it, or refused.
func (r *Registry) shut() *emitter {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.ended = false, true
	if r.emit == nil {
		return nil
	}
	r.endLife()
	r.emit.close()
	return r.emit
}

// lastEvents is how long Close waits for the observer: watching must not be
// able to keep what is watched from ending.
const lastEvents = time.Second
