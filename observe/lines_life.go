package observe

import (
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
)

// lifeLine describes the life of listeners and their consumers.
func lifeLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.ListenerStarting:
		return line{zap.InfoLevel, "listener starting", startFields(e)}, true
	case event.ListenerStopped:
		return stoppedLine(e), true
	case event.ListenerPaused:
		text := "listener pausing"
		if e.Reached {
			text = "listener paused"
		}
		return line{zap.InfoLevel, text, []zap.Field{str("listener", e.Listener)}}, true
	case event.ListenerResumed:
		return line{zap.InfoLevel, "listener resumed", []zap.Field{str("listener", e.Listener)}}, true
	case event.ConsumerStarted:
		return line{zap.InfoLevel, "consumer started", consumer(e.Consumer)}, true
	case event.ConsumerFailed:
		fields := append(consumer(e.Consumer), fault(e.Err), zap.Duration("retry", e.Retry))
		return line{zap.WarnLevel, "consumer failed, and is opened again", fields}, true
	case event.ConsumerEnded:
		level := worse(len(e.Abandoned) > 0, zap.InfoLevel, zap.WarnLevel)
		level = worse(e.Err != nil, level, zap.ErrorLevel)
		return line{level, "consumer ended", append(consumer(e.Consumer), fault(e.Err), strs("abandoned", e.Abandoned))}, true
	}
	return line{}, false
}

func startFields(e event.ListenerStarting) []zap.Field {
	return []zap.Field{
		str("listener", e.Listener), str("group", e.Group), str("factory", e.Factory), str("ack_mode", e.AckMode),
		strs("topics", e.Topics), zap.Int("concurrency", e.Concurrency), zap.Int("workers", e.Workers),
		settings(e.Settings),
	}
}

func stoppedLine(e event.ListenerStopped) line {
	level := worse(len(e.Abandoned) > 0, zap.InfoLevel, zap.WarnLevel)
	level = worse(e.Err != nil, level, zap.ErrorLevel)
	return line{level, "listener stopped", []zap.Field{
		str("listener", e.Listener), str("reason", e.Reason), fault(e.Err), strs("abandoned", e.Abandoned), zap.Duration("took", e.Took),
	}}
}
