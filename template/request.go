package template

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// What requests may answer, besides the errors of their sends. Compare with errors.Is.
var (
	// ErrNoReply: the request was sent, and no reply came in time. It may have
	// been handled, or be handled later.
	ErrNoReply = errors.New("no reply came")
	// ErrNotRequested: the request was not sent.
	ErrNotRequested = errors.New("the request was not sent")
)

// A RequestError says which request got no reply. It never holds key or value.
type RequestError struct {
	Template string
	Topic    string
	Err      error // why
	kind     error // ErrNoReply, ErrNotRequested or ErrClosed
}

// Error names template, topic and cause.
func (e *RequestError) Error() string {
	return fmt.Sprintf("template %q: request to %s: %s", e.Template, e.Topic, because(e.kind, e.Err))
}

// Unwrap returns the cause and what it means.
func (e *RequestError) Unwrap() []error { return present(e.kind, e.Err) }

// A ReplyError is a reply that says that the request has failed over there.
type ReplyError struct {
	Topic     string // where the reply is
	Partition int32
	Offset    int64
	Message   string // the other side's words
}

// Error quotes the other side.
func (e *ReplyError) Error() string {
	return fmt.Sprintf("the request was answered with an error (%s[%d]@%d): %s", e.Topic, e.Partition, e.Offset, spec.Printable("", e.Message))
}

// Request sends value and waits for the reply, until ctx's deadline, or for
// Replies.Timeout where it has none. A reply without a value is the zero R.
//
// The request is not sent before the template's reply listener (Template.Replies)
// has its partitions. The error is a *RequestError (ErrNotRequested, ErrNoReply,
// ErrClosed), a *SendError, an *listener.EncodeError, a *ReplyError where the other
// side has answered with one, or an *listener.DecodeError. Inside a transaction a request is
// ErrNotRequested: nobody would read it before the commit.
func Request[R any](ctx context.Context, t *Template, topic, key string, value any, opts ...SendOption) (R, error) {
	var zero R
	reply, err := t.request(ctx, topic, key, value, opts)
	if err != nil {
		return zero, err
	}
	return listener.Decode[R](t.o.Replies.Codec, reply)
}

// RequestRaw is Request for a record that is encoded already. The reply's bytes
// must not be written to.
func (t *Template) RequestRaw(ctx context.Context, r listener.Outgoing) (*listener.RawRecord, error) {
	return t.ask(ctx, r, nil)
}

// request encodes as submit does.
func (t *Template) request(ctx context.Context, topic, key string, value any, opts []SendOption) (*listener.RawRecord, error) {
	s := draft(topic, key, opts)
	defer s.discard()
	if s.Topic == "" {
		s.Topic = t.o.DefaultTopic
	}
	if err := s.encode(&t.route(s.Topic).o, value); err != nil {
		return nil, err
	}
	s.Key = bytes.Clone(s.Key) // interceptors may keep it
	return t.ask(ctx, s.Outgoing, s.callback)
}

// ask is one request, from the wait for its turn to its end.
func (t *Template) ask(ctx context.Context, r listener.Outgoing, sent func(Sent, error)) (*listener.RawRecord, error) {
	a := t.asking
	if r.Topic == "" {
		r.Topic = t.o.DefaultTopic
	}
	fault := func(kind, err error) error {
		return &RequestError{Template: t.o.Name, Topic: r.Topic, Err: err, kind: kind}
	}
	switch tx := listener.TxFrom(ctx); {
	case a == nil:
		return nil, fault(ErrNotRequested, errors.New("the template has no reply topic: set Replies.Topic, and run the listener that Replies returns"))
	case tx != nil:
		return nil, fault(ErrNotRequested, fmt.Errorf("nobody reads it before transaction %q commits: request outside it, with listener.WithTx(ctx, nil)", tx.ID()))
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.o.Replies.Timeout)
		defer cancel()
	}
	kind, err := a.enter(ctx)
	if err != nil {
		return nil, fault(kind, err)
	}
	defer a.leave()
	id, replies, ok := a.begin()
	if !ok {
		return nil, fault(ErrClosed, nil)
	}
	defer a.forget(id)
	r.Headers = a.addressed(r.Headers, id)
	future := t.SendRawAsync(ctx, r)
	if sent != nil {
		future.OnDone(sent)
	}
	reply, kind, err := a.await(ctx, future, replies)
	switch {
	case kind != nil:
		return nil, fault(kind, err)
	case err != nil:
		return nil, err
	}
	return opened(reply)
}

// addressed adds the headers of a request; what is there of them already is
// older and does not count.
func (a *asking) addressed(hs listener.Headers, id correlation) listener.Headers {
	out := append(make(listener.Headers, 0, len(hs)+3), hs...)
	out = append(out, listener.Header{Key: listener.CorrelationHeader, Value: id[:]},
		listener.Header{Key: listener.ReplyTopicHeader, Value: []byte(a.t.o.Replies.Topic)})
	if p := a.t.o.Replies.Partition; p != nil {
		out = append(out, listener.Header{Key: listener.ReplyPartitionHeader, Value: binary.BigEndian.AppendUint32(nil, uint32(*p))})
	}
	return out
}

// await waits for the reply. Without a kind, err is that of the send.
func (a *asking) await(ctx context.Context, sent *Future, replies <-chan *listener.RawRecord) (reply *listener.RawRecord, kind, err error) {
	done := sent.Done()
	for {
		select {
		case r := <-replies:
			return r, nil, nil
		case <-done:
			if _, err := sent.outcome(); err != nil {
				return nil, nil, err
			}
			done = nil
		case <-a.over:
			return nil, ErrClosed, errClosing
		case <-ctx.Done():
			select {
			case r := <-replies: // at the same moment
				return r, nil, nil
			default:
				return nil, ErrNoReply, context.Cause(ctx)
			}
		}
	}
}

// opened is the reply, or the error that it is.
func opened(r *listener.RawRecord) (*listener.RawRecord, error) {
	if text, ok := r.Headers.Get(listener.ReplyErrorHeader); ok {
		return nil, &ReplyError{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Message: string(text[:min(len(text), longestReplyError)])}
	}
	return r, nil
}

// longestReplyError bounds what is kept of another service's words.
const longestReplyError = 4 << 10
