package errorhandler_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/listener"
)

type limitedError struct{}

func (*limitedError) Error() string { return "limited" }

func TestClassesOfErrors(t *testing.T) {
	t.Parallel()
	limited := fmt.Errorf("call: %w", &limitedError{})
	any2 := errorhandler.Any(nil, errorhandler.Is(boom, context.Canceled), errorhandler.As[*limitedError]())
	require.True(t, any2(fmt.Errorf("x: %w", boom)))
	require.True(t, any2(limited))
	require.False(t, any2(errors.New("another")))

	tests := []struct {
		name string
		h    errorhandler.Default
		err  error
		dead bool
	}{
		{"denied", errorhandler.Default{Never: errorhandler.Is(boom)}, boom, true},
		{"not denied", errorhandler.Default{Never: errorhandler.Is(boom)}, limited, false},
		{"allowed", errorhandler.Default{Only: errorhandler.Is(boom)}, boom, false},
		{"not allowed", errorhandler.Default{Only: errorhandler.Is(boom)}, limited, true},
		{"denied goes before allowed", errorhandler.Default{Only: errorhandler.Is(boom), Never: errorhandler.Is(boom)}, boom, true},
		{"who asks is worth it", errorhandler.Default{Never: errorhandler.Is(boom)}, listener.RetryAfter(time.Second, boom), false},
		{"fatal", errorhandler.Default{Only: errorhandler.Is(boom)}, listener.Fatal(boom), true},
	}
	for _, tt := range tests {
		tt.h.Then = errorhandler.DeadLetter()
		v := tt.h.Handle(t.Context(), errorhandler.Failure{Attempt: 1, Err: tt.err, Since: time.Now()})
		require.Equal(t, tt.dead, v.Kind == errorhandler.KindDeadLetter, tt.name)
	}
}

func TestByError(t *testing.T) {
	t.Parallel()
	h := errorhandler.ByError(nil,
		errorhandler.Route{},
		errorhandler.When(errorhandler.Is(boom), errorhandler.Always(errorhandler.Skip())),
		errorhandler.When(errorhandler.As[*limitedError](), errorhandler.Default{Backoff: errorhandler.Backoff{Initial: time.Hour, Max: time.Hour}}),
		errorhandler.When(errorhandler.Is(boom), errorhandler.Always(errorhandler.Stop())),
	)
	of := func(err error) errorhandler.Verdict {
		return h.Handle(t.Context(), errorhandler.Failure{Attempt: 1, Err: err})
	}
	require.Equal(t, errorhandler.KindSkip, of(boom).Kind, "the first that matches")
	require.GreaterOrEqual(t, of(&limitedError{}).After, 30*time.Minute)
	require.LessOrEqual(t, of(errors.New("another")).After, 100*time.Millisecond)
}
