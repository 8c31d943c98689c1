package event

import "time"

// Rebalances.
type (
	// Assigned: partitions came, with their start positions.
	Assigned struct {
		Consumer   Consumer
		Partitions []Partition
		Starts     []int64 // positions, or negative for "by the reset policy"
	}
	// Revoked: partitions went in order; their last commit was answered with Err.
	Revoked struct {
		Consumer   Consumer
		Partitions []Partition
		Abandoned  []string // handlers that were still running at the deadline
		Err        error    // of the last commit; nil also when there was nothing to commit
		Took       time.Duration
	}
	// NotAssigned: a consumer has no partition since Since. It comes again with
	// another reason; Resolved reports the end of it.
	NotAssigned struct {
		Consumer Consumer
		Reason   string // what it waits for, as far as known
		Since    time.Time
		Idle     bool // nothing is wrong: the group has more consumers than partitions
		Resolved bool
	}
	// RebalanceCallbackFailed: a function of a RebalanceListener panicked or took too long.
	RebalanceCallbackFailed struct {
		Consumer Consumer
		Callback string // "Assigned", "RevokedBeforeCommit", "RevokedAfterCommit", "Lost"
		Err      error
	}
	// Sought: a partition was moved by a seek; To is the offset, negative for the log's ends.
	Sought struct {
		Consumer  Consumer
		Partition Partition
		From, To  int64
	}
	// Lost: partitions went without a chance to commit.
	Lost struct {
		Consumer   Consumer
		Partitions []Partition
	}
)

func (Assigned) event()                {}
func (Revoked) event()                 {}
func (NotAssigned) event()             {}
func (RebalanceCallbackFailed) event() {}
func (Sought) event()                  {}
func (Lost) event()                    {}
