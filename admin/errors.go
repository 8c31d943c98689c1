package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/hearken-go/hearken/internal/broker"
)

// What an Error may mean. Compare with errors.Is.
var (
	// ErrTopicExists: a topic of that name is there already.
	ErrTopicExists = errors.New("the topic exists already")
	// ErrUnknownTopic: there is no such topic, or not so many partitions, or this client may not see it.
	ErrUnknownTopic = errors.New("there is no such topic")
	// ErrUnknownGroup: there is no such group, or nothing of it that was asked for.
	ErrUnknownGroup = errors.New("there is no such group")
	// ErrGroupHasMembers: the group is in use: stop its members first.
	ErrGroupHasMembers = errors.New("the group has members")
	// ErrNotAllowed: the cluster refuses the password, or the operation.
	ErrNotAllowed = errors.New("not allowed")
	// ErrNoAnswer: the cluster did not answer in time, or could not be reached.
	// What was asked for may be done all the same.
	ErrNoAnswer = errors.New("no answer")
	// ErrClosed: the Admin is closed.
	ErrClosed = errors.New("the admin client is closed")
)

// An Error says what could not be done, with what.
type Error struct {
	Op      string // "create topic", "reset offsets", …
	Subject string // the topic, the partition or the group; "" for the cluster
	Code    int    // Kafka's error code, negative for the client's own, 0 for none
	Text    string
	kinds   []error
}

// Error is one line: operation, subject, cause.
func (e *Error) Error() string {
	text := e.Op
	if e.Subject != "" {
		text += fmt.Sprintf(" %q", e.Subject)
	}
	return text + ": " + e.Text
}

// Unwrap returns what the error means; where the call's time was over, its
// context's cause, too.
func (e *Error) Unwrap() []error { return e.kinds }

// codes are those whose meaning has an error of its own, beside the classes.
var codes = map[int]error{
	topicExists: ErrTopicExists, 3: ErrUnknownTopic, 69: ErrUnknownGroup, 68: ErrGroupHasMembers,
	25:   ErrGroupHasMembers, // the answer to a commit into a group that is alive
	7:    ErrNoAnswer,
	-185: ErrNoAnswer, -195: ErrNoAnswer,
}

// fault makes an *Error of what the client said; nil stays nil.
func fault(ctx context.Context, op, subject string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Op: op, Subject: subject, Text: err.Error()}
	if errors.Is(err, broker.ErrClosed) {
		e.kinds = append(e.kinds, ErrClosed)
	}
	if ce, ok := errors.AsType[*broker.ClientError](err); ok {
		e.Code, e.Text = ce.Code, ce.Text
		kind := codes[ce.Code]
		switch {
		case kind != nil:
		case ce.Class == broker.Auth:
			kind = ErrNotAllowed
		case ce.Class == broker.MissingTopic:
			kind = ErrUnknownTopic
		}
		if kind != nil {
			e.kinds = append(e.kinds, kind)
			e.Text = kind.Error() + ": " + ce.Text
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		e.kinds = append(e.kinds, cause)
	} else if e.Code == -185 { // the client's clock was a little faster
		e.kinds = append(e.kinds, context.DeadlineExceeded)
	}
	return e
}
