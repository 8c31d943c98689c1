package template

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// A SendFunc hands one encoded record to the client.
type SendFunc func(ctx context.Context, r listener.Outgoing) *Future

// An Interceptor stands around every send of a template: it may change the
// record and the context, refuse the send (Refuse), and watch its end
// (Future.OnDone). It is called by the sender's goroutine.
type Interceptor func(next SendFunc) SendFunc

func chained(last SendFunc, around []Interceptor) SendFunc {
	for i := len(around) - 1; i >= 0; i-- {
		if around[i] != nil {
			last = around[i](last)
		}
	}
	return last
}

// A SendOption is a setting of one send.
type SendOption func(*sending)

type sending struct {
	broker.Message
	codec    listener.Encoder
	key      any // to be encoded, where keyed
	keyed    bool
	callback func(Sent, error)
	room     [keyRoom]byte // a short key's bytes
}

const keyRoom = 64

// drafts are sendings to be used again: options write to one through a function
// value, so that each send would allocate its own.
var drafts = sync.Pool{New: func() any { return new(sending) }}

// draft puts together what a send says of itself. discard gives it back.
func draft(topic, key string, opts []SendOption) *sending {
	s := drafts.Get().(*sending)
	s.Topic, s.Partition = topic, listener.AnyPartition
	if key != "" {
		s.Key = append(s.room[:0], key...) // a longer one's room is its own
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

func (s *sending) discard() {
	s.Message, s.codec, s.key, s.keyed, s.callback = broker.Message{}, nil, nil, false, nil
	drafts.Put(s)
}

// WithKey sets the key's bytes: nil is a null key, which is not an empty one.
func WithKey(key []byte) SendOption { return func(s *sending) { s.Key, s.keyed = key, false } }

// KeyOf sets a key of any type, which Options.KeyCodec encodes, or the choice by
// type: as listener.KeyedRecord reads keys. nil is a null key. See Of for a template whose keys are of one type.
func KeyOf(key any) SendOption { return func(s *sending) { s.key, s.keyed = key, true } }

// Header adds a header; a nil value is a null.
func Header(key string, value []byte) SendOption {
	return func(s *sending) { s.Headers = append(s.Headers, listener.Header{Key: key, Value: value}) }
}

// Headers adds headers, in order.
func Headers(hs ...listener.Header) SendOption {
	return func(s *sending) { s.Headers = append(s.Headers, hs...) }
}

// Partition chooses the partition. Defaults to the partitioner's choice by key.
func Partition(p int32) SendOption { return func(s *sending) { s.Partition = p } }

// Timestamp sets the record's time. Defaults to the moment of the send.
func Timestamp(at time.Time) SendOption { return func(s *sending) { s.Timestamp = at } }

// Codec encodes this value instead of the template's codec.
func Codec(c listener.Encoder) SendOption { return func(s *sending) { s.codec = c } }

// OnDone calls fn with the outcome; see Future.OnDone.
func OnDone(fn func(Sent, error)) SendOption { return func(s *sending) { s.callback = fn } }

// Send sends one record and waits for the broker's answer, or until ctx ends
// (ErrUnknownOutcome). An empty topic is the default topic; an empty key is no
// key (WithKey can send an empty one); a nil value is a tombstone. Inside a
// transaction, "sent" means written: it is visible after the commit only.
func (t *Template) Send(ctx context.Context, topic, key string, value any, opts ...SendOption) (Sent, error) {
	return t.SendAsync(ctx, topic, key, value, opts...).Wait(ctx)
}

// SendAsync sends one record and returns at once; everything that goes wrong is
// in the Future. It waits, until ctx ends at most, only while too much is on
// its way. After it has returned, ctx's end does not take the record back.
// Records of one goroutine to one partition keep their order.
func (t *Template) SendAsync(ctx context.Context, topic, key string, value any, opts ...SendOption) *Future {
	s := draft(topic, key, opts)
	f := t.submit(ctx, s, value)
	s.discard()
	return f
}

func (t *Template) submit(ctx context.Context, s *sending, value any) *Future {
	if s.Topic == "" {
		s.Topic = t.o.DefaultTopic
	}
	if to := t.route(s.Topic); to != t {
		return to.submit(ctx, s, value)
	}
	var f *Future
	if err := s.encode(&t.o, value); err != nil {
		f = t.refuse(ctx, s.Topic, nil, err)
	} else {
		f = t.pass(ctx, &s.Message)
	}
	if s.callback != nil {
		f.OnDone(s.callback)
	}
	return f
}

// encode makes the value, and the key that KeyOf gave, the record's bytes.
func (s *sending) encode(o *Options, value any) error {
	codec := s.codec
	if codec == nil {
		codec = o.Codec
	}
	var err error
	if s.keyed {
		if s.Key, err = listener.Encode(o.KeyCodec, s.Topic, s.key); err != nil {
			return fmt.Errorf("key: %w", err)
		}
	}
	s.Value, err = listener.Encode(codec, s.Topic, value)
	return err
}

// SendRaw sends a record that is encoded already, and waits as Send does.
func (t *Template) SendRaw(ctx context.Context, r listener.Outgoing) (Sent, error) {
	return t.SendRawAsync(ctx, r).Wait(ctx)
}

// SendRawAsync is SendAsync for a record that is encoded already.
func (t *Template) SendRawAsync(ctx context.Context, r listener.Outgoing) *Future {
	if r.Topic == "" {
		r.Topic = t.o.DefaultTopic
	}
	if to := t.route(r.Topic); to != t {
		return to.SendRawAsync(ctx, r)
	}
	return t.chain(ctx, r)
}

// pass gives m to the interceptors, or straight to deliver where there are none:
// each copy of a record costs.
func (t *Template) pass(ctx context.Context, m *broker.Message) *Future {
	if len(t.o.Interceptors) == 0 {
		return t.deliver(ctx, m)
	}
	m.Key = bytes.Clone(m.Key) // an interceptor may keep it
	return t.chain(ctx, m.Outgoing)
}

// Publish sends r and calls done with the outcome; see listener.Sender. It is
// what the framework sends by: outside a transaction it takes a plain producer, on a
// transactional template, too.
func (t *Template) Publish(ctx context.Context, r listener.Outgoing, done func(Sent, error)) {
	if t.pool != nil && listener.TxFrom(ctx) == nil {
		ctx = context.WithValue(ctx, byFramework{}, true)
	}
	t.SendRawAsync(ctx, r).OnDone(done)
}

type byFramework struct{}

// A Record is one record of SendAll.
type Record struct {
	Topic   string
	Key     string
	Value   any
	Options []SendOption
}

// A Result is what became of one record of SendAll.
type Result struct {
	Sent Sent
	Err  error
}

// SendAll sends records in their order and waits for all. Each has its result,
// in the same order: some may fail, unless a transaction is around it.
func (t *Template) SendAll(ctx context.Context, records []Record) []Result {
	futures := make([]*Future, len(records))
	for i, r := range records {
		futures[i] = t.SendAsync(ctx, r.Topic, r.Key, r.Value, r.Options...)
	}
	results := make([]Result, len(records))
	for i, f := range futures {
		results[i].Sent, results[i].Err = f.Wait(ctx)
	}
	return results
}

// Refuse returns the future of a send that an interceptor does not let through.
// Inside a transaction it aborts it, as every failed send does.
func (t *Template) Refuse(ctx context.Context, topic string, err error) *Future {
	return t.refuse(ctx, topic, nil, err)
}

// refuse settles a send that never reached the client.
func (t *Template) refuse(ctx context.Context, topic string, kind, err error) *Future {
	f := &Future{partition: undecided, from: &origin{t: t, topic: topic}}
	fault := t.sendFault(topic, listener.AnyPartition, kind, err)
	if tx := listener.TxFrom(ctx); tx != nil {
		tx.Fail(fault)
	}
	t.failed(topic, fault)
	f.settle(listener.AnyPartition, -1, fault)
	return f
}

// checkRecord refuses what the client would cut, misread or crash on.
func (t *Template) checkRecord(r *listener.Outgoing) error {
	if known := t.lastTopic.Load(); known == nil || *known != r.Topic { // to ask again costs more than a lookup
		if err := checkTopic(r.Topic); err != nil {
			return err
		}
		topic := r.Topic
		t.lastTopic.Store(&topic)
	}
	switch {
	case r.Partition < listener.AnyPartition:
		return fmt.Errorf("partition %d is negative", r.Partition)
	case !r.Timestamp.IsZero() && r.Timestamp.UnixMilli() <= 0:
		return fmt.Errorf("timestamp %s is not after 1970", r.Timestamp)
	}
	for _, h := range r.Headers {
		if strings.IndexByte(h.Key, 0) >= 0 {
			return errors.New("a header's key holds a zero byte, where the client would cut it")
		}
	}
	return nil
}

func checkTopic(topic string) error {
	switch {
	case topic == "":
		return errors.New("no topic was named, and the template has no default topic")
	case len(topic) > 249 || strings.ContainsFunc(topic, notInTopics) || topic == "." || topic == "..":
		return errors.New("not a topic's name: letters, digits, dots, dashes and underscores, 249 at most")
	}
	return nil
}

func notInTopics(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-'
}
