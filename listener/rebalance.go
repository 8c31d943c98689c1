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
// may be nil; all are called one at a time per consumer, from a goroutine of
// their own. The rebalance waits for one to return, for revoke-timeout at most:
// then its context is cancelled, an event says so, and the rebalance goes on.
// A panic is an event, too. ctx carries Info (without a partition).
type RebalanceListener struct {
	// Assigned: the partitions are ours, and nothing of them has been
	// delivered. Seeks of parts decide where they begin.
	Assigned func(ctx context.Context, parts *Assigned)
	// RevokedBeforeCommit: handlers of the partitions have ended; what they
	// settled will be committed when it returns.
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

// Seek makes a partition begin at to, whatever the group has committed. A
// partition that is not among Partitions is left alone.
func (a *Assigned) Seek(topic string, partition int32, to Position) {
	a.seeks[TopicPartition{topic, partition}] = to
}

// Seeks returns what Seek was asked for.
func (a *Assigned) Seeks() map[TopicPartition]Position { return a.seeks }
