package event

import "time"

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
		AbortErr     error // the abort itself failed, or has thrown away records that were on their way: the producer is made again
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
