package factory

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"github.com/hearken-go/hearken/internal/spec"
)

var legalTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// checkTopics reports a subscription to nothing, and names that no topic has.
func (r *resolver) checkTopics(topics spec.Value[[]string], subject string) {
	fault := func(problem, fix string) {
		r.faults.Add(&Fault{Kind: ErrInvalidSetting, Subject: subject, Key: "topics", Origin: topics.Origin, Problem: problem, Fix: fix})
	}
	if len(topics.V) == 0 {
		fault("there are no topics", "add listener.Topics or listener.Partitions, or topics below kafka.listeners.ID")
	}
	seen := map[string]bool{}
	for _, t := range topics.V {
		if problem := badTopic(t); problem != "" {
			fault(hide(topics, problem, t), "topic names have 1 to 249 letters, digits, dots, underscores and hyphens; a pattern begins with ^")
		}
		if seen[t] {
			fault(hide(topics, fmt.Sprintf("%q is there twice", t), t), "remove one of them")
		}
		seen[t] = true
	}
}

func badTopic(t string) string {
	shown := spec.Printable("", t)
	switch {
	case t == "":
		return "a topic name is empty"
	case strings.HasPrefix(t, "^"):
		if _, err := regexp.Compile(t); err != nil || len(t) < 2 {
			return fmt.Sprintf("%q is not a pattern", shown)
		}
		return ""
	case t == "." || t == ".." || !legalTopic.MatchString(t):
		return fmt.Sprintf("%q can't be the name of a topic", shown)
	}
	return ""
}

// badName says what is wrong with an id, a group or a name; "" is nothing.
func badName(name string) string {
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

// isNil sees through interfaces that hold a nil pointer or function.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Interface:
		return rv.IsNil()
	default:
		return false
	}
}
