package deadletter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What was dealt with is exactly what comes back.
func TestMarksComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := marks{next: rapid.Int64Range(0, 20).Draw(t, "next")}
		want := map[int64]bool{}
		for o := range int64(100) {
			want[o] = o < m.next
		}
		for _, o := range rapid.SliceOf(rapid.Int64Range(0, 99)).Draw(t, "done") {
			m.add(o)
			want[o] = true
		}
		m.slide(0)
		text, complete := m.text()
		require.True(t, complete)
		back := readMarks(m.next, text)
		for o := range int64(100) {
			require.Equal(t, want[o], back.has(o), "%d of %d %q", o, m.next, text)
		}
	})
}

func TestMarksThatCannotBeReadAreOpen(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"x", "5-", "-5", "9-5", "5-99999999999", ",", "1e3", "3"} {
		m := readMarks(4, bad)
		require.Empty(t, m.above, bad)
	}
	m := readMarks(-1001, "2")
	require.Zero(t, m.next)
	require.True(t, m.has(2))
}

// Too many gaps: what is left out is open, never the reverse.
func TestMarksHaveALimit(t *testing.T) {
	t.Parallel()
	var m marks
	for o := int64(1); o < 10_000; o += 2 {
		m.add(o)
	}
	text, complete := m.text()
	require.False(t, complete)
	require.LessOrEqual(t, len(text), longestMarks)
	back := readMarks(0, text)
	for _, o := range back.above {
		require.True(t, m.has(o))
	}
	require.Greater(t, len(back.above), 500)
}
