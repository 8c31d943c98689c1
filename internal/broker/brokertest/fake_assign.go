package brokertest

import (
	"slices"

	"github.com/hearken-go/hearken/internal/broker"
)

// Assign takes partitions without joining the group, in the next Next.
func (m *Member) Assign(parts []broker.Partition, owner broker.Owner) error {
	if err := m.c.disturb(OpAssign, m).Err; err != nil {
		return err
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	switch {
	case m.closed:
		return broker.ErrClosed
	case m.owner != nil && !m.alone:
		return &broker.ClientError{Class: broker.Dead, Code: -173, Op: "assign", Text: "the consumer has subscribed already"}
	}
	wanted := slices.Clone(parts)
	m.owner, m.alone, m.wanted = owner, true, &wanted
	m.wakeUp()
	return nil
}

// reassign does what the last Assign asked for, and reports whether there was one.
func (m *Member) reassign() bool {
	m.c.mu.Lock()
	if m.wanted == nil || m.closed {
		m.c.mu.Unlock()
		return false
	}
	wanted := map[broker.Partition]bool{}
	for _, p := range *m.wanted {
		wanted[p] = true
	}
	m.wanted = nil
	var gone, fresh []broker.Partition
	for _, p := range m.assigned() {
		if !wanted[p] {
			gone = append(gone, p)
		}
		delete(wanted, p)
	}
	for p := range wanted {
		fresh = append(fresh, p)
	}
	sortParts(fresh)
	m.c.mu.Unlock()
	if len(gone) > 0 {
		m.runRevoke(gone)
	}
	m.runAssign(fresh)
	return true
}

// mayCommit reports whether the group takes a commit of m: as a member, or from
// outside while it has none. c.mu is held.
func (m *Member) mayCommit() bool {
	if m.alone {
		return len(m.group.members) == 0
	}
	return !m.out && slices.Contains(m.group.members, m)
}
