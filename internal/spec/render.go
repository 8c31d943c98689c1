package spec

import (
	"fmt"
	"strings"
)

// Render prints every setting that is set, one per line, as YAML with its
// origin behind it: `ack-mode: BATCH  # default`. Secrets are redacted.
func Render(s Settings) string {
	var lines [][2]string
	for _, k := range Keys {
		if text, origin := k.Get(s); origin != "" {
			lines = append(lines, [2]string{k.Name + ": " + text, origin})
		}
	}
	for _, v := range []struct {
		name  string
		value Value[any]
	}{{"codec", s.Codec}, {"key-codec", s.KeyCodec}, {"error-handler", s.ErrorHandler}, {"rebalance", s.Rebalance}, {"sender", s.Sender}} {
		if v.value.IsSet() {
			lines = append(lines, [2]string{v.name + ": " + named(v.value.V), v.value.Origin})
		}
	}
	for _, name := range s.SortedProperties() {
		v := s.Properties[name]
		lines = append(lines, [2]string{Printable("", "properties."+name) + ": " + PrintProperty(name, v), v.Origin})
	}
	return align(lines)
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
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%-*s  # %s\n", width, l[0], l[1])
	}
	return b.String()
}
