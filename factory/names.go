package factory

import (
	"fmt"
	"reflect"

	"github.com/hearken-go/hearken/internal/spec"
)

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

func badTopic(t string) string { return spec.BadTopic(t) }

// badName says what is wrong with an id, a group or a name; "" is nothing.
func badName(name string) string { return spec.BadName(name) }

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
