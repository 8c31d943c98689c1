// Package screen is what the tests of the annotated examples look at: it keeps
// what the programs print.
package screen

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hearken-go/hearken/kafkatest"
)

// Patience is how long a test waits: a broker that has just started is slow to
// answer its first members.
const Patience = 3 * time.Minute

// A Screen keeps lines, and when each was written.
type Screen struct {
	mu    sync.Mutex
	lines []string
	times []time.Time
}

// Write implements io.Writer for whole lines.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		s.lines, s.times = append(s.lines, strings.TrimSuffix(line, "\n")), append(s.times, time.Now())
	}
	return len(p), nil
}

// Has reports whether a line was written.
func (s *Screen) Has(line string) bool {
	_, ok := s.at(line)
	return ok
}

func (s *Screen) at(line string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range s.lines {
		if l == line {
			return s.times[i], true
		}
	}
	return time.Time{}, false
}

// Text returns all that was written.
func (s *Screen) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// Wait waits for a line, and returns when it was written.
func (s *Screen) Wait(t *testing.T, line string) time.Time {
	t.Helper()
	kafkatest.Eventually(t, Patience, line, func() (bool, string) { return s.Has(line), s.Text() })
	at, _ := s.at(line)
	return at
}
