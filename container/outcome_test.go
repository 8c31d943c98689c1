package container_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// The table "handler did / returned" of semantics.md, §1.
func TestOutcomes(t *testing.T) {
	tests := []struct {
		mode          ackmode.Mode
		did, returned string
		unacked       spec.UnackedKind
		second        time.Duration // when record 0 runs again, 0 for never
		asked         int           // error handler calls
		reported      int           // AckedButFailed
		attempt       int           // of the second call
		committed     int64         // after an hour
	}{
		{ackmode.Manual, "ack", "nil", spec.UnackedKeep, 0, 0, 0, 0, 2},
		{ackmode.Manual, "ack", "error", spec.UnackedKeep, 0, 0, 1, 0, 2},
		{ackmode.Manual, "ack", "panic", spec.UnackedKeep, 0, 0, 1, 0, 2},
		{ackmode.Manual, "nack", "nil", spec.UnackedKeep, 5 * time.Second, 0, 0, 2, 2},
		{ackmode.Manual, "nack", "error", spec.UnackedKeep, 5 * time.Second, 0, 1, 2, 2},
		{ackmode.Manual, "nack", "panic", spec.UnackedKeep, 5 * time.Second, 0, 1, 2, 2},
		{ackmode.Manual, "neither", "nil", spec.UnackedKeep, 0, 0, 0, 0, -1},
		{ackmode.Manual, "neither", "nil", spec.UnackedRedeliver, 3 * time.Second, 0, 0, 2, 2},
		{ackmode.Manual, "neither", "nil", spec.UnackedFail, time.Second, 1, 0, 2, 2},
		{ackmode.Manual, "neither", "error", spec.UnackedKeep, time.Second, 1, 0, 2, 2},
		{ackmode.Manual, "neither", "panic", spec.UnackedKeep, time.Second, 1, 0, 2, 2},
		{ackmode.ManualImmediate, "ack", "error", spec.UnackedKeep, 0, 0, 1, 0, 2},
		{ackmode.ManualImmediate, "nack", "nil", spec.UnackedKeep, 5 * time.Second, 0, 0, 2, 2},
		{ackmode.Batch, "neither", "nil", spec.UnackedKeep, 0, 0, 0, 0, 2},
		{ackmode.Batch, "neither", "error", spec.UnackedKeep, time.Second, 1, 0, 2, 2},
		{ackmode.Batch, "neither", "panic", spec.UnackedKeep, time.Second, 1, 0, 2, 2},
		{ackmode.Record, "neither", "error", spec.UnackedKeep, time.Second, 1, 0, 2, 2},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %s %s %s", tt.mode, tt.did, tt.returned, spec.Unacked{Kind: tt.unacked}), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(tt.mode)
				e.spec.Unacked = spec.Unacked{Kind: tt.unacked, After: 3 * time.Second}
				asked := 0
				e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { asked++; return errorhandler.Redeliver(time.Second) })
				e.cluster.Fill(topic, 0, 2)
				e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
					did, returned := tt.did, tt.returned
					if r.Offset == 1 || r.Attempt > 1 {
						did, returned = "ack", "nil"
					}
					return outcome(did, returned, ack)
				})
				e.pass(30 * time.Second)
				var again []call
				for _, c := range e.of(0)[1:] {
					if c.offset == 0 {
						again = append(again, c)
					}
				}
				require.Equal(t, tt.second > 0, len(again) == 1, "%v", again)
				if tt.second > 0 {
					require.Equal(t, call{tt.second, 0, 0, 1, tt.attempt}, again[0])
				}
				require.Equal(t, tt.asked, asked)
				require.Len(t, found[event.AckedButFailed](e), tt.reported)
				require.Equal(t, tt.committed, e.committed(0))
			})
		})
	}
}

func outcome(did, returned string, ack listener.Acknowledgment) error {
	switch {
	case ack == nil:
	case did == "ack":
		_ = ack.Acknowledge()
	case did == "nack":
		_ = ack.Nack(5 * time.Second)
	}
	switch returned {
	case "error":
		return errBoom
	case "panic":
		panic(errBoom)
	default:
		return nil
	}
}

// "again at max(return, call + d)", and a nack may come after the return, too.
func TestNackCountsFromTheCall(t *testing.T) {
	for _, tt := range []struct {
		runs, delay, late, want time.Duration
	}{
		{0, 2 * time.Second, 0, 2 * time.Second},
		{time.Second, 2 * time.Second, 0, 2 * time.Second},
		{3 * time.Second, 2 * time.Second, 0, 3 * time.Second},
		{0, 2 * time.Second, 5 * time.Second, 7 * time.Second},
		{0, -time.Second, 0, 0},
	} {
		bubble(t, func(t *testing.T, e *engine) {
			e.mode(ackmode.Manual)
			e.cluster.Fill(topic, 0, 2)
			e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
				switch {
				case r.Offset == 1 || r.Attempt > 1:
					return ack.Acknowledge()
				case tt.late > 0:
					time.AfterFunc(tt.late, func() { _ = ack.Nack(tt.delay) })
					return nil
				}
				err := ack.Nack(tt.delay)
				time.Sleep(tt.runs) //nolint:forbidigo // fake time
				return err
			})
			e.pass(10 * time.Second)
			var again []time.Duration
			for _, c := range e.of(0) {
				if c.attempt == 2 {
					again = append(again, c.at)
				}
			}
			require.Equal(t, []time.Duration{tt.want}, again)
			require.EqualValues(t, 2, e.committed(0))
		})
	}
}

func TestSecondUseIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.cluster.Fill(topic, 0, 2)
		var old box[listener.Acknowledgment]
		e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Attempt == 1 && r.Offset == 0 {
				old.set(ack)
				require.NoError(t, ack.Nack(time.Second))
				require.ErrorIs(t, ack.Nack(0), listener.ErrSettled)
				require.ErrorIs(t, ack.Acknowledge(), listener.ErrSettled)
				return nil
			}
			if r.Offset == 0 {
				require.ErrorIs(t, old.get().Acknowledge(), listener.ErrSettled, "of an earlier attempt")
			}
			return ack.Acknowledge()
		})
		e.pass(5 * time.Second)
		require.Equal(t, []int64{0, 0, 1}, e.seen())
		require.EqualValues(t, 2, e.committed(0))
	})
}
