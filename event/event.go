// Package event holds every fact that the framework reports, each as a struct
// of its own. Observers (zap, metrics, health) watch events and never steer.
package event

import "time"

// An Event is a fact. The set is sealed: only this package adds to it.
type Event interface{ event() }

// An Observer watches events. Observe is called by one goroutine at a time,
// never under a lock of the engine; a slow observer loses events, which are
// counted and reported (Dropped), and never slows the engine.
type Observer interface {
	Observe(Event)
}

// ObserverFunc lets a function be an Observer.
type ObserverFunc func(Event)

// Observe calls f.
func (f ObserverFunc) Observe(e Event) { f(e) }

// Consumer names the group member that an event is about.
type Consumer struct {
	Listener string
	Group    string
	Index    int // from 0
}

// Partition names a partition.
type Partition struct {
	Topic string `json:"topic"`
	ID    int32  `json:"id"`
}

// The life of a listener and its consumers.
type (
	// ListenerStarting: a container is opening its consumers.
	ListenerStarting struct {
		Listener, Group, Factory, AckMode string
		Topics                            []string
		Concurrency, Workers              int
		Settings                          string // every effective setting with its origin, for people
	}
	// ListenerStopped: all consumers of a listener have ended.
	ListenerStopped struct {
		Listener  string
		Reason    string   // "stopped", or why it ended by itself
		Err       error    // nil for a clean stop
		Abandoned []string // handlers that did not end, commits that were not answered
		Took      time.Duration
	}
	// ListenerPaused: pause was requested; Reached follows when nothing runs any
	// more. With a Reason the listener has paused itself, until Until.
	ListenerPaused struct {
		Listener string
		Reached  bool
		Reason   string
		Until    time.Time
	}
	// ListenerResumed: the pause is over.
	ListenerResumed struct{ Listener string }
	// ListenerAdded: a listener came to a running registry.
	ListenerAdded struct{ Listener string }
	// ListenerRemoved: a listener was stopped and taken out of the registry.
	ListenerRemoved struct{ Listener string }
	// ListenerResized: the number of consumers changes.
	ListenerResized struct {
		Listener string
		From, To int
	}
	// ListenerIdle: no record came for Idle; Over reports that one came again.
	ListenerIdle struct {
		Listener string
		Idle     time.Duration
		Over     bool
	}
	// HealthChanged: a listener's health has another status or another reason.
	HealthChanged struct {
		Listener string
		Status   string // "up", "degraded", "down", "stopped"
		Reason   string // "" when all is well
	}
	// GroupDeleted: a broadcast listener's group was deleted after its stop, or could not be.
	GroupDeleted struct {
		Listener, Group string
		Err             error
	}
	// ConsumerStarted: a client was opened and subscribed.
	ConsumerStarted struct{ Consumer Consumer }
	// ReaderFallback: the queue reader was asked for and does not know this client
	// for sure; the listener reads by poll instead. Said once per listener.
	ReaderFallback struct {
		Listener string
		Err      error
	}
	// ConsumerFailed: a consumer ended by an error and is opened again after Retry.
	ConsumerFailed struct {
		Consumer Consumer
		Err      error
		Retry    time.Duration
	}
	// ConsumerNotAllowed: authentication or authorization failed; the consumer
	// is made again after Retry.
	ConsumerNotAllowed struct {
		Consumer Consumer
		Err      error
		Retry    time.Duration
	}
	// ConsumerEnded: a consumer has left the group.
	ConsumerEnded struct {
		Consumer  Consumer
		Err       error
		Abandoned []string
	}
)

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
		Attempt   int
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

// The client.
type (
	// ClientError: the Kafka client reported an error; Repeats counts equal ones that were left out.
	ClientError struct {
		Consumer Consumer
		Err      error
		Repeats  int
	}
	// ClientLog: a line of librdkafka's own log.
	ClientLog struct {
		Consumer Consumer
		Level    int // syslog level, 0 to 7
		Tag      string
		Text     string
	}
	// Dropped: an observer was too slow, and this many events were left out.
	Dropped struct{ Events uint64 }
)

