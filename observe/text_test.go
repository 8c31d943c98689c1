package observe_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/observe"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{"plain", "commit failed: 5 s", "commit failed: 5 s"},
		{"other scripts", "größe 東京", "größe 東京"},
		{"line break", "a\nb\r", `a\nb\r`},
		{"escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"invalid UTF-8", "a\xffb", `a\xffb`},
		{"turned writing direction", "a\u202eb", `a\u202eb`},
		{"fits exactly", strings.Repeat("a", 256), strings.Repeat("a", 256)},
		{"one too long", strings.Repeat("a", 257), strings.Repeat("a", 224) + "… (33 more bytes)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, observe.Clean(tt.give, observe.TextCap))
		})
	}
}

func TestCleanIsPrintableAndShort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "text"))
		got := observe.Clean(s, observe.TextCap)
		require.LessOrEqual(t, len(got), observe.TextCap)
		require.True(t, utf8.ValidString(got))
		for _, r := range got {
			require.True(t, unicode.IsPrint(r), "%q", r)
		}
	})
}
