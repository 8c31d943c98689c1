package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Render prints every setting that is set, one per line, as YAML with its
// origin behind it: `ack-mode: BATCH  # default`. Secrets are redacted.
func Render(s Settings) string {
	lines := linesOf(Keys, &s)
	for _, v := range []struct {
		name  string
		value Value[any]
	}{{"codec", s.Codec}, {"key-codec", s.KeyCodec}, {"error-handler", s.ErrorHandler}, {"rebalance", s.Rebalance}, {"sender", s.Sender}} {
		if v.value.IsSet() {
			lines = append(lines, [2]string{v.name + ": " + named(v.value.V), v.value.Origin})
		}
	}
	return align(append(lines, propertyLines(s.Properties)...))
}

// RenderTemplate is Render for a template and its producer.
func RenderTemplate(p Producer, t Template) string {
	if t.TransactionIDPrefix.IsSet() {
		p.TransactionIDPrefix, t.TransactionIDPrefix = t.TransactionIDPrefix, Value[string]{}
	}
	lines := append(linesOf(ProducerKeys, &p), linesOf(TemplateKeys, &t)...)
	return align(append(lines, propertyLines(p.Properties)...))
}

func linesOf[S any](table []KeyOf[S], s *S) [][2]string {
	var lines [][2]string
	for i := range table {
		if text, origin := table[i].Get(s); origin != "" {
			lines = append(lines, [2]string{table[i].Name + ": " + text, origin})
		}
	}
	return lines
}

func propertyLines(properties map[string]Value[string]) [][2]string {
	var lines [][2]string
	for _, name := range sortedNames(properties) {
		v := properties[name]
		lines = append(lines, [2]string{Printable("", "properties."+name) + ": " + PrintProperty(name, v), v.Origin})
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

func align(lines [][2]string) string {
	const widest = 48 // a long value is no reason to push all origins out of sight
	width := 0
	for _, l := range lines {
		if len(l[0]) <= widest {
			width = max(width, len(l[0]))
		}
	}
	size := 0
	for _, l := range lines {
		size += max(len(l[0]), width) + len("  # \n") + len(l[1])
	}
	var b strings.Builder
	b.Grow(size)
	for _, l := range lines {
		b.WriteString(l[0])
		for range width - utf8.RuneCountInString(l[0]) {
			b.WriteByte(' ')
		}
		b.WriteString("  # ")
		b.WriteString(l[1])
		b.WriteByte('\n')
	}
	return b.String()
}
