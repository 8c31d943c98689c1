package container_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

var errBoom = errors.New("boom")

// failing fails record 1 of partition 0 as long as fail says so, given the attempt.
func failing(fail func(attempt int) error) func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
	return func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
		if r.Partition == 0 && r.Offset == 1 {
			return fail(r.Attempt)
		}
		return nil
	}
}

func (e *engine) verdicts(v func(f errorhandler.Failure) errorhandler.Verdict) {
	e.spec.ErrorHandler = errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict { return v(f) })
}

func TestDefaultHandlerBacksOffInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 4)
		e.start(failing(func(attempt int) error {
			if attempt < 6 {
				return errBoom
			}
			return nil
		}))
		for range 60 {
			e.cluster.Fill(topic, 1, 1)
			e.pass(100 * time.Millisecond)
		}
		require.Len(t, e.of(1), 60, "the other partitions flow")
		calls := e.of(0)
		var offsets []int64
		for i, c := range calls {
			offsets = append(offsets, c.offset)
			if c.offset != 1 {
				continue
			}
			require.Equal(t, i, c.attempt)
			if c.attempt > 1 {
				full := errorhandler.Backoff{}.Full(c.attempt - 1)
				waited := c.at - calls[i-1].at
				require.GreaterOrEqual(t, waited, 50*time.Millisecond, "never at once")
				require.LessOrEqual(t, waited, full)
			}
		}
		require.Equal(t, []int64{0, 1, 1, 1, 1, 1, 1, 2, 3}, offsets)
		failed := found[event.RecordFailed](e)
		require.Len(t, failed, 5)
		for i, f := range failed {
			require.Equal(t, i+1, f.Attempt)
			require.ErrorIs(t, f.Err, errBoom)
			require.Equal(t, failed[0].Since, f.Since, "since the first failure")
		}
		require.EqualValues(t, 4, e.committed(0))
	})
}

func TestRedeliveryIsExactAndKnowsTheLastDelay(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var before []time.Duration
		e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
			before = append(before, f.Previous)
			return errorhandler.Redeliver(time.Duration(f.Attempt) * time.Second)
		})
		e.cluster.Fill(topic, 0, 2)
		e.start(failing(func(attempt int) error {
			if attempt < 4 {
				return errBoom
			}
			return nil
		}))
		e.pass(10 * time.Second)
		require.Equal(t, []call{
			{0, 0, 0, 1, 1},
			{0, 0, 1, 1, 1},
			{time.Second, 0, 1, 1, 2},
			{3 * time.Second, 0, 1, 1, 3},
			{6 * time.Second, 0, 1, 1, 4},
		}, e.of(0))
		require.Equal(t, []time.Duration{0, time.Second, 2 * time.Second}, before)
	})
}

func TestHeldRecordIsReportedAndHoldsOnlyItsPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 3)
		e.cluster.Fill(topic, 1, 3)
		e.start(failing(func(int) error { return listener.Fatal(errBoom) }))
		e.pass(time.Second)
		failed := found[event.RecordFailed](e)
		require.Len(t, failed, 1)
		require.True(t, failed[0].Held)
		require.Contains(t, failed[0].Verdict, "ways out")
		require.Len(t, found[event.Stalled](e), 1, "reported at once, as stalled")
		require.EqualValues(t, 3, e.committed(1))
		require.EqualValues(t, 1, e.committed(0))
		e.pass(2 * time.Minute)
		stalls := found[event.Stalled](e)
		require.Len(t, stalls, 1)
		require.Contains(t, stalls[0].Reason, "offset 1 failed and waits to be delivered again, attempt 1")
		require.Contains(t, stalls[0].Reason, "boom")
	})
}

func TestSkipSettles(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Skip() })
		e.cluster.Fill(topic, 0, 3)
		e.start(failing(func(int) error { return errBoom }))
		e.pass(time.Second)
		require.Equal(t, []int64{0, 1, 2}, e.seen())
		require.EqualValues(t, 3, e.committed(0))
		require.Equal(t, "skip", found[event.RecordFailed](e)[0].Verdict)
	})
}

func TestStopVerdictEndsTheListenerAndNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Stop() })
		e.cluster.Fill(topic, 1, 3)
		fails := true
		h := func(_ context.Context, d *listener.Delivery) error {
			if r := d.Records[0]; r.Partition == 0 && r.Offset == 1 && fails {
				return errBoom
			}
			return nil
		}
		e.spec.Concurrency = 2
		one, two := e.complete(e.spec, h), e.spec
		two.ID, two.Group = "other", "other"
		lives := e.another()
		lives.spec = two
		e.reg = e.registry(one, lives.complete(two, func(context.Context, *listener.Delivery) error { return nil }))
		require.NoError(t, e.reg.Start(context.Background()))
		e.pass(time.Second)
		e.cluster.Fill(topic, 0, 3)
		e.pass(time.Second)
		k := e.container("billing")
		require.Equal(t, container.Failed, k.Status().State)
		var fatal *container.FatalError
		require.ErrorAs(t, k.Err(), &fatal)
		require.Equal(t, "listener billing ended: its error handler said stop: orders[0]@1: boom", fatal.Error())
		require.ErrorIs(t, k.Err(), errBoom)
		<-k.Done()
		require.Empty(t, e.group.Members(), "on all its consumers")
		require.EqualValues(t, 1, e.committed(0), "the record is unsettled")
		require.EqualValues(t, 3, e.committed(1))
		require.Equal(t, container.Running, e.container("other").Status().State)
		lives.cluster.Fill(topic, 2, 2)
		e.pass(time.Second)
		require.Len(t, lives.of(2), 2)
		fails = false
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.EqualValues(t, 3, e.committed(0), "started again, it goes on with that record")
		require.NoError(t, k.Err())
	})
}

// nilError is the classic: a nil pointer in an error, whose methods crash.
type nilError struct{ err error }

func (e *nilError) Error() string { return e.err.Error() }
func (e *nilError) Unwrap() error { return e.err }

func TestCrashesAreFailuresLikeAnyOther(t *testing.T) {
	crash := map[string]func() error{
		"panic":          func() error { panic("boom") },
		"panic of nil":   func() error { panic(nil) }, //nolint:govet // on purpose
		"goexit":         func() error { runtime.Goexit(); return nil },
		"error crashes":  func() error { var e *nilError; return e },
		"runtime panics": func() error { return fmt.Errorf("%d", []int{}[len(errBoom.Error())]) },
	}
	handlers := map[string]errorhandler.Handler{
		"default": errorhandler.NewDefault(),
		"panics":  errorhandler.HandlerFunc(func(context.Context, errorhandler.Failure) errorhandler.Verdict { panic("me too") }),
		"goexits": errorhandler.HandlerFunc(func(context.Context, errorhandler.Failure) errorhandler.Verdict {
			runtime.Goexit()
			return errorhandler.Skip()
		}),
	}
	for what, crash := range crash {
		for how, handler := range handlers {
			t.Run(what+" and error handler "+how, func(t *testing.T) {
				bubble(t, func(t *testing.T, e *engine) {
					e.spec.ErrorHandler = handler
					e.cluster.Fill(topic, 0, 3)
					e.cluster.Fill(topic, 1, 3)
					k := e.start(failing(func(attempt int) error {
						if attempt == 1 {
							return crash()
						}
						return nil
					}))
					e.pass(time.Second)
					require.EqualValues(t, 3, e.committed(1), "the worker lives")
					e.pass(time.Minute)
					require.Len(t, e.of(0), 4)
					require.EqualValues(t, 3, e.committed(0))
					_, err := e.stop(k)
					require.NoError(t, err)
				})
			})
		}
	}
}

func TestPanicInMiddleware(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 2)
		var crashed bool
		mw := listener.Middleware(func(next listener.HandlerFunc) listener.HandlerFunc {
			return func(ctx context.Context, d *listener.Delivery) error {
				err := next(ctx, d)
				if !crashed {
					crashed = true
					panic(errBoom)
				}
				return err
			}
		})
		e.startRaw(listener.Chain(func(context.Context, *listener.Delivery) error { return nil }, mw))
		e.pass(time.Second)
		require.Equal(t, []int64{0, 0, 1}, e.seen())
		require.ErrorIs(t, found[event.RecordFailed](e)[0].Err, errBoom)
	})
}
