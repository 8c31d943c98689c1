package listener

import (
	"context"
)

// A TopicPartition names one partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// A RebalanceListener hears of the partitions that come and go. Each function
// may be nil. They are called one at a time per consumer, in the order of what
// happens, from a goroutine of their own; ctx carries Info without a partition.
//
// The rebalance waits for each call, for revoke-timeout at most (at a stop: for
// what is left of its time). Then ctx is cancelled, the call has one second
// more to return, an event says so, and the rebalance goes on. While a call has
// not returned, later ones are left out, each with an event. A panic is an
// event, too. What waits here adds to the rebalance: all calls of one together
// have to stay below max.poll.interval.
type RebalanceListener struct {
	// Assigned: the partitions are ours, and nothing of them has been
	// delivered. Seeks of parts decide where they begin; those of a call that
	// panicked or took too long are not looked at.
	Assigned func(ctx context.Context, parts *Assigned)
	// RevokedBeforeCommit: handlers of the partitions have ended (or had their
	// time); what is settled when it returns will be committed, acknowledgments
	// from inside it included. A stop gives its partitions back the same way.
	RevokedBeforeCommit func(ctx context.Context, parts []TopicPartition)
	// RevokedAfterCommit: the last commit was answered, or given up.
	RevokedAfterCommit func(ctx context.Context, parts []TopicPartition)
	// Lost: the partitions belong to somebody else already; nothing was committed.
	Lost func(ctx context.Context, parts []TopicPartition)
}

// IsZero reports whether there is nothing to call.
func (l RebalanceListener) IsZero() bool {
	return l.Assigned == nil && l.RevokedBeforeCommit == nil && l.RevokedAfterCommit == nil && l.Lost == nil
}

// Assigned is what a RebalanceListener's Assigned gets: the partitions, and a
// say in where they begin. It is of no use after the function has returned.
type Assigned struct {
	Partitions []TopicPartition
	seeks      map[TopicPartition]Position
}

// NewAssigned is for the engine and for tests of RebalanceListeners.
func NewAssigned(parts []TopicPartition) *Assigned {
	return &Assigned{Partitions: parts, seeks: map[TopicPartition]Position{}}
}

// Seek makes a partition begin at to, whatever the group has committed.
// FromCurrent counts from the committed offset. A partition that is not among
// Partitions is left alone; the last call for a partition counts.
func (a *Assigned) Seek(topic string, partition int32, to Position) {
	a.seeks[TopicPartition{topic, partition}] = to
}

// Seeks returns what Seek was asked for.
func (a *Assigned) Seeks() map[TopicPartition]Position { return a.seeks }
