package observe

import (
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
)

// commitLine describes commits. They are the pulse of a healthy listener, and so a debug line.
func commitLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.Committed:
		return line{zap.DebugLevel, "offsets committed", append(consumer(e.Consumer), commits(e.Offsets), zap.Duration("took", e.Took))}, true
	case event.CommitFailed:
		level := worse(!e.Stale, zap.InfoLevel, zap.WarnLevel) // every rebalance refuses some
		return line{level, "commit failed, and is sent again", append(consumer(e.Consumer), commits(e.Offsets),
			fault(e.Err), zap.Duration("retry", e.Retry))}, true
	}
	return line{}, false
}
