package container_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// Of six records the third fails twice, and is given up at its second failure:
// deliveries, commits and recoveries of each form of outcome.
func TestTheThirdOfSixFails(t *testing.T) {
	say := map[string]func(d *listener.Delivery, i int) error{
		"FailedAt":  func(_ *listener.Delivery, i int) error { return listener.FailedAt(i, errBoom) },
		"NotCalled": func(_ *listener.Delivery, i int) error { return listener.NotCalled(i, errBoom) },
		"plain":     func(*listener.Delivery, int) error { return errBoom },
		"Results": func(d *listener.Delivery, i int) error {
			errs := make([]error, len(d.Records))
			errs[i] = errBoom
			return listener.Results(d.Records, errs)
		},
	}
	tests := []struct {
		outcome string
		calls   []call
		first   int64 // the group's offset after the first call
	}{
		{"FailedAt", []call{sec(0, 0, 6, 1), sec(1, 2, 4, 2), sec(1, 3, 3, 1)}, 2},
		{"NotCalled", []call{sec(0, 0, 6, 1), sec(0, 0, 2, 1), sec(1, 2, 4, 2), sec(1, 3, 3, 1)}, 2},
		{"Results", []call{sec(0, 0, 6, 1), sec(1, 2, 1, 2)}, 2},
		{"plain", []call{
			sec(0, 0, 6, 1), sec(1, 0, 6, 2),
			sec(1, 0, 1, 3), sec(1, 1, 1, 3), sec(1, 2, 1, 3), sec(1, 3, 1, 3), sec(1, 4, 1, 3), sec(1, 5, 1, 3),
		}, -1},
	}
	for _, tt := range tests {
		t.Run(tt.outcome, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				p := &park{}
				e.after(2, p)
				e.cluster.Fill(topic, 0, 6)
				e.batches(func(_ context.Context, d *listener.Delivery) error {
					for i, r := range d.Records {
						if r.Offset == 2 {
							return say[tt.outcome](d, i)
						}
					}
					return nil
				})
				require.Equal(t, tt.first, e.committed(0), "no gap is committed")
				e.pass(10 * time.Second)
				require.Equal(t, tt.calls, e.of(0))
				require.Len(t, p.all(), 1)
				require.EqualValues(t, 2, p.all()[0].offset, "only that one is given up")
				require.Equal(t, 1, p.all()[0].records)
				require.EqualValues(t, 6, e.committed(0))
				require.Len(t, found[event.Recovered](e), 1)
			})
		})
	}
}

func TestTheThirdOfSixFailsInATransaction(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		p := &park{}
		e.after(2, p)
		e.cluster.Fill(topic, 0, 6)
		e.batches(func(ctx context.Context, d *listener.Delivery) error {
			for _, r := range d.Records {
				if err := copies(ctx, r); err != nil {
					return err
				}
				if r.Offset == 2 {
					return errBoom
				}
			}
			return nil
		})
		e.pass(time.Minute)
		require.Len(t, p.all(), 1)
		require.EqualValues(t, 2, p.all()[0].offset, "only that one is given up")
		require.ElementsMatch(t, []string{"0@0", "0@1", "0@3", "0@4", "0@5"}, log.Records(outputs))
		require.EqualValues(t, 6, e.committed(0))
	})
}

// Attempts 1, 2, 3, 4 at the configured times, to the nanosecond.
func TestAttemptsAtTheirTimes(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.ErrorHandler = errorhandler.Default{Backoff: errorhandler.Backoff{Initial: time.Second, Multiplier: 3, Max: 5 * time.Second, Jitter: errorhandler.JitterNone}}
		e.cluster.Fill(topic, 0, 3)
		e.start(failing(func(attempt int) error {
			if attempt < 4 {
				return errBoom
			}
			return nil
		}))
		e.pass(time.Minute)
		require.Equal(t, []call{
			{0, 0, 0, 1, 1},
			{0, 0, 1, 1, 1},
			{time.Second, 0, 1, 1, 2},
			{4 * time.Second, 0, 1, 1, 3},
			{9 * time.Second, 0, 1, 1, 4},
			{9 * time.Second, 0, 2, 1, 1},
		}, e.of(0))
		require.EqualValues(t, 3, e.committed(0))
	})
}

// Whatever ends a call, wherever: one record fails, the process lives, the next
// one is handled.
func TestWhateverEndsACall(t *testing.T) {
	ways := map[string]func(){
		"panic":   func() { panic("ouch") },
		"nil map": func() { var m map[string]int; m["x"]++ },
		"nil":     func() { var p *listener.Delivery; _ = p.Attempt },
		"goexit":  runtime.Goexit,
	}
	places := map[string]func(e *engine, end func()){
		"handler": func(*engine, func()) {},
		"filter": func(e *engine, end func()) {
			e.spec.Filters = []listener.FilterFunc{func(_ context.Context, r *listener.RawRecord) bool {
				if r.Offset == 1 {
					end()
				}
				return true
			}}
		},
		"error handler": func(e *engine, end func()) {
			tried := 0
			e.verdicts(func(errorhandler.Failure) errorhandler.Verdict {
				if tried++; tried < 3 {
					end()
				}
				return errorhandler.Skip()
			})
		},
	}
	for place, at := range places {
		for way, end := range ways {
			t.Run(place+"/"+way, func(t *testing.T) {
				bubble(t, func(t *testing.T, e *engine) {
					e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Skip() })
					at(e, end)
					e.cluster.Fill(topic, 0, 3)
					e.start(failing(func(int) error {
						if place != "error handler" {
							end()
						}
						return errBoom
					}))
					e.pass(3 * time.Minute)
					failed := found[event.RecordFailed](e)
					require.NotEmpty(t, failed)
					for _, f := range failed {
						require.EqualValues(t, 1, f.Offset, "one record fails")
					}
					require.EqualValues(t, 3, e.committed(0), "the next one is handled")
				})
			})
		}
	}
}
