package listener

import (
	"context"
	"errors"
	"time"
)

// AnyPartition lets the partitioner choose an Outgoing's partition.
const AnyPartition int32 = -1

// An Outgoing is a record on its way to the broker, after any codec.
type Outgoing struct {
	Topic     string
	Partition int32     // AnyPartition, or the one to write to
	Timestamp time.Time // the zero Time is the moment of the send
	Key       []byte    // nil is a null key, which is not an empty one
	Value     []byte    // nil is a tombstone
	Headers   Headers
}

// A Sent says where the broker put a record.
type Sent struct {
	Topic     string
	Partition int32
	Offset    int64     // -1 where nobody said: acks=0
	Timestamp time.Time // as it was sent; a topic with LogAppendTime stores the broker's own
}

// A Sender sends records: a template, or a running transaction. It is what
// packages that send on a user's behalf ask for, and easily faked.
type Sender interface {
	// Publish hands r to the client and returns; it waits, at most until ctx
	// ends, only while too much is on its way. done is called exactly once,
	// also where Publish itself fails: by the client's one report goroutine, or
	// by the caller's before Publish returns. It must not block. The bytes of r
	// are copied before Publish returns.
	//
	// Where ctx carries a transaction of the same cluster, the record joins it;
	// else it goes by a plain producer. An error with a method Misaddressed()
	// bool that answers true says that there is no such topic or partition, or
	// that nobody may write to it.
	Publish(ctx context.Context, r Outgoing, done func(Sent, error))
}

// A Tx is a running transaction. It travels in the context, and what is sent
// with that context joins it, whichever template is asked.
type Tx interface {
	Sender
	// ID is the transactional id, for people to read.
	ID() string
	// Cluster names the brokers: a template of another cluster can't join.
	Cluster() string
	// Fail makes the transaction end in an abort: a send that was meant to join
	// it failed on the way. The first error counts.
	Fail(err error)
}

type txKey struct{}

// WithTx returns ctx carrying the transaction. A nil tx takes it out again:
// what is sent with that context stands outside.
func WithTx(ctx context.Context, tx Tx) context.Context {
	return context.WithValue(ctx, txKey{}, tx)
}

// TxFrom returns the transaction that ctx carries, or nil.
func TxFrom(ctx context.Context) Tx {
	tx, _ := ctx.Value(txKey{}).(Tx)
	return tx
}

// Misaddressed reports whether a Sender's error says that the topic or the
// partition is not there, or that nobody may write to it.
func Misaddressed(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Misaddressed() bool
	}](err)
	return ok && e.Misaddressed()
}

// Publish sends r by s and waits for the outcome. Where ctx ends before it is
// known, the error is the context's, and the record may still be written.
func Publish(ctx context.Context, s Sender, r Outgoing) (Sent, error) {
	type outcome struct {
		sent Sent
		err  error
	}
	known := make(chan outcome, 1)
	s.Publish(ctx, r, func(sent Sent, err error) { known <- outcome{sent, err} })
	select {
	case o := <-known:
		return o.sent, o.err
	case <-ctx.Done():
		return Sent{}, context.Cause(ctx)
	}
}
