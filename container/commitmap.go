package container

import (
	"errors"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

// withMap reads what an earlier owner has done above the committed offset. On
// any doubt nothing counts as done.
func (c *consumer) withMap(tp broker.Partition, metadata string, s start) start {
	if c.spec.CommitMap == 0 {
		return s
	}
	m, err := ledger.DecodeMap(metadata, s.position)
	if err != nil {
		if !errors.Is(err, ledger.ErrNoMap) {
			c.emit(event.CommitMapRefused{Consumer: c.name(), Partition: eventPartition(tp), Offset: s.position, Err: err})
		}
		return s
	}
	s.ledger.Map, s.ledger.Metadata = m, metadata
	said := event.CommitMapRestored{Consumer: c.name(), Partition: eventPartition(tp), Offset: s.position, End: m.End(), Cut: m.Cut}
	for _, r := range m.Done {
		said.Done += r.To - r.From
	}
	c.emit(said)
	return s
}

// shrink lets a's map be smaller from now on, where the broker has refused it.
// The client answers for a whole commit: each partition of it that has a map may
// be the one.
func (m *committer) shrink(a *assignment, c ledger.Commit, err error) {
	if !isTooLarge(err) || c.Metadata == "" {
		return
	}
	m.c.emit(event.CommitMapTooLarge{
		Consumer: m.c.name(), Partition: a.event(), Length: len(c.Metadata), Limit: a.ShrinkMap(),
	})
}

func isTooLarge(err error) bool {
	ce, ok := errors.AsType[*broker.ClientError](err)
	return ok && ce.Class == broker.MetadataTooLarge
}
