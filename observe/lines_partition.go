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
	case event.NotAssigned:
		return notAssignedLine(e), true
	case event.RebalanceCallbackFailed:
		fields := append(consumer(e.Consumer), str("callback", e.Callback), fault(e.Err), stack(e.Err))
		return line{zap.ErrorLevel, "rebalance callback failed", fields}, true
	case event.HandlerOverdue:
		l := line{zap.WarnLevel, "handler ran past its timeout, its context was cancelled", nil}
		if e.Leaving {
			l = line{zap.ErrorLevel, "handler hangs, the consumer leaves its group", nil}
		}
		l.fields = append(place(e.Consumer, e.Partition, e.Offset), zap.Duration("running", e.Running))
		return l, true
	}
	return placeLine(e)
}

// placeLine describes what happens to a single partition on purpose.
func placeLine(e event.Event) (line, bool) {
	switch e := e.(type) {
	case event.Sought:
		return line{zap.InfoLevel, "partition was moved by a seek", append(spot(e.Consumer, e.Partition), offset("from", e.From), offset("to", e.To))}, true
	case event.PartitionPaused:
		level := worse(e.ByUser, zap.DebugLevel, zap.InfoLevel) // a full window is everyday life
		return line{level, "partition paused", append(spot(e.Consumer, e.Partition), zap.Bool("by_request", e.ByUser))}, true
	case event.PartitionResumed:
		return line{zap.DebugLevel, "partition resumed", spot(e.Consumer, e.Partition)}, true
	case event.PartitionIdle:
		text := "partition is idle"
		if e.Over {
			text = "partition is idle no more"
		}
		return line{zap.InfoLevel, text, append(spot(e.Consumer, e.Partition), zap.Duration("idle", e.Idle))}, true
	}
	return line{}, false
}

func notAssignedLine(e event.NotAssigned) line {
	fields := append(consumer(e.Consumer), str("reason", e.Reason), since(e.Since))
	switch {
	case e.Resolved:
		return line{zap.InfoLevel, "consumer waits no more for partitions", fields}
	case e.Idle:
		return line{zap.InfoLevel, "consumer has no partition", fields}
	default:
		return line{zap.WarnLevel, "consumer has no partition", fields}
	}
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

// offset is a place in a log, in words where it is one of its ends.
func offset(name string, o int64) zap.Field {
	switch o {
	case -2:
		return zap.String(name, "beginning")
	case -1:
		return zap.String(name, "end")
	default:
		return zap.Int64(name, o)
	}
}
