package letter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes a text one that can be printed: what controls a terminal, or
// reorders a line, is escaped, and so is what is no UTF-8. It is longest bytes
// at the most; where it was cut, it ends with three dots.
func Escape(text string, longest int) string {
	const dots = "..."
	var out strings.Builder
	fits := 0 // what may stand before the dots
	for i := 0; i < len(text) && out.Len() <= longest; {
		r, size := utf8.DecodeRuneInString(text[i:])
		piece := text[i : i+size]
		switch {
		case r == utf8.RuneError && size <= 1:
			piece = fmt.Sprintf(`\x%02x`, text[i])
		case r == '\n':
			piece = `\n`
		case r == '\t':
			piece = `\t`
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			piece = fmt.Sprintf(`\u%04x`, r)
		}
		i += size
		out.WriteString(piece)
		if out.Len() <= longest-len(dots) {
			fits = out.Len()
		}
	}
	if out.Len() <= longest {
		return out.String()
	}
	return out.String()[:fits] + dots[:min(len(dots), longest)]
}

// lines is a stack trace, whose lines stay lines, cut to its longest size.
func lines(stack string) string {
	if len(stack) > longestStack {
		stack = strings.ToValidUTF8(stack[:longestStack], "")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, stack)
}
