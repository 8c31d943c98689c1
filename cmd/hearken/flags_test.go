package main

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/failures.md writes flags behind the topic; a flag there was taken for a second topic.
func TestFlagsStandWhereTheyLike(t *testing.T) {
	for _, args := range [][]string{
		{"-yes", "-error", "x", "orders-dlt"},
		{"orders-dlt", "-yes", "-error", "x"},
		{"-error", "x", "orders-dlt", "-yes"},
	} {
		fs := flag.NewFlagSet("t", flag.ContinueOnError)
		yes, text := fs.Bool("yes", false, ""), fs.String("error", "", "")
		names, err := parse(fs, args)
		require.NoError(t, err)
		require.Equal(t, []string{"orders-dlt"}, names)
		require.True(t, *yes)
		require.Equal(t, "x", *text)
	}
	fs := flag.NewFlagSet("t", flag.ContinueOnError)
	names, err := parse(fs, []string{"a", "--", "-yes", "b"})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "-yes", "b"}, names)
	names, err = parse(fs, nil)
	require.NoError(t, err)
	require.Empty(t, names)
}
