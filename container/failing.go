package container

import (
	"fmt"
	"strings"
	"time"
)

// A trouble is the latest failure of a partition, for those who ask why it stands.
type trouble struct {
	offset    int64
	attempt   int
	err       error // why the record failed
	verdict   string
	held      bool // a retry is not expected to help
	since     time.Time
	recoverer error // why its recoverer did not take it, nil where it was not asked
	due       time.Time
}

func (a *assignment) trouble(t trouble) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failing = &t
}

// troubleAt is the latest failure of the partition, nil where it is not of offset.
func (a *assignment) troubleAt(offset int64) *trouble {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failing == nil || a.failing.offset != offset {
		return nil
	}
	return a.failing
}

const clock = "2006-01-02 15:04:05.000"

// reason says what the partition waits for, since when, and why.
func (t *trouble) reason() string {
	if t.recoverer != nil {
		return fmt.Sprintf("offset %d failed and was given up (%s), and its recoverer fails since %s: %s; it is asked again at %s",
			t.offset, textOf(t.err), t.since.Format(clock), textOf(t.recoverer), t.due.Format(clock))
	}
	return fmt.Sprintf("offset %d failed and waits to be delivered again, attempt %d, failing since %s: %s; verdict: %s",
		t.offset, t.attempt, t.since.Format(clock), textOf(t.err), t.verdict)
}

// longestReason bounds what a health reason quotes.
const longestReason = 200

// textOf is err's text, also where its methods panic.
func textOf(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T without a text", err)
		}
	}()
	text = strings.ToValidUTF8(err.Error(), "?")
	if r := []rune(text); len(r) > longestReason {
		text = string(r[:longestReason]) + "…"
	}
	return text
}
