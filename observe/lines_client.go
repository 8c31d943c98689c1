package observe

import (
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/hearken-go/hearken/event"
)

// clientLine describes what the Kafka clients said, and what was not observed at all.
func clientLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.ClientError:
		fields := append(consumer(e.Consumer), fault(e.Err))
		if e.Repeats > 0 {
			fields = append(fields, zap.Int("repeats", e.Repeats))
		}
		return line{zap.WarnLevel, "client error", fields}, true
	case event.ClientLog:
		return line{clientLevel(e.Level, e.Tag), "client log", append(consumer(e.Consumer), str("tag", e.Tag), str("text", e.Text))}, true
	case event.Dropped:
		return line{zap.WarnLevel, "events were dropped, an observer is too slow", []zap.Field{zap.Uint64("events", e.Events)}}, true
	}
	if l, ok := producerLine(e); ok {
		return l, true
	}
	return topicLine(e)
}

// clientLevel maps a syslog level. Even an emergency is only an error here:
// zap's higher levels end the process. The client's telemetry talks to itself.
func clientLevel(syslog int, tag string) zapcore.Level {
	switch {
	case syslog >= 5 && isTelemetry(tag):
		return zap.DebugLevel
	case syslog <= 3: // emergency, alert, critical, error
		return zap.ErrorLevel
	case syslog == 4:
		return zap.WarnLevel
	case syslog <= 6: // notice, info
		return zap.InfoLevel
	default:
		return zap.DebugLevel
	}
}

func isTelemetry(tag string) bool {
	return strings.Contains(tag, "TELEMETRY") || strings.Contains(tag, "GETSUBSCRIPTIONS")
}
