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
	since := time.Now()
	if t := m.trouble.Load(); t != nil {
		since = t.since
	}
	m.trouble.Store(&commitTrouble{since, err})
	m.retry = min(max(2*m.retry, firstRetry), lastRetry)
	m.pause = time.Now().Add(m.retry)
	m.c.emit(event.CommitFailed{Consumer: m.c.name(), Offsets: refused, Err: err, Retry: m.retry, Stale: isStale(err)})
}

// isStale reports whether a commit was refused because the group has moved on,
// as every rebalance may do to one that is under way.
func isStale(err error) bool {
	ce, ok := errors.AsType[*broker.ClientError](err)
	return ok && slices.Contains([]int{22, 25, 27, 113}, ce.Code)
}
