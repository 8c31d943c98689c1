package observe_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest/observer"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/observe"
)

// limited runs fn in fake time with an observer.
func limited(t *testing.T, fn func(t *testing.T, o event.Observer, logs *observer.ObservedLogs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log, logs := recorder()
		fn(t, observe.NewZap(log), logs)
	})
}

func TestRepeatedFailuresAreCounted(t *testing.T) {
	t.Parallel()
	limited(t, func(t *testing.T, o event.Observer, logs *observer.ObservedLogs) {
		again := failed(errorhandler.Redeliver(time.Second))
		for range 5 {
			o.Observe(again)
		}
		require.Equal(t, 1, logs.Len())
		require.NotContains(t, logs.TakeAll()[0].ContextMap(), "suppressed")

		advance(10 * time.Second)
		o.Observe(again)
		require.Equal(t, int64(4), logs.TakeAll()[0].ContextMap()["suppressed"])

		advance(10*time.Second - 1)
		o.Observe(again)
		require.Zero(t, logs.Len(), "the pause counts from the last line")
	})
}

func TestWhatIsNewIsWritten(t *testing.T) {
	t.Parallel()
	again := failed(errorhandler.Redeliver(time.Second))
	elsewhere := again
	elsewhere.Partition.ID++
	other := again
	other.Consumer.Listener = "other"
	tests := []struct {
		name string
		then event.Event
	}{
		{"another partition", elsewhere},
		{"another listener", other},
		{"the record is held now", failed(errorhandler.Hold(time.Second))},
		{"the record is given up", failed(errorhandler.Skip())},
		{"the listener stops", failed(errorhandler.Stop())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limited(t, func(t *testing.T, o event.Observer, logs *observer.ObservedLogs) {
				o.Observe(again)
				o.Observe(tt.then)
				require.Equal(t, 2, logs.Len())
			})
		})
	}
}

func TestEverySkipHasItsLine(t *testing.T) {
	t.Parallel()
	limited(t, func(t *testing.T, o event.Observer, logs *observer.ObservedLogs) {
		for range 3 {
			o.Observe(failed(errorhandler.Skip()))
		}
		require.Equal(t, 3, logs.Len())
	})
}

func TestEndOfAnAssignmentEndsThePause(t *testing.T) {
	t.Parallel()
	again := failed(errorhandler.Redeliver(time.Second))
	for _, end := range []event.Event{
		event.Revoked{Consumer: member, Partitions: []event.Partition{part}},
		event.Lost{Consumer: member, Partitions: []event.Partition{part}},
		event.ListenerStopped{Listener: member.Listener},
	} {
		limited(t, func(t *testing.T, o event.Observer, logs *observer.ObservedLogs) {
			o.Observe(again)
			o.Observe(end)
			o.Observe(again)
			require.Equal(t, 3, logs.Len(), "%T", end)
		})
	}
}

// The line of a failure under the default handler says what else could be done.
func TestDefaultHandlersLineNamesTheWaysOut(t *testing.T) {
	t.Parallel()
	log, logs := recorder()
	observe.NewZap(log).Observe(failed(errorhandler.NewDefault().Handle(t.Context(), errorhandler.Failure{Attempt: 1, Err: boom})))
	verdict := logs.All()[0].ContextMap()["verdict"]
	for _, way := range []string{"max-attempts", "max-age", "dead-letter", "skip", "stop", "an error handler of your own"} {
		require.Contains(t, verdict, way)
	}
	require.NotContains(t, verdict, "more bytes", "it must fit")
}

// advance moves the bubble's fake clock.
func advance(d time.Duration) { <-time.After(d) }
