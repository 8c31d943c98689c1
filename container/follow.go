package container

import (
	"context"
	"errors"
	"time"
)

// followWait is how long a start waits for a listener's topics before its
// retry container subscribes to what may not be there yet.
const followWait = 5 * time.Second

// A following is what a container has beside it while it lives: its retry
// container, and what its spec does by itself.
type following struct {
	end    func()        // of Spec.Beside
	joined chan struct{} // closed when the retry container is started, or will not be
}

// accompany begins what belongs to a life. It is called once per life, before
// its members run.
func (k *Container) accompany(l *life) {
	l.beside = following{end: func() {}, joined: make(chan struct{})}
	var ready <-chan struct{}
	if k.spec.Beside != nil {
		ready, l.beside.end = k.spec.Beside(k.shared.emit.emit)
	}
	if k.retry == nil {
		close(l.beside.joined)
		return
	}
	go k.lead(l, ready)
}

// lead starts the retry container, when its topics are there or it has waited
// long enough: its health says then what is missing.
func (k *Container) lead(l *life, ready <-chan struct{}) {
	defer close(l.beside.joined)
	timer := time.NewTimer(followWait)
	defer timer.Stop()
	select {
	case <-ready:
	case <-timer.C:
	case <-l.asked:
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	unhook := make(chan struct{})
	defer close(unhook)
	go func() { // a stop ends a start
		select {
		case <-l.asked:
			cancel()
		case <-unhook:
		}
	}()
	if err := k.retry.Start(ctx); err != nil {
		return // its health says so
	}
	if k.shared.pauses.forUser() {
		k.retry.Pause()
		if !k.shared.pauses.forUser() { // it was resumed in between
			k.retry.Resume()
		}
	}
}

// leave ends what belongs to a life, when its last member has ended.
func (k *Container) leave(l *life) {
	<-l.beside.joined
	if k.retry != nil {
		k.mu.Lock()
		until := l.until
		k.mu.Unlock()
		if until.IsZero() { // nobody has asked for the end
			until = time.Now().Add(k.spec.ShutdownTimeout)
		}
		ctx, cancel := context.WithDeadline(context.Background(), until.Add(time.Second))
		defer cancel()
		if err := k.retry.Stop(ctx); err != nil {
			k.mu.Lock()
			k.left = append(k.left, abandonedBy(err)...)
			k.mu.Unlock()
		}
	}
	l.beside.end()
}

// abandonedBy names what a stop has left behind.
func abandonedBy(err error) []string {
	if e, ok := errors.AsType[*StopError](err); ok {
		return e.Abandoned
	}
	return []string{err.Error()}
}

// Retry returns the container of the listener's retry topics, nil where it has
// none. It starts, stops, pauses and resumes with the listener.
func (k *Container) Retry() *Container { return k.retry }
