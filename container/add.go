package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// ResolveWith tells the registry how a listener becomes a Spec, for Add.
func (r *Registry) ResolveWith(resolve func(listener.Listener) (Spec, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resolve = resolve
}

// Add takes a listener in while the others run. In a registry that runs it is
// started, unless its auto-startup is off, and Add waits for what its `start`
// wants. After an error the registry is as before.
func (r *Registry) Add(l listener.Listener) (*Container, error) {
	r.mu.Lock()
	resolve := r.resolve
	r.mu.Unlock()
	if resolve == nil {
		return nil, fmt.Errorf("listener %s: %w", l.ID(), ErrNoResolver)
	}
	s, err := resolve(l)
	if err != nil {
		return nil, err
	}
	return r.AddSpec(s)
}

// AddSpec is Add for a listener that is resolved already.
func (r *Registry) AddSpec(s Spec) (*Container, error) {
	k, ctx, err := r.register(&s)
	if err != nil {
		return nil, fmt.Errorf("listener %s: %w", s.ID, err)
	}
	switch {
	case ctx == nil: // the registry starts it
	case !s.AutoStartup:
		k.noteHealth()
	default:
		if err := k.Start(ctx); err != nil && !errors.Is(err, ErrRunning) {
			k.retire()
			err = errors.Join(err, k.Stop(context.Background())) // somebody may have started it since
			r.forget(k)
			return nil, err
		}
	}
	return k, nil
}

// register keeps a container for s. ctx is nil in a registry that was not started yet.
func (r *Registry) register(s *Spec) (*Container, context.Context, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ended || r.byID == nil:
		return nil, nil, ErrRegistryStopped
	case r.byID[s.ID] != nil || s.Retry != nil && r.byID[s.Retry.ID] != nil:
		return nil, nil, ErrDuplicateListener
	}
	k := newContainer(s, r.emit, r.tellFatal)
	r.keep(k)
	r.emit.emit(event.ListenerAdded{Listener: s.ID})
	if !r.running {
		return k, nil, nil
	}
	return k, r.life, nil
}

// Remove stops a listener, as Container.Stop does, and forgets it: its id is
// free again. What the stop had to abandon is named in a *StopError, and the
// listener is forgotten all the same. With the context of one of its own
// handlers it returns at once; the listener is forgotten when it has ended.
func (r *Registry) Remove(ctx context.Context, id string) error {
	k, err := r.Container(id)
	if err != nil {
		return err
	}
	k.retire()
	err = k.Stop(ctx)
	if listener.Info(ctx).Listener == id {
		go func() {
			if done := k.Done(); done != nil { // else it never ran: the context is of an earlier one
				<-done
			}
			r.forget(k)
		}()
		return err
	}
	r.forget(k)
	if err != nil {
		return fmt.Errorf("listener %s: %w", id, err)
	}
	return nil
}

// retire keeps everybody from starting it from here on.
func (k *Container) retire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.removed = true
}

func (r *Registry) forget(k *Container) {
	k.retire()
	r.mu.Lock()
	there := r.byID[k.ID()] == k
	if there {
		delete(r.byID, k.ID())
		if k.retry != nil {
			k.retry.retire()
			delete(r.byID, k.retry.ID())
		}
	}
	r.mu.Unlock()
	if there {
		r.emit.emit(event.ListenerRemoved{Listener: k.ID()})
	}
}
