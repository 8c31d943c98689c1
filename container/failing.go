package container

import (
	"fmt"
	"strings"
	"time"
)

// A trouble is the latest failure of a record, for those who ask why its partition stands.
type trouble struct {
	offset    int64
	attempt   int
	err       error // why the record failed
	verdict   string
	held      bool // a retry is not expected to help
	since     time.Time
	recoverer error // why its recoverer did not take it, nil where it was not asked
	due       time.Time
	// The errors' texts as they were: who asks for the health runs nobody's code.
	text, recovererText string
}

func (a *assignment) trouble(t trouble) {
	t.text = textOf(t.err)
	if t.recoverer != nil {
		t.recovererText = textOf(t.recoverer)
	}
	a.mu.Lock()
	if a.troubles == nil {
		a.troubles, a.pruneAt = map[int64]*trouble{}, fewTroubles
	}
	many := len(a.troubles) >= a.pruneAt
	a.mu.Unlock()
	if many {
		a.prune()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.troubles[t.offset] = &t
}

// troubleAt is the latest failure of a record, nil where none is known.
func (a *assignment) troubleAt(offset int64) *trouble {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.troubles[offset]
}

const clock = "2006-01-02 15:04:05.000"

// reason says what the partition waits for, since when, and why.
func (t *trouble) reason() string {
	if t.recoverer != nil {
		return fmt.Sprintf("offset %d failed and was given up (%s), and its recoverer fails since %s: %s; it is asked again at %s",
			t.offset, t.text, t.since.Format(clock), t.recovererText, t.due.Format(clock))
	}
	return fmt.Sprintf("offset %d failed and waits to be delivered again, attempt %d, failing since %s: %s; verdict: %s",
		t.offset, t.attempt, t.since.Format(clock), t.text, t.verdict)
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
