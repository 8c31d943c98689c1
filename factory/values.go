package factory

import "github.com/hearken-go/hearken/internal/spec"

// The values of Commit.
const (
	Awaited   = spec.Awaited   // the next record starts when this one is committed
	Pipelined = spec.Pipelined // one commit is in flight while work goes on
)

// The values of Ordering.
const (
	OrderedByPartition = spec.OrderPartition // one record of a partition at a time
	OrderedByKey       = spec.OrderKey       // one record of a key, in a partition, at a time
	Unordered          = spec.OrderNone      // any
)

// The values of NullKey.
const (
	NullUnordered = spec.NullUnordered // records without a key wait for nobody
	NullQueue     = spec.NullQueue     // they wait for each other
)

// The values of AckScope.
const (
	PerRecord  = spec.ScopeRecord     // an acknowledgment settles its record
	Cumulative = spec.ScopeCumulative // and all that was delivered before it in its partition
)

// The values of AutoOffsetReset.
const (
	Earliest = spec.Earliest
	Latest   = spec.Latest
	None     = spec.NoReset // a partition without an offset ends the listener
)

// The values of BackOffJitter.
const (
	JitterFull = spec.JitterFull // from half of the initial delay up to the whole of it
	JitterNone = spec.JitterNone // exactly the delay
)

// The values of Recover.
const (
	RecoverHold       = spec.RecoverHold       // reported as stalled, and tried again after the longest delay
	RecoverDeadLetter = spec.RecoverDeadLetter // to the listener's dead-letter recoverer
	RecoverSkip       = spec.RecoverSkip       // settled, with an event
	RecoverStop       = spec.RecoverStop       // the listener ends
)

// The values of OnHang.
const (
	Leaves = spec.HangLeaves // the consumer leaves its group
	Stays  = spec.HangStays
)

// The values of OnFatal.
const (
	ListenerEnds = spec.FatalListener // a listener that ends by itself ends alone
	AppEnds      = spec.FatalApp      // it ends the application
)
