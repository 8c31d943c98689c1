package container

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A Container runs one listener: Concurrency consumers in one group. Its
// methods may be called from any goroutine, handlers included.
type Container struct {
	spec   *Spec
	shared *shared

	mu      sync.Mutex
	state   State
	members []*member
	done    chan struct{} // closed when the members of this start have ended
	err     error         // why it ended by itself
	left    []string      // what the last stop abandoned
	began   time.Time
}

func newContainer(spec *Spec, emit *emitter) *Container {
	k := &Container{spec: spec, state: Stopped}
	k.shared = &shared{emit: emit, pauses: newPauses(), zombies: newZombies()}
	k.shared.pauseReached = k.reportPause
	k.shared.late, k.shared.places = newLateCalls(), newPlaces()
	return k
}

// ID returns the listener's id.
func (k *Container) ID() string { return k.spec.ID }

// Group returns the consumer group.
func (k *Container) Group() string { return k.spec.Group }

// Settings returns every effective setting with its origin, one per line.
func (k *Container) Settings() string { return k.spec.Text }

// Start opens the consumers and returns: it does not wait for an assignment.
// A client that can't be made at all (a wrong property) is an error, and then
// nothing runs. A running listener answers ErrRunning.
func (k *Container) Start(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state == Running || k.state == Stopping {
		return fmt.Errorf("listener %s: %w", k.spec.ID, ErrRunning)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("listener %s: %w", k.spec.ID, err)
	}
	k.shared.pauses.clear()
	k.shared.places.clear()
	members, clients, err := k.openAll()
	if err != nil {
		return fmt.Errorf("listener %s: %w", k.spec.ID, err)
	}
	k.members, k.done, k.err, k.left = members, make(chan struct{}), nil, nil
	k.state, k.began = Running, time.Now()
	k.shared.emit.emit(event.ListenerStarting{
		Listener: k.spec.ID, Group: k.spec.Group, Factory: k.spec.Factory, AckMode: k.spec.AckMode.String(),
		Topics: k.spec.Topics, Concurrency: k.spec.Concurrency, Workers: k.spec.Workers, Settings: k.spec.Text,
	})
	for i, m := range members {
		go m.run(clients[i])
	}
	go k.join(members, k.done)
	return nil
}

func (k *Container) openAll() ([]*member, []broker.Consumer, error) {
	members := make([]*member, k.spec.Concurrency)
	clients := make([]broker.Consumer, k.spec.Concurrency)
	for i := range members {
		members[i] = &member{k: k, index: i, stop: newStopSignal(), done: make(chan struct{})}
		client, err := members[i].open()
		if err != nil {
			for _, open := range clients[:i] {
				err = errors.Join(err, open.Close())
			}
			return nil, nil, err
		}
		clients[i] = client
	}
	return members, clients, nil
}

// join waits for the members of one start and says how it ended.
func (k *Container) join(members []*member, done chan struct{}) {
	for _, m := range members {
		<-m.done
	}
	k.mu.Lock()
	for _, m := range members {
		k.left = append(k.left, m.abandoned...)
		if k.err == nil {
			k.err = m.err
		}
	}
	said := event.ListenerStopped{Listener: k.spec.ID, Reason: "stopped", Err: k.err, Abandoned: k.left, Took: time.Since(k.began)}
	k.state = Stopped
	if k.err != nil {
		k.state, said.Reason = Failed, k.err.Error()
	}
	k.mu.Unlock()
	k.shared.emit.emit(said)
	close(done)
}

// memberFailed ends the other members, when one has ended by a fatal error.
func (k *Container) memberFailed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.askStop(k.spec.ShutdownTimeout)
}

func (k *Container) askStop(whole time.Duration) {
	b := divide(whole)
	for _, m := range k.members {
		m.stop.ask(b)
	}
}

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
	if k.state != Running && k.state != Stopping {
		k.mu.Unlock()
		return nil
	}
	k.state = Stopping
	whole := k.spec.ShutdownTimeout
	if deadline, ok := ctx.Deadline(); ok {
		whole = min(whole, max(time.Until(deadline)-time.Second, 0))
	}
	k.askStop(whole)
	done := k.done
	k.mu.Unlock()
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
	var out []string
	for _, m := range k.members {
		select {
		case <-m.done:
			out = append(out, m.abandoned...)
			continue
		default:
		}
		out = append(out, fmt.Sprintf("%s/%d: the consumer has not closed", k.spec.ID, m.index))
		if c := m.now.Load(); c != nil {
			for _, h := range c.handlers() {
				out = append(out, fmt.Sprintf("%s/%d: %s", k.spec.ID, m.index, h))
			}
		}
	}
	return out
}

// Done returns a channel that is closed when the listener has ended, by Stop
// or by itself. Before the first Start it is nil.
func (k *Container) Done() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.done
}

// Err returns why the listener ended by itself, nil where it did not.
func (k *Container) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}