// The producing side. Template is a template's name; ID is a transactional id,
// "" for the plain producer.
type (
	// IdempotenceOff: acks is not all, so that the broker can't tell a repeated
	// record from a new one: retries may write it twice, or out of order.
	IdempotenceOff struct{ Template, Acks string }
	// SendFailed: a record could not be sent, or nobody knows (Unknown).
	SendFailed struct {
		Template, Topic string
		Err             error
		Unknown         bool // it may be written all the same
	}
	// ReplyUnexpected: a reply came to a request that is over: it was answered
	// before, or its time was up.
	ReplyUnexpected struct {
		Template  string
		Partition Partition
		Offset    int64
	}
	// TransactionAborted: a transaction ended without a commit.
	TransactionAborted struct {
		Template, ID string
		Err          error // why; nil for a panic or a Goexit
		AbortErr     error // the abort itself failed: the producer is made again
		Took         time.Duration
	}
	// TransactionIndeterminate: a commit was not answered, or by a producer
	// that is of no more use: its records may be visible or not.
	TransactionIndeterminate struct {
		Template, ID string
		Err          error
		Took         time.Duration
	}
	// ProducerRebuilt: a producer was given up because of Err, and another one
	// has taken its place, under the same transactional id if it had one.
	ProducerRebuilt struct {
		Template, ID string
		Err          error
	}
	// ProducerError: a producer's client reported an error; it goes on by itself.
	ProducerError struct {
		Template, ID string
		Err          error
	}
	// ProducerLog: a line of librdkafka's own log.
	ProducerLog struct {
		Template, ID string
		Level        int // syslog level, 0 to 7
		Tag          string
		Text         string
	}
	// TemplateClosed: a template is closed; Err names what was not delivered.
	TemplateClosed struct {
		Template    string
		Undelivered int
		Err         error
		Took        time.Duration
	}
)

func (IdempotenceOff) event()           {}
func (SendFailed) event()               {}
func (ReplyUnexpected) event()          {}
func (TransactionAborted) event()       {}
func (TransactionIndeterminate) event() {}
func (ProducerRebuilt) event()          {}
func (ProducerError) event()            {}
func (ProducerLog) event()              {}
func (TemplateClosed) event()           {}

func (ListenerAdded) event()           {}
func (ListenerRemoved) event()         {}
func (ListenerResized) event()         {}
func (ListenerIdle) event()            {}
func (HealthChanged) event()           {}
func (GroupDeleted) event()            {}
func (ConsumerNotAllowed) event()      {}
func (NotAssigned) event()             {}
func (RebalanceCallbackFailed) event() {}
func (Sought) event()                  {}
func (PartitionPaused) event()         {}
func (PartitionResumed) event()        {}
func (PartitionIdle) event()           {}
func (ListenerStarting) event()        {}
func (ListenerStopped) event()         {}
func (ListenerPaused) event()          {}
func (ListenerResumed) event()         {}
func (ConsumerStarted) event()         {}
func (ReaderFallback) event()          {}
func (ConsumerFailed) event()          {}
func (ConsumerEnded) event()           {}
func (Assigned) event()                {}
func (Revoked) event()                 {}
func (Lost) event()                    {}
func (Committed) event()               {}
func (CommitFailed) event()            {}
func (RecordFailed) event()            {}
func (RecordsFiltered) event()         {}
func (RecordNacked) event()            {}
func (AckedButFailed) event()          {}
func (LateAck) event()                 {}
func (RequestUnanswered) event()       {}
func (Stalled) event()                 {}
func (HandlerOverdue) event()          {}
func (ClientError) event()             {}
func (ClientLog) event()               {}
func (Dropped) event()                 {}

// Commit is one partition's committed position.
type Commit struct {
	Partition Partition
	Offset    int64
}
