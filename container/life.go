package container

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// A life is one start of a container, until the last of its members has ended.
// Its fields but the channels are guarded by the container's lock.
type life struct {
	began  time.Time
	ending time.Time     // when it was asked to end
	until  time.Time     // the deadline of the stop that was asked for
	asked  chan struct{} // closed when it was asked to end
	done   chan struct{} // closed when it has ended
	alive  int           // members that have not ended
	beside following     // once its clients are made
}

func newLife() *life {
	return &life{began: time.Now(), asked: make(chan struct{}), done: make(chan struct{})}
}

// askStop asks the present life to end within whole. The first request counts.
// k.mu is held.
func (k *Container) askStop(whole time.Duration) {
	l := k.life
	select {
	case <-l.asked:
		return
	default:
	}
	l.ending = time.Now()
	l.until = l.ending.Add(whole)
	close(l.asked)
	b := divide(whole)
	for _, m := range k.members {
		m.stop.ask(b)
	}
}

// memberFailed ends the other members, when one has ended by a fatal error.
func (k *Container) memberFailed(err error) {
	k.mu.Lock()
	if k.err == nil {
		k.err = err
	}
	k.state = Stopping
	k.askStop(k.spec.ShutdownTimeout)
	k.mu.Unlock()
	if k.spec.OnFatal == spec.FatalApp {
		k.fatal(err)
	}
}

// memberEnded is the last that a member does. A place that was given up is
// filled again where that was asked for meanwhile; the last member ends the life.
func (k *Container) memberEnded(m *member) {
	k.mu.Lock()
	l := k.life
	k.left = append(k.left, m.abandoned...)
	l.alive--
	close(m.done)
	if k.state == Running {
		k.members = slices.DeleteFunc(slices.Clone(k.members), func(o *member) bool { return o == m })
		k.fill()
	}
	last := l.alive == 0
	k.mu.Unlock()
	k.noteHealth()
	if last {
		k.endLife(l)
	}
}

// over is what is told of the end of l.
func (l *life) over(id, reason string, err error) event.ListenerStopped {
	return event.ListenerStopped{Listener: id, Reason: reason, Err: err, Took: time.Since(cmp.Or(l.ending, l.began)), Ran: time.Since(l.began)}
}

// endLife says how a life has ended.
func (k *Container) endLife(l *life) {
	k.leave(l)
	k.deleteGroup(l)
	k.unclaim()
	k.mu.Lock()
	said := l.over(k.spec.ID, "stopped", k.err)
	said.Abandoned = k.left
	k.state, k.why = Stopped, "stopped"
	if k.err != nil {
		k.state, said.Reason = Failed, k.err.Error()
	}
	k.mu.Unlock()
	k.shared.emit.emit(said)
	k.noteHealth()
	close(l.done)
}

// abort ends a life that never came to run.
func (k *Container) abort(l *life, announced bool, err error) error {
	k.unclaim()
	k.mu.Lock()
	said := l.over(k.spec.ID, err.Error(), err)
	k.why = err.Error()
	if _, said := errors.AsType[*StartError](err); !said {
		k.why = "did not start: " + k.why
	}
	if k.state == Stopping {
		err = errors.Join(errStoppedMeanwhile, context.Canceled)
		k.why, said.Reason, said.Err = "stopped", "stopped", nil
	}
	k.state = Stopped
	k.mu.Unlock()
	if announced {
		k.shared.emit.emit(said)
	}
	k.noteHealth()
	close(l.done)
	return err
}

// deleteGroup deletes the group of a listener that asked for it, when all
// members have left it cleanly, in what is left of the stop's time.
func (k *Container) deleteGroup(l *life) {
	k.mu.Lock()
	clean := k.err == nil && len(k.left) == 0
	until := l.until.Add(-k.spec.ShutdownTimeout / 25) // to say what happened
	k.mu.Unlock()
	if k.spec.DeleteGroup == nil || !clean {
		return
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- k.spec.DeleteGroup(ctx) }()
	said := event.GroupDeleted{Listener: k.spec.ID, Group: k.spec.Group}
	select {
	case said.Err = <-answer:
	case <-ctx.Done():
		select {
		case said.Err = <-answer:
		default:
			said.Err = ctx.Err()
		}
	}
	k.shared.emit.emit(said)
}

// closeAll closes clients that no member has taken.
func closeAll(clients []broker.Consumer) error {
	var errs []error
	for _, c := range clients {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
