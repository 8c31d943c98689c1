package spec

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// LegalTopic are the names that a topic can have, but for "." and "..".
var LegalTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// BadTopic says what is wrong with a topic or a pattern of topics; "" is nothing.
func BadTopic(t string) string {
	shown := Printable("", t)
	switch {
	case t == "":
		return "a topic name is empty"
	case strings.HasPrefix(t, "^"):
		if _, err := regexp.Compile(t); err != nil || len(t) < 2 {
			return fmt.Sprintf("%q is not a pattern", shown)
		}
		return ""
	case t == "." || t == ".." || !LegalTopic.MatchString(t):
		return fmt.Sprintf("%q can't be the name of a topic", shown)
	}
	return ""
}

// BadName says what is wrong with an id, a group or a name; "" is nothing.
func BadName(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "is empty"
	case len(name) > 249:
		return "has more than 249 bytes"
	case strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar
	}):
		return "holds blanks or control characters"
	}
	return ""
}
