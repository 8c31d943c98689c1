package brokertest

import (
	"slices"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// A Commit is one offset of one partition that a group has accepted.
type Commit struct {
	broker.Offset
	At     time.Time
	Member string
	Epoch  uint64 // of the member's assignment of the partition, 0 if it had none
	Owned  bool   // the member owned the partition; Kafka accepts it either way
}

// Commits returns every commit that the group accepted, oldest first.
func (g *Group) Commits() []Commit {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	return slices.Clone(g.history)
}

// Committed returns the group's committed offset of p; its Offset is
// broker.None if there is none.
func (g *Group) Committed(p broker.Partition) broker.Offset {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	return g.committedAt(p)
}

// SetCommitted plants a committed offset, as an earlier run would have left it.
// It is not part of Commits.
func (g *Group) SetCommitted(o broker.Offset) {
	g.c.mu.Lock()
	defer g.c.mu.Unlock()
	g.committed[o.Partition] = o
}

// CheckMonotonic fails t unless, per partition, no accepted commit was below an
// earlier one, and each came from the partition's owner. Tests that seek back
// on purpose can't use it.
func (g *Group) CheckMonotonic(t testing.TB) {
	t.Helper()
	last := map[broker.Partition]Commit{}
	for i, c := range g.Commits() {
		if !c.Owned {
			t.Errorf("commit %d: %s committed %s[%d] at %d without owning it", i, c.Member, c.Topic, c.ID, c.Offset.Offset)
		}
		if was, ok := last[c.Partition]; ok && c.Offset.Offset < was.Offset.Offset {
			t.Errorf("commit %d: %s[%d] went back from %d (%s, epoch %d) to %d (%s, epoch %d)", i, c.Topic, c.ID,
				was.Offset.Offset, was.Member, was.Epoch, c.Offset.Offset, c.Member, c.Epoch)
		}
		last[c.Partition] = c
	}
}

// committedAt returns p's committed offset. c.mu is held.
func (g *Group) committedAt(p broker.Partition) broker.Offset {
	if o, ok := g.committed[p]; ok {
		return o
	}
	return broker.Offset{Partition: p, Offset: broker.None, LeaderEpoch: -1}
}

// accept stores one committed offset. c.mu is held.
func (g *Group) accept(m *Member, o broker.Offset) {
	o.Err = nil
	g.committed[o.Partition] = o
	c := Commit{Offset: o, At: time.Now(), Member: m.id, Owned: g.owners[o.Partition] == m || m.alone && m.took(o.Partition)}
	if r := m.reads[o.Partition]; r != nil {
		c.Epoch = r.epoch
	}
	g.history = append(g.history, c)
}

// took reports whether m, outside of its group, has p: from Owner.Assigned on, in
// which a commit may begin, as a member of the group has it. c.mu is held.
func (m *Member) took(p broker.Partition) bool {
	return m.reads[p] != nil || slices.Contains(m.assigning, p)
}
