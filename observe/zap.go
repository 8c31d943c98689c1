// Package observe shows what the framework does: events as log lines, and a
// logger in every handler's context.
package observe

import (
	"fmt"
	"sync"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/hearken-go/hearken/event"
)

// NewZap returns an observer that writes one line per event to log; a listener
// that starts has a second one, at debug level, with all of its settings.
//
// Messages are fixed texts; what comes from outside (topics, errors, the
// client's log) stands in fields, with control characters escaped and cut to a
// length. Keys and values of records are never written. Failures that repeat
// in one partition are written once per 10 s, with the number left out. A nil
// log writes nothing. The observer is safe for concurrent use.
func NewZap(log *zap.Logger) event.Observer {
	if log == nil {
		log = zap.NewNop()
	}
	// Caller and stack would be those of this package, for every line.
	log = log.WithOptions(zap.WithCaller(false), zap.AddStacktrace(zap.LevelEnablerFunc(noLevel)))
	return &zapObserver{log: log, limit: newLimiter(failurePause)}
}

func noLevel(zapcore.Level) bool { return false }

type zapObserver struct {
	log   *zap.Logger
	mu    sync.Mutex
	limit *limiter
}

// A line is an event in words.
type line struct {
	level  zapcore.Level
	text   string
	fields []zap.Field
}

// Observe writes e, unless it repeats what was written a moment ago.
func (o *zapObserver) Observe(e event.Event) {
	suppressed, write := o.admit(e)
	if !write {
		return
	}
	l, ok := describe(e)
	if !ok {
		l = line{zap.WarnLevel, "event that this observer does not know", []zap.Field{zap.String("type", fmt.Sprintf("%T", e))}}
	}
	if suppressed > 0 {
		l.fields = append(l.fields, zap.Int("suppressed", suppressed))
	}
	o.write(l)
	if s, ok := e.(event.ListenerStarting); ok {
		o.write(line{zap.DebugLevel, "listener settings", []zap.Field{str("listener", s.Listener), settings(s.Settings)}})
	}
}

func (o *zapObserver) write(l line) {
	if entry := o.log.Check(l.level, l.text); entry != nil {
		entry.Write(l.fields...)
	}
}

// describe asks each family of events in turn.
func describe(e event.Event) (line, bool) {
	for _, family := range []func(event.Event) (line, bool){recordLine, commitLine, partitionLine, lifeLine, clientLine} {
		if l, ok := family(e); ok {
			return l, true
		}
	}
	return line{}, false
}

// worse returns the higher level where something went wrong.
func worse(wrong bool, otherwise, level zapcore.Level) zapcore.Level {
	if wrong {
		return level
	}
	return otherwise
}
