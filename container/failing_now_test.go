package container_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// failing returns what fails, as an outsider sees it.
func (e *engine) failing() []container.FailingRecord { return e.reg.Health()[0].Consumers[0].Failing }

// What fails is in the health from its first failure on, long before it counts
// as stalled, and is gone when it is done.
func TestHealthHasWhatFails(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(10 * time.Second) })
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 3)
		}
		var mended atomic.Bool
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			switch {
			case r.Partition == 2 && r.Offset == 1 && !mended.Load():
				return errBoom
			case r.Partition == 1 && r.Offset == 2 && r.Attempt == 1:
				return listener.RetryAfter(time.Second, errors.New("later"))
			}
			return nil
		})
		at := time.Now()
		require.Equal(t, []container.FailingRecord{
			{Partition: event.Partition{Topic: topic, ID: 1}, Offset: 2, Attempts: 1, Since: at, RetryAt: at.Add(10 * time.Second), Error: "later", Verdict: "redeliver after 10s"},
			{Partition: event.Partition{Topic: topic, ID: 2}, Offset: 1, Attempts: 1, Since: at, RetryAt: at.Add(10 * time.Second), Error: errBoom.Error(), Verdict: "redeliver after 10s"},
		}, e.failing())
		e.pass(25 * time.Second)
		require.Equal(t, []container.FailingRecord{
			{Partition: event.Partition{Topic: topic, ID: 2}, Offset: 1, Attempts: 3, Since: at, RetryAt: at.Add(30 * time.Second), Error: errBoom.Error(), Verdict: "redeliver after 10s"},
		}, e.failing())
		mended.Store(true)
		e.pass(5 * time.Second)
		require.Empty(t, e.failing())
		require.EqualValues(t, 3, e.committed(2))
	})
}

// Under key ordering many may fail at once: the oldest is told, with the number of the others.
func TestHealthHasTheOldestOfManyFailures(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 4)
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(time.Minute) })
		var mended atomic.Bool
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			if mended.Load() {
				return nil
			}
			return errBoom
		})
		at := time.Now()
		e.fillKeys(1, 1)
		e.pass(time.Second)
		for key := range 100 { // more than are ever looked through
			e.cluster.Produce(topic, 0, string(rune('a'+key)), "v")
		}
		e.pass(time.Second)
		got := e.failing()
		require.Len(t, got, 1)
		require.EqualValues(t, 0, got[0].Offset)
		require.Equal(t, 100, got[0].More)
		require.Equal(t, at, got[0].Since)
		require.Equal(t, errBoom.Error(), got[0].Error)
		mended.Store(true)
		e.pass(2 * time.Minute)
		require.Empty(t, e.failing())
		require.EqualValues(t, 101, e.committed(0))
	})
}

// A recoverer that fails is told with why, and errors whose methods panic or
// take long are not asked again by those who look.
func TestHealthHasWhatIsNotRecovered(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		park := errorhandler.RecovererFunc(func(context.Context, errorhandler.Failure) error { return errors.New("no room") })
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.RecoverWith(park) })
		e.cluster.Fill(topic, 0, 1)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error { return badError{} })
		e.pass(time.Second)
		got := e.failing()
		require.Len(t, got, 1)
		require.Equal(t, 1, got[0].Attempts)
		require.Equal(t, "a container_test.badError without a text", got[0].Error)
		require.Equal(t, "no room", got[0].Recoverer)
	})
}

type badError struct{}

func (badError) Error() string { panic("no text") }
