package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDltSaysWhatIsWrong(t *testing.T) {
	for _, args := range [][]string{{}, {"burn"}, {"show"}, {"replay", "a", "b"}, {"drop", "-partition", "x", "a"}} {
		_, errs, code := hearken(t, append([]string{"dlt"}, args...)...)
		require.Equal(t, exitCommand, code, "%q", args)
		require.NotEmpty(t, errs)
	}
	_, errs, code := hearken(t, "dlt", "show", "-timeout", "300ms", "-file", file(t, fine), "orders-dlt")
	require.Equal(t, exitCommand, code)
	require.Contains(t, errs, "orders-dlt")
}
