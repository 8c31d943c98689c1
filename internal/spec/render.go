package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Render prints every setting that is set, one per line, as YAML with its
// origin behind it: `ack-mode: BATCH  # default`. Secrets are redacted.
func Render(s *Settings) string { return RenderBelow("", s) }

// RenderBelow is Render with lines before it.
func RenderBelow(head string, s *Settings) string {
	lines := linesOf(make([]line, 0, len(Keys)+len(s.Properties)), Keys, s)
	for _, v := range []struct {
		name  string
		value *Value[any]
	}{{"codec", &s.Codec}, {"key-codec", &s.KeyCodec}, {"error-handler", &s.ErrorHandler}, {"rebalance", &s.Rebalance}, {"sender", &s.Sender}} {
		if v.value.IsSet() {
			lines = append(lines, line{v.name, named(v.value.V), v.value.Origin})
		}
	}
	return align(head, propertyLines(lines, s.Properties))
}

// RenderTemplate is Render for a template and its producer.
func RenderTemplate(p Producer, t Template) string {
	if t.TransactionIDPrefix.IsSet() {
		p.TransactionIDPrefix, t.TransactionIDPrefix = t.TransactionIDPrefix, Value[string]{}
	}
	lines := linesOf(linesOf(nil, ProducerKeys, &p), TemplateKeys, &t)
	return align("", propertyLines(lines, p.Properties))
}

// A line is one setting as it is printed.
type line struct{ name, text, origin string }

// size is how many bytes stand before the origin.
func (l line) size() int { return len(l.name) + len(": ") + len(l.text) }

// linesOf adds what s has of a table to lines.
func linesOf[S any](lines []line, table []KeyOf[S], s *S) []line {
	for i := range table {
		if text, origin := table[i].Get(s); origin != "" {
			lines = append(lines, line{table[i].Name, text, origin})
		}
	}
	return lines
}

func propertyLines(lines []line, properties map[string]Value[string]) []line {
	for _, name := range sortedNames(properties) {
		v := properties[name]
		lines = append(lines, line{Printable("", "properties."+name), PrintProperty(name, v), v.Origin})
	}
	return lines
}

// named says what a value from code is, without printing what is in it.
func named(v any) string {
	if n, ok := v.(interface{ Name() string }); ok && n != nil {
		return n.Name()
	}
	return fmt.Sprintf("%T", v)
}

func align(head string, lines []line) string {
	const widest = 48 // a long value is no reason to push all origins out of sight
	width := 0
	for _, l := range lines {
		if l.size() <= widest {
			width = max(width, l.size())
		}
	}
	size := len(head)
	for _, l := range lines {
		size += max(l.size(), width) + len("  # \n") + len(l.origin)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(head)
	for _, l := range lines {
		b.WriteString(l.name)
		b.WriteString(": ")
		b.WriteString(l.text)
		for range width - utf8.RuneCountInString(l.name) - len(": ") - utf8.RuneCountInString(l.text) {
			b.WriteByte(' ')
		}
		b.WriteString("  # ")
		b.WriteString(l.origin)
		b.WriteByte('\n')
	}
	return b.String()
}
