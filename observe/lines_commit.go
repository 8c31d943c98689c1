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
	case event.CommitMapRestored:
		return line{zap.InfoLevel, "records above the committed offset are done already", append(spot(e.Consumer, e.Partition),
			zap.Int64("offset", e.Offset), zap.Int64("done", e.Done), zap.Int64("end", e.End), zap.Bool("cut", e.Cut))}, true
	case event.CommitMapRefused:
		return line{zap.WarnLevel, "commit metadata is not used", append(place(e.Consumer, e.Partition, e.Offset), fault(e.Err))}, true
	case event.CommitMapTooLarge:
		return line{zap.WarnLevel, "commit metadata is too large for the broker", append(spot(e.Consumer, e.Partition),
			zap.Int("length", e.Length), zap.Int("limit", e.Limit))}, true
	}
	return line{}, false
}
