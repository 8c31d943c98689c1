package container

import (
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// A selfPause is that a listener holds itself for a while, because something
// around its handler said so (listener.PauseFor). It is beside what users
// have asked for, and ends by itself.
type selfPause struct {
	until  time.Time // zero while there is none
	reason string
	timer  *time.Timer
}

func (s *selfPause) on() bool { return !s.until.IsZero() }

func (s *selfPause) end() {
	if s.timer != nil {
		s.timer.Stop()
	}
	*s = selfPause{}
}

// heed looks whether a handler's outcome asks for a pause.
func (w *worker) heed(err error) {
	if p, ok := listener.AsPostponed(err); ok && p.Pause {
		w.c.shared.pauseFor(p.After, p.Err)
	}
}

// pauseFor holds the whole listener for d, or for longer where it is held
// longer already. Records that have not started do not start; handlers that run go on.
func (k *Container) pauseFor(d time.Duration, why error) {
	reason := "no reason was given"
	if why != nil {
		reason = why.Error()
	}
	until, fresh := time.Now().Add(d), false
	k.shared.pauses.set(func(p *pauses) {
		fresh = !p.own.on() || p.own.reason != reason
		if !p.own.on() {
			p.reached = p.reached && p.all
		}
		if !until.After(p.own.until) {
			until = p.own.until
			return
		}
		p.own.end()
		p.own = selfPause{until: until, reason: reason, timer: time.AfterFunc(d, k.resumeItself)}
	})
	k.align()
	if fresh {
		k.shared.emit.emit(event.ListenerPaused{Listener: k.spec.ID, Reason: reason, Until: until})
	}
	k.noteHealth()
}

// resumeItself ends a selfPause whose time is up.
func (k *Container) resumeItself() {
	ended := false
	k.shared.pauses.set(func(p *pauses) {
		if ended = p.own.on() && !p.own.until.After(time.Now()); ended {
			p.own.end()
		}
	})
	if !ended {
		return // it was prolonged, or ended by Resume or by a stop
	}
	k.align()
	k.shared.emit.emit(event.ListenerResumed{Listener: k.spec.ID})
	k.noteHealth()
}

// itself says why the listener holds itself, "" where it does not.
func (p *pauses) itself() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.own.reason
}
