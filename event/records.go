package event

import "time"

// Records and commits. Facts about single records are reported for failures
// only; progress is reported per commit.
type (
	// Committed: the group's offsets moved.
	Committed struct {
		Consumer Consumer
		Offsets  []Commit
		Took     time.Duration
	}
	// CommitFailed: a commit was refused or not answered; marks stay and are sent again.
	CommitFailed struct {
		Consumer Consumer
		Offsets  []Commit
		Err      error
		Retry    time.Duration
		Stale    bool // the group has moved on to another generation: a rebalance, no trouble
	}
	// RecordFailed: a handler returned an error or panicked, and this is the verdict.
	RecordFailed struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Records   int // more than 1 for a batch
		Attempt   int // from 1, all stages of retry topics together
		Err       error
		Verdict   string
		Held      bool
		Since     time.Time
	}
	// RecordsFiltered: filters did not keep so many records, all of them from
	// First to Last; they are done. It is reported once per turn of a partition, not per record.
	RecordsFiltered struct {
		Consumer    Consumer
		Partition   Partition
		Records     int
		First, Last int64
	}
	// RecordNacked: a handler asked for a record again.
	RecordNacked struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Attempt   int
		Delay     time.Duration
	}
	// AckedButFailed: a handler acknowledged and then returned an error; the record is done.
	AckedButFailed struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Err       error
	}
	// RequestUnanswered: a request was handled, and its reply can't be sent
	// because of the request's own headers. The record is done.
	RequestUnanswered struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Err       error
	}
	// LateAck: an acknowledgment came after its assignment had ended, and was refused.
	LateAck struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
	}
	// Stalled: a partition does not move, and why. Resolved reports the end of it.
	Stalled struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64 // the record that holds it
		Reason    string
		Since     time.Time
		Resolved  bool
	}
	// PartitionPaused: the client fetches a partition no more, on request, which
	// may be the listener's own (ByUser), or
	// because it holds as many records as it may.
	PartitionPaused struct {
		Consumer  Consumer
		Partition Partition
		ByUser    bool
	}
	// PartitionResumed: the client fetches it again.
	PartitionResumed struct {
		Consumer  Consumer
		Partition Partition
	}
	// PartitionIdle: a partition had no record for Idle; Over reports that one came again.
	PartitionIdle struct {
		Consumer  Consumer
		Partition Partition
		Idle      time.Duration
		Over      bool
	}
	// HandlerOverdue: a handler ran past its timeout (its context was
	// cancelled), or, with Leaving, past twice that: the consumer leaves its group.
	HandlerOverdue struct {
		Consumer  Consumer
		Partition Partition
		Offset    int64
		Running   time.Duration
		Leaving   bool
	}
)

// Commit is one partition's committed position.
type Commit struct {
	Partition Partition
	Offset    int64
}

func (Committed) event()         {}
func (CommitFailed) event()      {}
func (RecordFailed) event()      {}
func (RecordsFiltered) event()   {}
func (RecordNacked) event()      {}
func (AckedButFailed) event()    {}
func (RequestUnanswered) event() {}
func (LateAck) event()           {}
func (Stalled) event()           {}
func (PartitionPaused) event()   {}
func (PartitionResumed) event()  {}
func (PartitionIdle) event()     {}
func (HandlerOverdue) event()    {}
