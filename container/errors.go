package container

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// A Reason is why a listener ends by itself.
type Reason string

// The reasons of a FatalError. Everything else is tried again.
const (
	ReasonNoOffset     Reason = "auto-offset-reset is none"
	ReasonFenced       Reason = "another member has its group.instance.id"
	ReasonErrorHandler Reason = "its error handler said stop"
)

// A FatalError ends a listener: it does not start again by itself. Start
// starts it again.
type FatalError struct {
	Listener string
	Reason   Reason
	Err      error
}

// Error names the listener, the reason and the cause.
func (e *FatalError) Error() string {
	return fmt.Sprintf("listener %s ended: %s: %v", e.Listener, e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *FatalError) Unwrap() error { return e.Err }

// A NoOffsetError says that auto-offset-reset is none and partitions have no
// committed offset.
type NoOffsetError struct {
	Group      string
	Partitions []broker.Partition
}

// Error names the partitions and the way out.
func (e *NoOffsetError) Error() string {
	names := make([]string, len(e.Partitions))
	for i, p := range e.Partitions {
		names[i] = fmt.Sprintf("%s[%d]", p.Topic, p.ID)
	}
	return fmt.Sprintf("group %s has no committed offset for %s: commit one with Kafka's tools, or set auto-offset-reset to earliest or latest",
		e.Group, strings.Join(names, ", "))
}

// A RecordError says which record an error is about.
type RecordError struct {
	Topic     string
	Partition int32
	Offset    int64
	Err       error
}

// Error names the record and the cause.
func (e *RecordError) Error() string {
	return fmt.Sprintf("%s[%d]@%d: %v", e.Topic, e.Partition, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// A CommitError is what Acknowledge answers when the commit that it waited for
// was refused. The mark stands, and the next commit carries it.
type CommitError struct {
	Partition broker.Partition
	Offset    int64
	Err       error
}

// Error names the partition and the cause.
func (e *CommitError) Error() string {
	return fmt.Sprintf("commit of %s[%d] up to %d: %v (marked, not confirmed; it is sent again)",
		e.Partition.Topic, e.Partition.ID, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *CommitError) Unwrap() error { return e.Err }

// A HungError says that a consumer left its group because a handler ran for
// twice its handler-timeout. It comes back when the handler has returned.
type HungError struct {
	Listener string
	Handler  string
}

// Error names the handler and the settings.
func (e *HungError) Error() string {
	return fmt.Sprintf("listener %s: %s, twice its handler-timeout: the consumer left the group (on-hang: stays keeps it)", e.Listener, e.Handler)
}

func isHung(err error) bool {
	_, ok := errors.AsType[*HungError](err)
	return ok
}

// A RangeError says that a batch was acknowledged or nacked beyond its end.
type RangeError struct{ N, Records int }

// Error names both numbers.
func (e *RangeError) Error() string {
	return fmt.Sprintf("hearken: record %d of a batch of %d", e.N, e.Records)
}

// A StopError says what a stop had to leave behind.
type StopError struct{ Abandoned []string }

// Error lists what was abandoned.
func (e *StopError) Error() string {
	return "stopped, but abandoned: " + strings.Join(e.Abandoned, "; ")
}

// A StartError says what a listener with `start: fail` waited for in vain.
// errors.Is finds ErrNoBroker, ErrNoTopic, ErrNoPartition or ErrNotAllowed, and
// the client's own error.
type StartError struct {
	Listener string
	Within   time.Duration
	lack     lack
}

// Error names what is missing, and the way out.
func (e *StartError) Error() string {
	cause := ""
	if e.lack.err != nil {
		cause = fmt.Sprintf(" (%v)", e.lack.err)
	}
	return fmt.Sprintf("did not start within %s: %s%s: %s, or set start to background",
		e.Within, e.lack.what, cause, waysOut[e.lack.kind])
}

// Unwrap returns the kind and the cause.
func (e *StartError) Unwrap() []error { return []error{e.lack.kind, e.lack.err} }

// waysOut says for each kind of lack what can be done.
var waysOut = map[error]string{
	ErrNoBroker:    "check kafka.bootstrap-servers and that the broker runs",
	ErrNoTopic:     "create it or correct the listener's topics",
	ErrNoPartition: "add partitions to the topic or correct the listener's partitions",
	ErrNotAllowed:  "check the credentials and the ACLs of the principal",
}

// What a start waits for.
var (
	// ErrNoBroker: no broker answers.
	ErrNoBroker = errors.New("hearken: no broker answers")
	// ErrNoTopic: a topic does not exist.
	ErrNoTopic = errors.New("hearken: a topic does not exist")
	// ErrNoPartition: a topic has fewer partitions than the listener names.
	ErrNoPartition = errors.New("hearken: a partition does not exist")
	// ErrNotAllowed: authentication or authorization failed.
	ErrNotAllowed = errors.New("hearken: not allowed")
)

var errStoppedMeanwhile = errors.New("it was stopped while it started")

// What SetConcurrency answers.
var (
	// ErrConcurrency: the number is not between 1 and 1000.
	ErrConcurrency = errors.New("hearken: concurrency has to be between 1 and 1000")
)

// What Start and the registry answer besides.
var (
	// ErrRunning: the listener is running already.
	ErrRunning = errors.New("hearken: the listener is already running")
	// ErrUnknownListener: no listener has that id.
	ErrUnknownListener = errors.New("hearken: unknown listener")
	// ErrRemoved: the listener was removed from its registry.
	ErrRemoved = errors.New("hearken: the listener was removed: add it again")
	// ErrDuplicateListener: the registry has a listener with that id.
	ErrDuplicateListener = errors.New("hearken: a listener with that id is there already")
	// ErrRegistryStopped: the registry was stopped or closed, and takes no listeners.
	ErrRegistryStopped = errors.New("hearken: the registry was stopped")
	// ErrNoResolver: nobody has told the registry how a listener becomes a Spec.
	ErrNoResolver = errors.New("hearken: the registry can't resolve listeners: call ResolveWith, or use AddSpec")
)

func opError(op string, err error) error { return fmt.Errorf("%s: %w", op, err) }
