package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
)

// waitsFor waits until the listener's health says that it is not well, in these
// words: an operator who sees nothing else knows what it waits for.
func (s *service) waitsFor(t testing.TB, id string, words ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("the health of %s says %q", id, words), func() (bool, string) {
		h := s.container(id).Health()
		ok := h.Status == container.HealthDown || h.Status == container.HealthDegraded
		for _, w := range words {
			ok = ok && strings.Contains(h.Reason, w)
		}
		return ok, fmt.Sprint(h.Status, ": ", h.Reason)
	})
}

// isWell waits until the listener's health is up, with nothing to explain.
func (s *service) isWell(t testing.TB, id string) {
	t.Helper()
	eventually(t, "the health of "+id+" is up", func() (bool, string) {
		h := s.container(id).Health()
		return h.Status == container.HealthUp && h.Reason == "", fmt.Sprint(h.Status, ": ", h.Reason)
	})
}

// said returns the errors that the listeners have reported so far, one a line.
func (s *service) said() string {
	var all strings.Builder
	for _, ev := range found[event.ClientError](s) {
		fmt.Fprintln(&all, ev.Err)
	}
	return all.String()
}
