package container

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Container runs one listener: some consumers in one group. Its methods may
// be called from any goroutine, handlers included.
type Container struct {
	spec   *Spec
	shared *shared
	fatal  func(error) // hears of what ends the listener, where on-fatal is app

	mu      sync.Mutex
	state   State
	want    int       // consumers, as requested
	members []*member // by index; replaced, never changed in place
	life    *life     // the present or the last one, nil before the first
	err     error     // why it ended by itself
	left    []string  // what the last stop abandoned
	why     string    // it is stopped
	removed bool      // it never starts again

	health healthBook
}

func newContainer(spec *Spec, emit *emitter, fatal func(error)) *Container {
	k := &Container{spec: spec, fatal: fatal, state: Stopped, want: spec.Concurrency, why: "not started"}
	if !spec.AutoStartup {
		k.why = "auto-startup is off"
	}
	k.shared = &shared{emit: emit, pauses: newPauses(), zombies: newZombies()}
	k.shared.pauseReached, k.shared.pauseFor = k.reportPause, k.pauseFor
	k.shared.late, k.shared.places = newLateCalls(), newPlaces()
	return k
}

// ID returns the listener's id.
func (k *Container) ID() string { return k.spec.ID }

// Group returns the consumer group.
func (k *Container) Group() string { return k.spec.Group }

// Settings returns every effective setting with its origin, one per line.
func (k *Container) Settings() string { return k.spec.Text }

// Stop ends the listener: no new records, running handlers are waited for,
// what is settled is committed, the group is left. It takes shutdown-timeout at
// the longest, or until ctx's deadline, less a second to say what happened.
//
// What could not be waited for is named in a *StopError. A second call waits
// for the same stop; a listener that does not run answers nil. With the context
// of one of its own handlers it asks for the stop and returns: that handler is
// what the stop waits for.
func (k *Container) Stop(ctx context.Context) error {
	k.mu.Lock()
	if k.state == Stopped || k.state == Failed {
		k.mu.Unlock()
		return nil
	}
	k.state = Stopping
	whole := k.spec.ShutdownTimeout
	if deadline, ok := ctx.Deadline(); ok {
		whole = min(whole, max(time.Until(deadline)-time.Second, 0))
	}
	k.askStop(whole)
	done := k.life.done
	k.mu.Unlock()
	k.noteHealth()
	k.each(func(a *assignment) { a.Drain() }) // at once; the loop follows within its poll
	if listener.Info(ctx).Listener == k.spec.ID {
		return nil
	}
	return k.await(ctx, done, whole)
}

// await waits for a stop to end. The watchdog is for a client whose Close does
// not return: it is left behind, and said.
func (k *Container) await(ctx context.Context, done <-chan struct{}, whole time.Duration) error {
	watchdog := time.NewTimer(whole)
	defer watchdog.Stop()
	select {
	case <-done:
		return k.stopError()
	case <-watchdog.C:
	case <-ctx.Done():
	}
	select {
	case <-done:
		return k.stopError()
	default:
		return &StopError{Abandoned: k.unfinished()}
	}
}

func (k *Container) stopError() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.left) > 0 {
		return &StopError{Abandoned: k.left}
	}
	return nil
}

// unfinished names what a stop still waits for.
func (k *Container) unfinished() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := slices.Clone(k.left) // of members that have ended
	for _, m := range k.members {
		select {
		case <-m.done:
			continue
		default:
		}
		out = append(out, fmt.Sprintf("%s/%d: the consumer has not closed", k.spec.ID, m.index))
		if c := m.now.Load(); c != nil {
			out = append(out, c.unfinished()...)
		}
	}
	return out
}

// Done returns a channel that is closed when the listener has ended, by Stop
// or by itself. Before the first Start it is nil.
func (k *Container) Done() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.life == nil {
		return nil
	}
	return k.life.done
}

// Err returns why the listener ended by itself, nil where it did not.
func (k *Container) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}
