package container

import (
	"errors"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// repeatAfter is how long equal errors of the client are only counted: a dead
// cluster yields dozens of them a second.
const repeatAfter = 10 * time.Second

// allBrokersDown is the client's code for having no connection. It says so
// once, and never that one came back.
const allBrokersDown = -187

// An errorLog thins out the client's errors, by code.
type errorLog struct{ seen map[int]*seenError }

type seenError struct {
	said    time.Time
	repeats int
}

// admit reports whether an error with that code is to be reported now, and how
// many were left out before it.
func (l *errorLog) admit(code int, now time.Time) (repeats int, ok bool) {
	if l.seen == nil {
		l.seen = make(map[int]*seenError)
	}
	s := l.seen[code]
	if s == nil {
		l.seen[code] = &seenError{said: now}
		return 0, true
	}
	if now.Sub(s.said) < repeatAfter {
		s.repeats++
		return 0, false
	}
	repeats, s.repeats, s.said = s.repeats, 0, now
	return repeats, true
}

// clientError reports an error of the client. It returns the reason why the
// consumer has to end, or nil: most errors heal in the client itself.
func (c *consumer) clientError(err error) error {
	ce, ok := errors.AsType[*broker.ClientError](err)
	if !ok {
		ce = &broker.ClientError{Op: "poll", Text: err.Error()}
	}
	if repeats, ok := c.errs.admit(ce.Code, time.Now()); ok {
		c.emit(event.ClientError{Consumer: c.name(), Err: err, Repeats: repeats})
	}
	switch {
	case ce.Class == broker.NoOffset && c.spec.Reset == spec.NoReset:
		return &FatalError{Listener: c.spec.ID, Reason: ReasonNoOffset, Err: err}
	case ce.Class == broker.FencedInstance:
		return &FatalError{Listener: c.spec.ID, Reason: ReasonFenced, Err: err}
	case ce.Class == broker.Dead || ce.Class == broker.Auth:
		return err
	case ce.Class == broker.Assignor:
		c.waiting.outside = true // the watch asks what the others speak
		return nil
	case ce.Code == allBrokersDown || ce.Class == broker.MissingTopic:
		c.waiting.doubt(time.Now()) // the watch asks whether that is so
		return nil
	default:
		return nil
	}
}
