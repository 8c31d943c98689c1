package factory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// verdicts asks the error handler that the options make.
func verdictOf(t *testing.T, attempt int, age time.Duration, err error, opts ...factory.Option) errorhandler.Verdict {
	t.Helper()
	specs, faults := factory.Specs(nil, []factory.ContainerFactory{factory.New("f", opts...)}, []listener.Listener{
		listener.On("billing", func(_ context.Context, _ listener.Record[string]) error { return nil }, listener.Topics("orders"), listener.Factory("f")),
	})
	require.NoError(t, faults)
	return specs[0].ErrorHandler.Handle(t.Context(), errorhandler.Failure{Attempt: attempt, Since: time.Now().Add(-age), Err: err})
}

func TestSettingsMakeTheDefaultHandler(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	exact := []factory.Option{factory.BackOffInitial(time.Second), factory.BackOffMax(4 * time.Second), factory.BackOffMultiplier(3), factory.BackOffJitter(factory.JitterNone)}
	for attempt, want := range []time.Duration{time.Second, 3 * time.Second, 4 * time.Second, 4 * time.Second} {
		v := verdictOf(t, attempt+1, 0, boom, exact...)
		require.Equal(t, errorhandler.KindRedeliver, v.Kind)
		require.Equal(t, want, v.After)
	}
	for _, tt := range []struct {
		what factory.Option
		kind errorhandler.Kind
	}{
		{factory.Recover(factory.RecoverSkip), errorhandler.KindSkip},
		{factory.Recover(factory.RecoverStop), errorhandler.KindStop},
		{factory.Recover(factory.RecoverDeadLetter), errorhandler.KindDeadLetter},
		{factory.DeadLetter(), errorhandler.KindDeadLetter},
	} {
		what, kind := tt.what, tt.kind
		require.Equal(t, errorhandler.KindRedeliver, verdictOf(t, 2, 0, boom, what, factory.MaxAttempts(3)).Kind)
		require.Equal(t, kind, verdictOf(t, 3, 0, boom, what, factory.MaxAttempts(3)).Kind)
		require.Equal(t, kind, verdictOf(t, 1, 0, listener.Fatal(boom), what).Kind, "at once")
		require.Equal(t, errorhandler.KindRedeliver, verdictOf(t, 9, 0, boom, what).Kind)
		require.Equal(t, kind, verdictOf(t, 10, 0, boom, what).Kind, "ten attempts where there is no bound")
		require.Equal(t, errorhandler.KindRedeliver, verdictOf(t, 99, time.Minute, boom, what, factory.MaxAge(time.Hour)).Kind)
		require.Equal(t, kind, verdictOf(t, 2, 2*time.Hour, boom, what, factory.MaxAge(time.Hour)).Kind)
	}
	v := verdictOf(t, 3, 0, boom, factory.MaxAttempts(3))
	require.True(t, v.Held, "nothing is lost unasked")
	require.Equal(t, 30*time.Second, v.After)
}

func TestFailureSettingsThatAreWrong(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]factory.Option{
		{factory.BackOffInitial(0)},
		{factory.BackOffMax(-1)},
		{factory.BackOffMultiplier(0.5)},
		{factory.MaxAttempts(-1)},
		{factory.MaxAge(-1)},
		{factory.Recover(77)},
		{factory.BackOffJitter(77)},
		{factory.BackOffInitial(time.Minute), factory.BackOffMax(time.Second)},
	} {
		_, err := factory.Specs(nil, []factory.ContainerFactory{factory.New("f", opts...)}, nil)
		require.Error(t, err, "%v", opts)
	}
}

func TestFailureSettingsBesideAnotherHandlerAreNoted(t *testing.T) {
	t.Parallel()
	specs, err := factory.Specs(nil, []factory.ContainerFactory{factory.New("f", factory.MaxAttempts(3), factory.ErrorHandler(errorhandler.Always(errorhandler.Skip())))}, []listener.Listener{
		listener.On("billing", func(_ context.Context, _ listener.Record[string]) error { return nil }, listener.Topics("orders"), listener.Factory("f")),
	})
	require.NoError(t, err)
	require.Len(t, specs[0].Notes, 1)
	require.Contains(t, specs[0].Notes[0], "max-attempts")
}
