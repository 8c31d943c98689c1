package container

import (
	"errors"
	"slices"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// A commitTrouble is since when commits fail, and how the last one did.
type commitTrouble struct {
	since time.Time
	err   error
}

func (m *committer) report(sent, refused []event.Commit, err error, took time.Duration) {
	if len(sent) > 0 {
		m.c.emit(event.Committed{Consumer: m.c.name(), Offsets: sent, Took: took})
	}
	if len(m.failed) == 0 {
		m.retry = 0
		m.trouble.Store(nil)
	}
	if len(refused) == 0 {
		return
	}
	m.troubled(err)
	m.retry = min(max(2*m.retry, firstRetry), lastRetry)
	m.pause = time.Now().Add(m.retry)
	m.c.emit(event.CommitFailed{Consumer: m.c.name(), Offsets: refused, Err: err, Retry: m.retry, Stale: isStale(err)})
}

// troubled notes that commits fail. The error stays while it is of the same kind:
// health would have news with each partition that it names.
func (m *committer) troubled(err error) {
	t := &commitTrouble{since: time.Now(), err: err}
	if old := m.trouble.Load(); old != nil {
		t.since = old.since
		if codeOf(old.err) == codeOf(err) {
			t.err = old.err
		}
	}
	m.trouble.Store(t)
}

// codeOf is Kafka's code of an error, 0 for others.
func codeOf(err error) int {
	if ce, ok := errors.AsType[*broker.ClientError](err); ok {
		return ce.Code
	}
	return 0
}

// isStale reports whether a commit was refused because the group has moved on,
// as every rebalance may do to one that is under way.
func isStale(err error) bool {
	return slices.Contains([]int{22, 25, 27, 113}, codeOf(err))
}
