package observe

import (
	"time"

	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
)

// partitionLine describes rebalances, and partitions that do not move.
func partitionLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.Assigned:
		return line{zap.InfoLevel, "partitions assigned", append(consumer(e.Consumer), starts(e.Partitions, e.Starts))}, true
	case event.Revoked:
		level := worse(e.Err != nil || len(e.Abandoned) > 0, zap.InfoLevel, zap.WarnLevel)
		return line{level, "partitions revoked", append(consumer(e.Consumer), partitions(e.Partitions),
			strs("abandoned", e.Abandoned), fault(e.Err), zap.Duration("took", e.Took))}, true
	case event.Lost:
		return line{zap.WarnLevel, "partitions lost, nothing was committed for them", append(consumer(e.Consumer), partitions(e.Partitions))}, true
	case event.Stalled:
		return stalledLine(e), true
	case event.HandlerOverdue:
		l := line{zap.WarnLevel, "handler ran past its timeout, its context was cancelled", nil}
		if e.Leaving {
			l = line{zap.ErrorLevel, "handler hangs, the consumer leaves its group", nil}
		}
		l.fields = append(place(e.Consumer, e.Partition, e.Offset), zap.Duration("running", e.Running))
		return l, true
	}
	return line{}, false
}

func stalledLine(e event.Stalled) line {
	fields := append(place(e.Consumer, e.Partition, e.Offset), str("reason", e.Reason), since(e.Since))
	if e.Resolved {
		return line{zap.InfoLevel, "partition moves again", fields}
	}
	return line{zap.WarnLevel, "partition does not move", fields}
}

func since(t time.Time) zap.Field {
	if t.IsZero() {
		return zap.Skip()
	}
	return zap.Time("since", t)
}
