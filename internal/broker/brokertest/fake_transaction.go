package brokertest

import (
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// A membership is the GroupMetadata of the fake.
type membership struct {
	m          *Member
	generation int
}

// GroupMetadata says who m is in the present generation.
func (m *Member) GroupMetadata() (broker.GroupMetadata, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()
	if err := m.c.disturb(OpMetadata, m).whole(); err != nil {
		return nil, err
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if m.lost {
		return nil, &broker.ClientError{Class: broker.Fenced, Code: -142, Op: "groupmetadata", Text: "the assignment is lost"}
	}
	return membership{m, m.group.generation}, nil
}

// A heldOffset is an offset in an open transaction.
type heldOffset struct {
	m      *Member
	offset broker.Offset
}

// hold takes offsets on behalf of a member; they count when the transaction is
// committed. Like Kafka it looks at the generation, not at who owns what.
func (of membership) hold(offsets []broker.Offset) ([]heldOffset, error) {
	c, g := of.m.c, of.m.group
	c.mu.Lock()
	defer c.mu.Unlock()
	refuse := func(code int, text string) error {
		return &broker.ProducerError{Code: code, Op: "send offsets to transaction", Text: text, Abort: true}
	}
	switch {
	case !of.m.mayCommit():
		return nil, refuse(25, "unknown member")
	case of.generation != g.generation:
		return nil, refuse(22, "illegal generation")
	}
	held := make([]heldOffset, len(offsets))
	for i, o := range offsets {
		held[i] = heldOffset{of.m, o}
		g.pending[o.Partition]++
	}
	return held, nil
}

// settle ends what is held: the offsets are the group's, or nothing.
func settle(held []heldOffset, commit bool) {
	for _, h := range held {
		h.m.c.mu.Lock()
		h.m.group.pending[h.offset.Partition]--
		if commit {
			h.m.group.accept(h.m, h.offset)
		}
		h.m.c.mu.Unlock()
	}
}

// SendOffsets makes offsets part of the transaction; see broker.Producer.
func (f *FakeProducer) SendOffsets(offsets []broker.Offset, member broker.GroupMetadata, limit time.Duration) error {
	if err := f.scripted("offsets"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	switch {
	case f.log.epochs[f.id()] != f.epoch:
		return fenced("send offsets to transaction")
	case f.tx == nil:
		return &broker.ProducerError{Code: -172, Op: "send offsets to transaction", Text: "erroneous state"}
	}
	held, err := member.(membership).hold(offsets)
	f.tx.held = append(f.tx.held, held...)
	f.log.heard(f.tx)
	return err
}
