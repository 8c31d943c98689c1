package container

import (
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// spares is how many arrays wait for their next chunk at most: those of a full
// window, half of which come back before the next chunk is read. They are empty: what they cost is
// their own size, 64 KB for 500 records.
const spares = windowChunks

// lends reports whether the consumer's arrays go round: where nobody can keep a
// pointer to a record that is done, neither user code nor the engine.
func (s *Spec) lends() bool {
	return s.Lends && s.Shape == (listener.Shape{}) && len(s.Filters) == 0 && s.OrderKey == nil && s.NotBefore == nil &&
		s.Tried == nil && s.Tx == nil && s.Ordering <= spec.OrderPartition && s.CommitMap == 0
}

// Around puts middleware around the handler, the first one outermost. It gets to
// see the records.
func (s *Spec) Around(ms ...listener.Middleware) {
	if len(ms) > 0 {
		s.Handler, s.Lends = listener.Chain(s.Handler, ms...), false
	}
}

// reuse is what the ledgers give arrays back by: nil where none goes round.
func (c *consumer) reuse() func([]listener.RawRecord) {
	if c.spare == nil {
		return nil
	}
	return c.spare.Put
}
