package spec

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// CommitStyle says whether the next record waits for the commit of this one.
type CommitStyle uint8

// The two styles of `commit`.
const (
	Awaited CommitStyle = iota + 1
	Pipelined
)

// AckScope says what one acknowledgment settles.
type AckScope uint8

// The two scopes of `ack-scope`.
const (
	ScopeRecord AckScope = iota + 1
	ScopeCumulative
)

// Ordering says which records of a partition wait for each other.
type Ordering uint8

// The three values of `ordering`.
const (
	OrderPartition Ordering = iota + 1
	OrderKey
	OrderNone
)

// NullKey says how records without a key are ordered under key ordering.
type NullKey uint8

// The two values of `null-key`.
const (
	NullUnordered NullKey = iota + 1
	NullQueue
)

// Reset is what happens in a partition without a committed offset.
type Reset uint8

// The three values of `auto-offset-reset`.
const (
	Earliest Reset = iota + 1
	Latest
	NoReset
)

// UnackedKind is what happens to a record whose handler returned nil without
// acknowledging it, under a manual mode.
type UnackedKind uint8

// The three policies of `unacked`.
const (
	UnackedKeep UnackedKind = iota + 1
	UnackedRedeliver
	UnackedFail
)

// Unacked is a policy with its delay: "keep", "redeliver 5s", "fail".
type Unacked struct {
	Kind  UnackedKind
	After time.Duration
}

// OnHang says what a consumer does when a handler has run twice its timeout.
type OnHang uint8

// The two values of `on-hang`.
const (
	HangLeaves OnHang = iota + 1
	HangStays
)

// A Reader is how a consumer takes records from the client.
type Reader uint8

// The values of `reader`. The zero value reads like Poll.
const (
	Poll   Reader = iota + 1 // one record per call
	Queues                   // each partition's queue, many records per call
)

// BackOffJitter says how the delays of the default error handler are spread.
type BackOffJitter uint8

// The two values of `back-off.jitter`.
const (
	JitterFull BackOffJitter = iota + 1
	JitterNone
)

// Recover says what becomes of a record that the default error handler gives up.
type Recover uint8

// The four values of `recover`.
const (
	RecoverHold Recover = iota + 1
	RecoverDeadLetter
	RecoverSkip
	RecoverStop
)

// Settings are what a factory or a listener may set. A field that is unset
// leaves the layer below in force.
type Settings struct {
	// Factories and listeners.
	AckMode          Value[ackmode.Mode]
	AckTime          Value[time.Duration]
	AckCount         Value[int]
	Commit           Value[CommitStyle]
	AckScope         Value[AckScope]
	Unacked          Value[Unacked]
	AsyncAcks        Value[bool] // a drain waits for records that are not acknowledged yet
	Concurrency      Value[int]
	Workers          Value[int]
	Ordering         Value[Ordering]
	NullKey          Value[NullKey]
	CommitMap        Value[bool]
	CommitMapSize    Value[int]   // characters of commit metadata
	Window           Value[int]   // records of one partition
	InFlightRecords  Value[int]   // of a container
	InFlightSize     Value[int64] // of a container, in bytes
	Reader           Value[Reader]
	Batch            Value[bool]          // the factory is for batch listeners (true) or record listeners (false)
	BatchSize        Value[int]           // records of a batch
	BatchLinger      Value[time.Duration] // 0 is none
	MaxPollRecords   Value[int]
	MaxPollInterval  Value[time.Duration]
	HandlerTimeout   Value[time.Duration]
	OnHang           Value[OnHang]
	RevokeTimeout    Value[time.Duration]
	ShutdownTimeout  Value[time.Duration]
	AutoOffsetReset  Value[Reset]
	GroupID          Value[string]
	ClientID         Value[string]
	BootstrapServers Value[string]
	AutoStartup      Value[bool]

	// Of the default error handler.
	BackOffInitial    Value[time.Duration]
	BackOffMax        Value[time.Duration]
	BackOffMultiplier Value[float64]
	BackOffJitter     Value[BackOffJitter]
	MaxAttempts       Value[int]           // 0 is for ever
	MaxAge            Value[time.Duration] // 0 is for ever
	Recover           Value[Recover]

	Cluster         Value[string] // name of kafka.clusters.NAME
	Start           Value[StartPolicy]
	OnFatal         Value[OnFatal]
	IdleInterval    Value[time.Duration] // of idle-event-interval; 0 is off
	PartitionIdle   Value[time.Duration] // of idle-partition-event-interval; 0 is off
	AuthRetry       Value[time.Duration] // of auth-exception-retry-interval
	Assignor        Value[string]        // "keep", or names with commas
	GroupProtocol   Value[string]        // classic, consumer
	GroupInstanceID Value[string]        // prefix of the static member ids
	IsolationLevel  Value[string]
	// Of transactional listeners.
	TransactionIDPrefix   Value[string] // "" is none
	TransactionInstance   Value[string]
	TransactionMaxRecords Value[int]
	TransactionMaxTime    Value[time.Duration]
	TransactionTimeout    Value[time.Duration]

	// Records that are given up.
	DeadLetter        Value[bool] // of dead-letter.enabled
	DeadLetterTopic   Value[string]
	DeadLetterCreate  Value[bool]
	DeadLetterStack   Value[bool]            // of dead-letter.stack-trace
	RetryDelays       Value[[]time.Duration] // of retry-topics.delays; empty is none
	RetryTopicsCreate Value[bool]
	RetryJitter       Value[time.Duration]

	AllowInsecure Value[bool]              // weak security settings are allowed
	Properties    map[string]Value[string] // client properties, merged by key

	// Only from code: values of types that live above this package.
	Codec        Value[any]    // listener.Codec
	KeyCodec     Value[any]    // listener.Codec
	OrderKey     Value[any]    // listener.OrderKey
	ErrorHandler Value[any]    // errorhandler.Handler
	Rebalance    Value[any]    // listener.RebalanceListener
	Sender       Value[any]    // listener.Sender: what the framework sends by
	Middleware   []any         // listener.Middleware, outermost first; layers add up
	Texts        []TextSetting // of one layer of code, until its placeholders are resolved
	RetryErrors  Value[any]    // func(error) bool: what is worth a retry topic
	Filters      []any         // listener.RecordFilter, the first one asked first; layers add up
	Validator    Value[any]    // listener.Validator

	// Only listeners.
	Topics     Value[[]string]
	Partitions Value[[]string] // "orders[0-5,7]@end-10", see PartitionSet; instead of Topics
	Factory    Value[string]
	Broadcast  Value[bool]   // a group of its own for each start
	DeadOf     Value[string] // instead of Topics: the dead-letter topics of this listener
	// Listeners that reply.
	ReplyTo       Value[string]   // a topic
	ReplyToHeader Value[[]string] // patterns of the topics that requests may name
	ReplyErrors   Value[bool]
}
