package errorhandler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/listener"
)

// A DeadLetters is the recoverer of a listener with a dead-letter topic: it
// copies a record there, by way of the retry topics where there are some, with
// headers that say where it is from and why it failed (docs/failures.md). It
// answers nil when the broker has acknowledged the copy.
//
// Package factory makes it from settings; set the fields before its first use.
type DeadLetters struct {
	// Sender is what copies are sent by, outside of transactions.
	Sender listener.Sender
	// Topic names the dead-letter topic; {topic} and {group} stand for those of
	// the record. Defaults to {topic}-dlt.
	Topic string
	// Stack adds the stack trace of a handler that panicked.
	Stack bool
	// Retries are the delays of the retry topics, in order; empty is none.
	Retries []time.Duration
	// Jitter makes each delay longer or shorter by up to so much, at random.
	Jitter time.Duration
	// Retriable, if set, says whether an error is worth a retry topic. What is
	// fatal (listener.Fatal, an undecodable record) never is.
	Retriable func(error) bool
	// Group and Listener are whose records they are, also where they fail in the
	// consumer of the retry topics. Default to those of the failure.
	Group, Listener string
	// Own reports whether a topic is one of this listener's retry topics: there
	// alone the headers of a record count. Unset, none is.
	Own func(topic string) bool

	absent absentees
}

// String names where records go: the retry topics first, where there are some.
func (d *DeadLetters) String() string {
	last := "dead-letter topic " + d.topic()
	if len(d.Retries) == 0 {
		return last
	}
	return fmt.Sprintf("retry topics after %v, then %s", d.Retries, last)
}

// NameFor names the topic that the record of f goes to next.
func (d *DeadLetters) NameFor(f Failure) string {
	if len(f.Records) == 0 {
		return d.String()
	}
	l := d.read(f.Records[0])
	l.Group = cmp.Or(d.Group, f.Invocation.Group)
	if delay, ok := d.stage(l, sound(f.Err)); ok {
		return "retry topic " + letter.RetryTopic(l.Topic, l.Group, delay)
	}
	return "dead-letter topic " + letter.DeadTopic(d.topic(), l.Topic, l.Group)
}

// stage is the delay of the retry topic that comes next; false where none does.
func (d *DeadLetters) stage(l letter.Letter, err error) (time.Duration, bool) {
	if l.Retries >= len(d.Retries) || !d.retriable(err) {
		return 0, false
	}
	return d.Retries[l.Retries], true
}

func (d *DeadLetters) topic() string { return cmp.Or(d.Topic, "{topic}"+letter.DeadSuffix) }

// Recover sends the record to its next topic and waits for the answer, or until ctx ends.
func (d *DeadLetters) Recover(ctx context.Context, f Failure) error {
	if len(f.Records) == 0 {
		return errors.New("there is no record in the failure")
	}
	f.Err = sound(f.Err)
	out := d.next(f)
	sender := d.Sender
	if tx := listener.TxFrom(ctx); tx != nil {
		sender = tx
	}
	if sender == nil {
		return fmt.Errorf("%s: there is nothing to send by", out.Topic)
	}
	return d.absent.publish(ctx, sender, out)
}

// next is the record as its next topic is to have it.
func (d *DeadLetters) next(f Failure) listener.Outgoing {
	r, now := f.Records[0], time.Now()
	l := d.read(r)
	l.Group, l.Listener = cmp.Or(d.Group, f.Invocation.Group), cmp.Or(d.Listener, f.Invocation.Listener)
	l.Attempts += f.Attempt
	if l.First.IsZero() {
		l.First = f.Since
	}
	if l.First.IsZero() {
		l.First = now
	}
	l.Last = now
	l.ErrorType, l.Error, l.Stack = kindOf(f.Err), f.Err.Error(), ""
	if p, ok := errors.AsType[*PanicError](f.Err); ok && d.Stack {
		l.Stack = string(p.Stack)
	}
	topic := letter.DeadTopic(d.topic(), l.Topic, l.Group)
	l.Due = time.Time{}
	if delay, ok := d.stage(l, f.Err); ok {
		l.Retries++
		topic, l.Due = letter.RetryTopic(l.Topic, l.Group, delay), now.Add(max(0, delay+d.jitter()))
	} else {
		l.Retries = 0
	}
	return listener.Outgoing{Topic: topic, Partition: l.Partition, Key: r.Key, Value: r.Value, Headers: l.Headers(r.Headers)}
}

// read returns what is known of a record: on a retry topic by its headers,
// else that it is the first that failed.
func (d *DeadLetters) read(r *listener.RawRecord) letter.Letter {
	if d.Own != nil && d.Own(r.Topic) {
		if l, ok := letter.Read(r.Headers); ok {
			return l
		}
	}
	return letter.Letter{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp, Replays: letter.Replays(r.Headers),
	}
}

func (d *DeadLetters) retriable(err error) bool {
	return !listener.IsFatal(err) && (d.Retriable == nil || d.Retriable(err))
}

func (d *DeadLetters) jitter() time.Duration {
	if d.Jitter <= 0 {
		return 0
	}
	return rand.N(2*d.Jitter+1) - d.Jitter
}

// wrappers are errors that say nothing by their type.
var wrappers = map[string]bool{
	"*fmt.wrapError": true, "*fmt.wrapErrors": true, "*errors.joinError": true,
	"*listener.advisedError": true, "*listener.FailedAtError": true,
}

// kindOf names the type of the error that says most: those that only wrap
// another one are passed over.
func kindOf(err error) string {
	for {
		name := fmt.Sprintf("%T", err)
		if !wrappers[name] {
			return name
		}
		var inner error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = e.Unwrap()
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 { // fmt wraps nil, too
				inner = all[0]
			}
		}
		if inner == nil {
			return name
		}
		err = inner
	}
}

// sound returns err where it can be looked at; one whose methods panic, such as
// a nil pointer, is replaced by that.
func sound(err error) (out error) {
	defer func() {
		if v := recover(); v != nil {
			out = &PanicError{Value: fmt.Sprintf("the error is a %T whose methods panic", err), Stack: debug.Stack()}
		}
	}()
	if err == nil {
		return errors.New("no error was given")
	}
	_, _, _ = listener.IsFatal(err), kindOf(err), err.Error()
	return err
}
