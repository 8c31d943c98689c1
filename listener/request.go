package listener

import (
	"context"
	"fmt"
	"reflect"
)

// The headers of requests and replies. The first three are spring-kafka's own:
// either side may be a Spring service.
const (
	// CorrelationHeader tells requests apart; a reply carries its request's.
	CorrelationHeader = "kafka_correlationId"
	// ReplyTopicHeader is the topic where a request wants its reply.
	ReplyTopicHeader = "kafka_replyTopic"
	// ReplyPartitionHeader is the partition of that topic, 4 bytes, big-endian.
	ReplyPartitionHeader = "kafka_replyPartition"
	// ReplyErrorHeader makes a reply an error: its value is a text for people.
	ReplyErrorHeader = "hearken_replyError"
)

// Replies are several replies to one request, sent in their order; none is no reply.
type Replies[R any] []R

func (rs Replies[R]) each() []any {
	out := make([]any, len(rs))
	for i, r := range rs {
		out[i] = r
	}
	return out
}

// OnRequest makes a listener whose handler takes one record and returns the
// reply to it, of any type that a template can send; nil is a tombstone, Replies
// are several. All types are inferred:
//
//	listener.OnRequest("quotes", desk.Quote, listener.Topics("quotes"), listener.ReplyTo("quotes-replies"))
//
// ReplyTo or ReplyToHeader says where replies go, factory.Sender what sends
// them. A reply has the request's correlation id and key, and goes to the
// partition that the request's header names, where that is there.
//
// The record is done when the broker has acknowledged its replies; in a
// transaction, when that commits. Where a reply could not be sent, the record
// has failed, and the handler runs again: what it does has to bear that, and a
// requester may get a reply twice. The wait holds the handler's worker: more
// `workers` answer more requests at once.
//
// The handler's error answers nothing: it goes to the error handler, as any
// other. See ReplyErrors for the other way.
func OnRequest[K, V, R any](id string, h func(context.Context, KeyedRecord[K, V]) (R, error), opts ...Option) Listener {
	l := declare[K, V](id, Shape{Replies: true}, h == nil, opts)
	reply := reflect.TypeFor[R]()
	l.types += " -> " + shortType(reply)
	l.bind = func(c Codecs) (HandlerFunc, error) {
		decoding, err := bindDecoder[K, V](c)
		if err == nil {
			err = unsendable(c, reply)
		}
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, d *Delivery) error {
			var rec KeyedRecord[K, V]
			if err := decoding.decode(d.Records[0], &rec); err != nil {
				return err
			}
			reply, err := h(ctx, rec)
			if err != nil {
				return err
			}
			if many, ok := any(reply).(interface{ each() []any }); ok {
				d.Replies = many.each()
			} else {
				d.Replies = []any{reply}
			}
			return nil
		}, nil
	}
	return l
}

// unsendable refuses, at the start, replies that could never be encoded.
func unsendable(c Codecs, t reflect.Type) error {
	if t.Implements(reflect.TypeFor[interface{ each() []any }]()) && t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	enc, ok := c.Value.(Encoder)
	if partial, is := c.Value.(PartialCodec); is && ok {
		ok = partial.Serves(t)
	}
	if ok && enc != nil || t.Kind() == reflect.Interface {
		return nil
	}
	name := shortType(t)
	switch {
	case wayOf(t) == asMessage:
		return fmt.Errorf("reply type %s is a protobuf message and has no codec: return a pointer, and use factory.Codec(protocodec.New())", name)
	case unmarshalsItself(t):
		return nil
	}
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("reply type %s cannot be encoded as JSON: set a codec that knows it", name)
	default:
		return nil
	}
}
