package container

import "github.com/hearken-go/hearken/internal/broker"

// An offsetList is what one commit is about: partitions, and their offsets in
// the same order.
type offsetList struct {
	parts   []*assignment
	offsets []broker.Offset
}

func (l *offsetList) add(a *assignment, offset int64) {
	l.parts = append(l.parts, a)
	l.offsets = append(l.offsets, broker.Offset{Partition: a.tp, Offset: offset, LeaderEpoch: -1})
}
