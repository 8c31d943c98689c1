package listener

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// ReplyRules say how requests are answered. Package factory makes them.
type ReplyRules struct {
	To      string           // the fixed topic, or ""
	Allowed []*regexp.Regexp // which topics a request's header may name; each matches whole names
	Errors  bool             // errors are answers
	Codec   Encoder          // nil is by type
}

// Replying sends what a request handler has returned; it stands directly
// around the handler, so that middleware may put a transaction around both.
func Replying(rules ReplyRules) Middleware {
	return func(next HandlerFunc) HandlerFunc {
		return func(ctx context.Context, d *Delivery) error {
			err := next(ctx, d)
			if err == nil {
				err = rules.answer(ctx, d)
			}
			if err == nil || !rules.answers(ctx, err) {
				return err
			}
			return rules.send(ctx, d, []Outgoing{{Headers: Headers{{ReplyErrorHeader, []byte(errorText(err))}}}})
		}
	}
}

// answers reports whether err is one that the requester is told.
func (r *ReplyRules) answers(ctx context.Context, err error) bool {
	_, again := AsRetryAfter(err)
	_, later := AsPostponed(err)
	_, unsent := errors.AsType[*ReplySendError](err)
	return r.Errors && !again && !later && !unsent && ctx.Err() == nil
}

// answer encodes and sends the replies.
func (r *ReplyRules) answer(ctx context.Context, d *Delivery) error {
	to, _, err := r.address(d.Records[0])
	outs := make([]Outgoing, len(d.Replies))
	for i, v := range d.Replies {
		if err != nil {
			break // send says so
		}
		data, err := Encode(r.Codec, to, v)
		if err != nil {
			return err
		}
		outs[i].Value = data
	}
	return r.send(ctx, d, outs)
}

// send addresses replies and waits until the broker has them.
func (r *ReplyRules) send(ctx context.Context, d *Delivery, outs []Outgoing) error {
	request := d.Records[0]
	topic, named, err := r.address(request)
	if err != nil {
		d.Unanswered = err
		return nil
	}
	if len(outs) == 0 {
		return nil
	}
	sender := SenderFrom(ctx)
	if sender == nil {
		return &ReplySendError{topic, errors.New("there is nothing to send by: listener.WithSender")}
	}
	partition := AnyPartition
	if data, ok := request.Headers.Get(ReplyPartitionHeader); ok && len(data) == 4 {
		partition = max(int32(binary.BigEndian.Uint32(data)), AnyPartition)
	}
	correlation, correlated := request.Headers.Get(CorrelationHeader)
	for i := range outs {
		outs[i].Topic, outs[i].Partition, outs[i].Key = topic, partition, request.Key
		if correlated {
			outs[i].Headers = append(outs[i].Headers, Header{CorrelationHeader, correlation})
		}
	}
	err = publishAll(ctx, sender, outs)
	if !named && partition != AnyPartition && Misaddressed(err) {
		for i := range outs {
			outs[i].Partition = AnyPartition
		}
		err = publishAll(ctx, sender, outs)
	}
	switch {
	case err == nil:
		return nil
	case named && Misaddressed(err):
		d.Unanswered = &ReplySendError{topic, err}
		return nil
	}
	return &ReplySendError{topic, err}
}

// publishAll sends in order, and waits for all. In a transaction the commit is
// what waits, and fails where one of them failed.
func publishAll(ctx context.Context, s Sender, outs []Outgoing) error {
	if tx := TxFrom(ctx); tx != nil {
		for _, out := range outs {
			s.Publish(ctx, out, func(_ Sent, err error) {
				if err != nil {
					tx.Fail(err)
				}
			})
		}
		return context.Cause(ctx)
	}
	known := make(chan error, len(outs))
	for _, out := range outs {
		s.Publish(ctx, out, func(_ Sent, err error) { known <- err })
	}
	var first error
	for range outs {
		select {
		case err := <-known:
			if first == nil {
				first = err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return first
}

// longestCorrelation bounds what is copied from a request into its reply.
const longestCorrelation = 1 << 10

// address is where the replies to a request go; named says that its header
// chose. Whatever is wrong with it is the request's own fault.
func (r *ReplyRules) address(request *RawRecord) (topic string, named bool, err error) {
	if id, _ := request.Headers.Get(CorrelationHeader); len(id) > longestCorrelation {
		return "", false, fmt.Errorf("the correlation id has %d bytes, more than %d", len(id), longestCorrelation)
	}
	topic = r.To
	if wanted, ok := request.Headers.Get(ReplyTopicHeader); ok && len(wanted) > 0 && len(r.Allowed) > 0 {
		topic, named = string(wanted), true
		if !r.allows(topic) {
			return "", true, fmt.Errorf("header %s names a topic that reply-to-header does not allow", ReplyTopicHeader)
		}
	}
	switch topic {
	case "":
		return "", false, fmt.Errorf("the request has no header %s, and there is no reply-to", ReplyTopicHeader)
	case request.Topic:
		return "", named, fmt.Errorf("the reply would go to the topic of the requests, %s", topic)
	}
	return topic, named, nil
}

func (r *ReplyRules) allows(topic string) bool {
	if !legalTopic(topic) || strings.HasPrefix(topic, "__") { // Kafka's own
		return false
	}
	for _, p := range r.Allowed {
		if p.MatchString(topic) {
			return true
		}
	}
	return false
}

func legalTopic(topic string) bool {
	return len(topic) > 0 && len(topic) <= 249 && topic != "." && topic != ".." && !strings.ContainsFunc(topic, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-'
	})
}

// A ReplySendError says that a reply was not sent, or that nobody knows.
type ReplySendError struct {
	Topic string
	Err   error
}

// Error names the topic and the cause.
func (e *ReplySendError) Error() string { return fmt.Sprintf("reply to %s: %v", e.Topic, e.Err) }

// Unwrap returns the cause.
func (e *ReplySendError) Unwrap() error { return e.Err }

// longestErrorText bounds the text of an error reply.
const longestErrorText = 1 << 10

// errorText is what a requester is told of err: one line of text.
func errorText(err error) string {
	text := err.Error()
	if len(text) > longestErrorText {
		text = text[:longestErrorText]
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, ""))
}

type senderKey struct{}

// WithSender returns ctx carrying what the framework sends by on a handler's
// behalf. The engine calls it; tests that call a bound request handler may, too.
func WithSender(ctx context.Context, s Sender) context.Context {
	return context.WithValue(ctx, senderKey{}, s)
}

// SenderFrom returns the sender that ctx carries, or nil.
func SenderFrom(ctx context.Context) Sender {
	s, _ := ctx.Value(senderKey{}).(Sender)
	return s
}
