package broker

import (
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Message is one record for the client, with who wants to hear of its fate.
type Message struct {
	listener.Outgoing
	Receipt Receipt
}

// A Receipt hears of one message's fate, exactly once, from the producer's one
// report goroutine. It must not block, and must not close the producer.
type Receipt interface {
	Report(Report)
	// Size is what Burst is told of. All those of a burst are asked before the
	// first is reported: tens of thousands are on their way at once, so that each
	// is far off in memory, and reads without a lock between them overlap.
	Size() int64
}

// A Report is the fate of one message.
type Report struct {
	Partition int32
	Offset    int64 // -1 where the broker was not asked (acks=0)
	Err       error // nil, or a *ProducerError
}

// A Producer sends messages. Its methods are safe for concurrent use, but the
// transactional ones must follow one another. Every message that Produce
// accepted is reported, at the latest by Close.
//
// The transactional calls return when limit is over; the client offers no
// earlier way out, so a caller that wants one calls them from a goroutine. Their
// errors are *ProducerError.
type Producer interface {
	// Produce copies m into the client's queue and never waits: a full queue is
	// a *ProducerError with Full.
	Produce(m *Message) error
	// Flush sends what lingers and waits up to limit until nothing is on its way.
	Flush(limit time.Duration)
	// InitTransactions fences older producers of the same transactional id, and
	// ends what they left open. Once per producer; after a retriable error again.
	InitTransactions(limit time.Duration) error
	// Begin opens a transaction, which no broker hears of.
	Begin() error
	// SendOffsets makes offsets part of the transaction, on behalf of a member of
	// a group. A member whose generation is over is refused: Abort is set.
	SendOffsets(offsets []Offset, member GroupMetadata, limit time.Duration) error
	// Commit sends what is queued, waits for its reports, and commits.
	Commit(limit time.Duration) error
	// Abort lets what is on its way arrive, for a second or half of limit, throws away what
	// is left, and aborts. Where records were thrown away, now or before, the answer is
	// a *ProducerError with Fatal: the transaction is aborted, but the producer must not begin another one.
	Abort(limit time.Duration) error
	// Close waits for running calls, reports what is still on its way as purged,
	// and frees the client. An open transaction stays open at the broker. It may be called twice.
	Close()
}

// ProducerParams are what a Producer is made of.
type ProducerParams struct {
	// Config is the client's configuration, complete but for ProducerDefaults.
	Config map[string]string
	// Log, if set, receives the client's own log lines from a goroutine of its own.
	Log func(level int, tag, text string)
	// Burst, if set, is called by the report goroutine when no further report
	// waits, and after many, with the number of messages that were reported since,
	// and the sum of their receipts' sizes: what was counted can be handed on then, once for all.
	Burst func(messages, size int64)
	// Errors, if set, receives the client-level errors, from the report goroutine.
	Errors func(error)
}

// A ProducerOpener makes a producer: OpenProducer, or a fake's.
type ProducerOpener func(ProducerParams) (Producer, error)
