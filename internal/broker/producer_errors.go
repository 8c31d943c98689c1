package broker

import (
	"errors"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// A ProducerError is an error of the producing client with what it means. The
// flags are to be asked in the order Fatal, Abort, Retriable; an error with none counts as fatal
// where a transactional call answered it.
type ProducerError struct {
	Code      int    // Kafka's error code, negative for the client's own
	Op        string // open, produce, deliver, init, begin, send offsets, commit, abort
	Text      string
	Fatal     bool // the producer is of no more use
	Abort     bool // the transaction can only be aborted
	Retriable bool // the same call may be made again
	Fenced    bool // another producer has the transactional id
	Unknown   bool // the record may be written all the same
	Full      bool // the client's queue is full
	Purged    bool // thrown away by Abort, by Close, or by the client when a transaction failed; of Abort itself: some record was
}

// Error names the operation and the client's text.
func (e *ProducerError) Error() string {
	return fmt.Sprintf("kafka: %s: %s (code %d)", e.Op, e.Text, e.Code)
}

// Misaddressed reports whether the topic or the partition does not exist, or
// may not be written to.
func (e *ProducerError) Misaddressed() bool { return Misaddressed(e.Code) }

// Misaddressed is ProducerError.Misaddressed of a code.
func Misaddressed(code int) bool { return misaddressed[kafka.ErrorCode(code)] }

var misaddressed = map[kafka.ErrorCode]bool{
	kafka.ErrUnknownTopicOrPart:       true, // 3
	kafka.ErrTopicException:           true, // 17
	kafka.ErrTopicAuthorizationFailed: true, // 29
	kafka.ErrUnknownTopic:             true, // -188
	kafka.ErrUnknownPartition:         true, // -190
}

// The operations that a ProducerError names.
const (
	opProduce     = "produce"
	opDeliver     = "deliver"
	opInit        = "init transactions"
	opBegin       = "begin transaction"
	opSendOffsets = "send offsets to transaction"
	opEnd         = "commit transaction"
	opAbort       = "abort transaction"
)

// unknowns are the codes after which a record may be in the log or not.
var unknowns = map[kafka.ErrorCode]bool{
	kafka.ErrMsgTimedOut:                  true, // -192: the last attempt may still arrive
	kafka.ErrTimedOut:                     true, // -185
	kafka.ErrPurgeInflight:                true, // -151
	kafka.ErrTransport:                    true, // -195: with retries=0
	kafka.ErrRequestTimedOut:              true, // 7
	kafka.ErrNotEnoughReplicasAfterAppend: true, // 20
	kafka.ErrNetworkException:             true, // 13
}

// fences are the codes of a producer whose transactional id has a newer owner.
// A transaction that the broker timed out is answered with the same codes.
var fences = map[kafka.ErrorCode]bool{
	kafka.ErrFenced:               true, // -144
	kafka.ErrProducerFenced:       true, // 90
	kafka.ErrInvalidProducerEpoch: true, // 47
}

// producerError turns an error of the client into a *ProducerError; nil stays
// nil. cause looks up what stands behind the client's bare "fatal error".
func producerError(op string, err error, cause func() error) error {
	if err == nil {
		return nil
	}
	var ke kafka.Error
	if !errors.As(err, &ke) {
		return &ProducerError{Code: int(kafka.ErrFail), Op: op, Text: err.Error()}
	}
	fatal := ke.IsFatal() || ke.Code() == kafka.ErrFatal
	if ke.Code() == kafka.ErrFatal && cause != nil {
		var behind kafka.Error
		if errors.As(cause(), &behind) && behind.Code() != kafka.ErrNoError {
			ke = behind
		}
	}
	code := ke.Code()
	if code == kafka.ErrNoError {
		return nil
	}
	return &ProducerError{
		Code: int(code), Op: op, Text: ke.Error(),
		Fatal: fatal, Abort: ke.TxnRequiresAbort(), Retriable: ke.IsRetriable(),
		Fenced: fences[code], Unknown: unknowns[code], Full: code == kafka.ErrQueueFull,
		Purged: purges[code],
	}
}

// purges are the codes of records that the client has thrown away.
var purges = map[kafka.ErrorCode]bool{kafka.ErrPurgeQueue: true, kafka.ErrPurgeInflight: true}

// purged reports whether err, of a delivery, is one of them.
func purged(err error) bool {
	ke, ok := err.(kafka.Error)
	return ok && purges[ke.Code()]
}

// ErrProducerClosed is what every call answers after Close.
var ErrProducerClosed error = &ProducerError{Code: int(kafka.ErrDestroy), Op: "close", Text: "the producer is closed", Fatal: true}
