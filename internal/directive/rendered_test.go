//go:build !generate

package directive_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

// TestGeneratedOptionsSetWhatTheTextsSay: a directive means what the same
// text means in configuration, for every setting that there is.
func TestGeneratedOptionsSetWhatTheTextsSay(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, tt := range rendered {
		k, ok := spec.Lookup(tt.key)
		require.True(t, ok, tt.key)
		covered[tt.key] = true
		var want spec.Settings
		require.NoError(t, k.Set(&want, tt.text, "test"), "%s=%s", tt.key, tt.text)
		got := spec.FromListener(tt.options)
		require.Empty(t, got.Texts)
		wantText, _ := k.Get(&want)
		gotText, origin := k.Get(got)
		for _, other := range spec.Keys {
			require.Equal(t, other.IsSet(&want), other.IsSet(got), "%s=%s: %s", tt.key, tt.text, other.Name)
		}
		require.Equal(t, wantText, strings.TrimSuffix(gotText, "[*]"), // a topic without ids is all of it
			"%s=%s", tt.key, tt.text)
		require.Regexp(t, `^code rendered_gen_test\.go:\d+$`, origin)
	}
	require.Len(t, covered, len(spec.Keys))
}
