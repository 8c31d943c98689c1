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

	retry    *Container // of its retry topics, or nil
	follower bool       // it is the retry container of another one

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
	if spec.Arrive != nil {
		spec.Handler, spec.Arrive = spec.Arrive(spec.Handler), nil
	}
	if spec.Retry != nil {
		k.retry = newContainer(spec.Retry, emit, fatal)
		k.retry.follower, k.retry.why = true, "it starts with listener "+spec.ID
	}
	return k
}

// starts reports whether the registry starts it.
func (k *Container) starts() bool { return k.spec.AutoStartup && !k.follower }

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
	whole := k.spec.ShutdownTimeout
	if deadline, ok := ctx.Deadline(); ok {
		whole = min(whole, max(time.Until(deadline)-time.Second, 0))
	}
	done := k.life.done
	k.mu.Unlock()
	k.halt(whole)
	if k.retry != nil {
		k.retry.halt(whole)
	}
	if by := listener.Info(ctx).Listener; by == k.spec.ID || k.retry != nil && by == k.retry.spec.ID {
		return nil
	}
	return k.await(ctx, done, whole)
}

// halt asks for a stop and does not wait for it.
func (k *Container) halt(whole time.Duration) {
	k.mu.Lock()
	if k.state == Stopped || k.state == Failed {
		k.mu.Unlock()
		return
	}
	k.state = Stopping
	k.askStop(whole)
	k.mu.Unlock()
	k.noteHealth()
	k.each(func(a *assignment) { a.Drain() }) // at once; the loop follows within its poll
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
	if k.retry != nil {
		out = append(out, k.retry.unfinished()...)
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
