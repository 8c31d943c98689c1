package errorhandler_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
)

func TestVerdictsPrintThemselves(t *testing.T) {
	t.Parallel()
	noted := errorhandler.Skip()
	noted.Note = "tried 3 times"
	tests := []struct {
		give errorhandler.Verdict
		want string
	}{
		{errorhandler.Verdict{}, "redeliver after 0s"},
		{errorhandler.Redeliver(time.Second), "redeliver after 1s"},
		{errorhandler.Redeliver(-time.Second), "redeliver after 0s"},
		{errorhandler.Hold(time.Minute), "hold, again after 1m0s"},
		{errorhandler.Skip(), "skip"},
		{errorhandler.Stop(), "stop"},
		{noted, "skip (tried 3 times)"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.give.String())
	}
}

func TestPanicErrorShowsItsCause(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, &errorhandler.PanicError{Value: boom}, boom)
	require.EqualError(t, &errorhandler.PanicError{Value: 7}, "handler panicked: 7")
	require.EqualError(t, &errorhandler.PanicError{}, "handler called runtime.Goexit")
}

func ExampleHandlerFunc() {
	var giveUp errorhandler.Handler = errorhandler.HandlerFunc(func(ctx context.Context, f errorhandler.Failure) errorhandler.Verdict {
		if f.Attempt >= 3 {
			return errorhandler.Skip()
		}
		return errorhandler.NewDefault().Handle(ctx, f)
	})
	fmt.Println(giveUp.Handle(context.Background(), errorhandler.Failure{Attempt: 3}))
	// Output: skip
}
