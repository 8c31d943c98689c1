package listener

import "context"

// A Delivery is one call of a handler, untyped: one record, or one batch.
// It belongs to the engine and is valid until the handler returns.
type Delivery struct {
	Records  []*RawRecord        // one record, or the batch in offset order
	Attempt  int                 // the highest attempt among Records
	Ack      Acknowledgment      // nil unless the handler's shape takes one
	BatchAck BatchAcknowledgment // nil unless the handler's shape takes one

	// Replies are what a request handler has returned, before they are encoded.
	Replies []any
	// Unanswered is why a request that was handled got no reply, and never
	// will: its own headers are to blame.
	Unanswered error
}

// A HandlerFunc is the erased form of every handler: middleware wraps it.
type HandlerFunc func(ctx context.Context, d *Delivery) error

// A Middleware wraps a handler. It may change the context, time the call,
// turn an error into another; it must call next at most once.
type Middleware func(next HandlerFunc) HandlerFunc

// A Shape says what a handler takes.
type Shape struct {
	Batch   bool // a slice of records
	Acks    bool // an acknowledgment
	Message bool // the client's own *kafka.Message instead of a record
	Replies bool // it returns replies
}

// String names the shape by the function that makes it: On, OnAck, OnBatch,
// OnBatchAck, OnMessage, OnMessageAck, OnRequest.
func (s Shape) String() string {
	switch {
	case s.Replies:
		return "OnRequest"
	case s.Message && s.Acks:
		return "OnMessageAck"
	case s.Message:
		return "OnMessage"
	case s.Batch && s.Acks:
		return "OnBatchAck"
	case s.Batch:
		return "OnBatch"
	case s.Acks:
		return "OnAck"
	default:
		return "On"
	}
}
