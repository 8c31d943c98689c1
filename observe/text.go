package observe

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of a text is written.
const (
	textCap    = 256  // bytes of text from outside
	settingCap = 1024 // bytes of one setting
	stackCap   = 8192 // bytes of a panic's stack
	listCap    = 100  // elements of a list
	markCap    = 32   // bytes that the mark of a cut may take
)

// clean makes text from outside harmless in a log: what does not print (line
// breaks, escape sequences, characters that turn the writing direction,
// invalid UTF-8) is escaped as in a Go string, and the result is at most limit
// bytes long, with the mark that it was cut.
func clean(s string, limit int) string {
	var out strings.Builder
	keepIn, keepOut := 0, 0 // what stays, in s and in out, when the mark must fit behind it
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+size]
		if !unicode.IsPrint(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.Quote(piece)
			piece = quoted[1 : len(quoted)-1]
		}
		if out.Len()+len(piece) > limit {
			return out.String()[:keepOut] + cutMark(len(s)-keepIn)
		}
		out.WriteString(piece)
		i += size
		if out.Len() <= limit-markCap {
			keepIn, keepOut = i, out.Len()
		}
	}
	return out.String()
}

// cut shortens text that may keep its line breaks.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + cutMark(len(s)-limit)
}

func cutMark(bytes int) string { return fmt.Sprintf("… (%d more bytes)", bytes) }
