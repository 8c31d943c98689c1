package e2e

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// waitsFor waits until the listener has said what it waits for: an error of one
// of these classes, to its observer. It is the one place where tests look at
// what a listener in need says; its health belongs here, too.
func (s *service) waitsFor(t testing.TB, classes ...broker.Class) {
	t.Helper()
	eventually(t, fmt.Sprintf("the listener says that it waits: %v", classes), func() (bool, string) {
		said := s.said()
		for _, err := range said {
			ce, ok := errors.AsType[*broker.ClientError](err)
			for _, class := range classes {
				if ok && ce.Class == class {
					return true, ""
				}
			}
		}
		return false, fmt.Sprint(said)
	})
}

// said returns the errors that the listeners have reported so far.
func (s *service) said() (all []error) {
	for _, ev := range found[event.ClientError](s) {
		all = append(all, ev.Err)
	}
	for _, ev := range found[event.ConsumerNotAllowed](s) {
		all = append(all, ev.Err)
	}
	for _, ev := range found[event.ConsumerFailed](s) {
		all = append(all, ev.Err)
	}
	return all
}
