package template

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hearken-go/hearken/event"
)

// A CloseError names what Close did not get done.
type CloseError struct {
	Template     string
	Undelivered  map[string]int // records by topic; each one's send answered with an error, too
	Transactions int            // that were still running
}

// Error names the counts, and the topics with the most records.
func (e *CloseError) Error() string {
	var parts []string
	total := 0
	topics := slices.SortedFunc(maps.Keys(e.Undelivered), func(a, b string) int {
		if d := e.Undelivered[b] - e.Undelivered[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for i, topic := range topics {
		total += e.Undelivered[topic]
		switch {
		case i < 5:
			parts = append(parts, fmt.Sprintf("%s: %d", topic, e.Undelivered[topic]))
		case i == 5:
			parts = append(parts, fmt.Sprintf("and %d more topics", len(topics)-5))
		}
	}
	text := fmt.Sprintf("template %q: closed", e.Template)
	if total > 0 {
		text += fmt.Sprintf(" with %d records undelivered (%s)", total, strings.Join(parts, ", "))
	}
	if e.Transactions > 0 {
		text += fmt.Sprintf(" while %d transactions were running, which are not committed", e.Transactions)
	}
	return text
}

// Close refuses new sends and transactions (ErrClosed), waits for those that
// run, and frees the producers. It takes until ctx's deadline, else CloseTimeout,
// and a little for what it then throws away: each such send answers with an error, and a *CloseError
// names their number by topic. A second call waits for the first and answers the same.
func (t *Template) Close(ctx context.Context) error {
	t.closed.Do(func() { t.outcome = t.close(ctx) })
	return t.outcome
}

// closeGrace is how long past the deadline the clients may take to end.
const closeGrace = 3 * time.Second

func (t *Template) close(ctx context.Context) error {
	began := time.Now()
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.o.CloseTimeout)
		defer cancel()
	}
	t.closing.Store(true)
	if t.asking != nil {
		t.asking.close()
	}
	_ = t.running.wait(ctx)
	running := int(t.running.aloft())
	over := make(chan struct{})
	t.plain.hurry(over)
	_ = t.flights.wait(ctx)
	close(over)
	t.purging.Store(true)
	t.release()
	err := t.verdict(running)
	t.emit(event.TemplateClosed{Template: t.o.Name, Undelivered: t.undelivered(), Err: err, Took: time.Since(began)})
	return err
}

// release frees all producers, as far as that can be done in time.
func (t *Template) release() {
	t.mu.Lock()
	lines := t.lines
	t.lines = nil
	t.mu.Unlock()
	for l := range lines {
		t.chore(l.close)
	}
	defer t.claim.release()
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	_ = t.chores.wait(ctx)
	_ = t.flights.wait(ctx) // the reports of what was thrown away
}

func (t *Template) undelivered() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := 0
	for _, n := range t.lost {
		total += n
	}
	return total
}

func (t *Template) verdict(running int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lost) == 0 && running == 0 {
		return nil
	}
	return &CloseError{Template: t.o.Name, Undelivered: maps.Clone(t.lost), Transactions: running}
}
