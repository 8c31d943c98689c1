package observe

import (
	"errors"

	"go.uber.org/zap"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
)

// recordLine describes what happened to single records.
func recordLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.RecordFailed:
		return failedLine(e), true
	case event.Recovered:
		fields := append(place(e.Consumer, e.Partition, e.Offset),
			zap.Int("attempt", e.Attempt), fault(e.Err), str("by", e.By), zap.Int("tries", e.Tries), zap.Duration("took", e.Took))
		return line{zap.WarnLevel, "record given up and recovered", fields}, true
	case event.RecoveryFailed:
		fields := append(place(e.Consumer, e.Partition, e.Offset), fault(e.Err), str("by", e.By), zap.Int("tries", e.Tries),
			zap.Duration("retry", e.Retry), since(e.Since), cause(e.Cause), stack(e.Err))
		return line{zap.ErrorLevel, "recoverer failed, the record stays undone and its partition waits: it is asked again", fields}, true
	case event.RecordsFiltered:
		return line{zap.DebugLevel, "records filtered out", append(place(e.Consumer, e.Partition, e.First), zap.Int64("last", e.Last), zap.Int("records", e.Records))}, true
	case event.RecordNacked:
		fields := append(place(e.Consumer, e.Partition, e.Offset), zap.Int("attempt", e.Attempt), zap.Duration("delay", e.Delay))
		return line{zap.DebugLevel, "record nacked", fields}, true
	case event.AckedButFailed:
		fields := append(place(e.Consumer, e.Partition, e.Offset), fault(e.Err), stack(e.Err))
		return line{zap.WarnLevel, "handler failed after it had acknowledged, the record is done", fields}, true
	case event.RequestUnanswered:
		return line{zap.WarnLevel, "request handled without a reply: its headers say no place for one", append(place(e.Consumer, e.Partition, e.Offset), fault(e.Err))}, true
	case event.LateAck:
		return line{zap.InfoLevel, "acknowledgment refused, its assignment is over", place(e.Consumer, e.Partition, e.Offset)}, true
	}
	return line{}, false
}

// failedLine is an error where a person is needed or a record is given up, and
// a warning while redelivery may still help.
func failedLine(e event.RecordFailed) line {
	l := line{zap.WarnLevel, "record failed", nil}
	if e.Held || isFinal(e) {
		l.level = zap.ErrorLevel
	}
	if e.Records > 1 {
		l.text = "batch failed"
	}
	l.fields = append(place(e.Consumer, e.Partition, e.Offset),
		zap.Int("records", e.Records), zap.Int("attempt", e.Attempt), since(e.Since),
		fault(e.Err), str("verdict", e.Verdict), stack(e.Err))
	return l
}

// cause is why a record was given up.
func cause(err error) zap.Field {
	if err == nil {
		return zap.Skip()
	}
	return zap.String("cause", clean(err.Error(), textCap))
}

// stack shows where a handler panicked.
func stack(err error) zap.Field {
	panicked, ok := errors.AsType[*errorhandler.PanicError](err)
	if !ok || len(panicked.Stack) == 0 {
		return zap.Skip()
	}
	return zap.String("stack", cut(string(panicked.Stack), stackCap))
}
