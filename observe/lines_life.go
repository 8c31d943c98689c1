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
		fields := []zap.Field{str("listener", e.Listener)}
		if e.Reason == "" {
			return line{zap.InfoLevel, text, fields}, true
		}
		return line{zap.WarnLevel, "listener pauses itself", append(fields, str("reason", e.Reason), zap.Time("until", e.Until))}, true
	case event.ListenerResumed:
		return line{zap.InfoLevel, "listener resumed", []zap.Field{str("listener", e.Listener)}}, true
	case event.GroupDeleted:
		level := worse(e.Err != nil, zap.InfoLevel, zap.WarnLevel)
		return line{level, "consumer group deleted after the stop", []zap.Field{str("listener", e.Listener), str("group", e.Group), fault(e.Err)}}, true
	case event.ConsumerStarted:
		return line{zap.InfoLevel, "consumer started", consumer(e.Consumer)}, true
	case event.ReaderFallback:
		return line{zap.WarnLevel, "reader: queues does not know this client, the listener reads by poll", []zap.Field{str("listener", e.Listener), fault(e.Err)}}, true
	case event.ConsumerFailed:
		fields := append(consumer(e.Consumer), fault(e.Err), zap.Duration("retry", e.Retry))
		return line{zap.WarnLevel, "consumer failed, and is opened again", fields}, true
	case event.ConsumerNotAllowed:
		fields := append(consumer(e.Consumer), fault(e.Err), zap.Duration("retry", e.Retry))
		return line{zap.ErrorLevel, "consumer is not allowed to connect or read, its client is made again", fields}, true
	case event.ConsumerEnded:
		level := worse(len(e.Abandoned) > 0, zap.InfoLevel, zap.WarnLevel)
		level = worse(e.Err != nil, level, zap.ErrorLevel)
		return line{level, "consumer ended", append(consumer(e.Consumer), fault(e.Err), strs("abandoned", e.Abandoned))}, true
	}
	return crewLine(e)
}

// crewLine describes how the set of listeners and consumers changes, and how they are.
func crewLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.ListenerAdded:
		return line{zap.InfoLevel, "listener added", []zap.Field{str("listener", e.Listener)}}, true
	case event.ListenerRemoved:
		return line{zap.InfoLevel, "listener removed", []zap.Field{str("listener", e.Listener)}}, true
	case event.ListenerResized:
		return line{zap.InfoLevel, "listener resized", []zap.Field{str("listener", e.Listener), zap.Int("from", e.From), zap.Int("to", e.To)}}, true
	case event.ListenerIdle:
		text := "listener is idle"
		if e.Over {
			text = "listener is idle no more"
		}
		return line{zap.InfoLevel, text, []zap.Field{str("listener", e.Listener), zap.Duration("idle", e.Idle)}}, true
	case event.HealthChanged:
		// What is wrong has lines of its own; this one says what it comes to.
		level := worse(e.Status == "down", zap.InfoLevel, zap.WarnLevel)
		return line{level, "listener health", []zap.Field{str("listener", e.Listener), str("status", e.Status), str("reason", e.Reason)}}, true
	}
	return line{}, false
}

func startFields(e event.ListenerStarting) []zap.Field {
	return []zap.Field{
		str("listener", e.Listener), str("group", e.Group), str("factory", e.Factory), str("ack_mode", e.AckMode),
		strs("topics", e.Topics), zap.Int("concurrency", e.Concurrency), zap.Int("workers", e.Workers),
		settings(chosen(e.Settings)),
	}
}

func stoppedLine(e event.ListenerStopped) line {
	level := worse(len(e.Abandoned) > 0, zap.InfoLevel, zap.WarnLevel)
	level = worse(e.Err != nil, level, zap.ErrorLevel)
	return line{level, "listener stopped", []zap.Field{
		str("listener", e.Listener), str("reason", e.Reason), fault(e.Err), strs("abandoned", e.Abandoned), zap.Duration("took", e.Took), zap.Duration("ran", e.Ran),
	}}
}
