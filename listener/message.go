package listener

import (
	"context"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// OnMessage makes a listener of a handler that was written for the client's
// own loop: it takes the message as Poll would return it, and no codec. A nil
// from the handler means done; an error or a panic goes to the error handler.
//
// The message is the handler's own; its bytes are shared and must not be written to.
func OnMessage(id string, h func(context.Context, *kafka.Message) error, opts ...Option) Listener {
	l := declareRaw(id, Shape{Message: true}, h == nil, opts)
	l.bind = func(Codecs) (HandlerFunc, error) {
		return func(ctx context.Context, d *Delivery) error { return h(ctx, message(d.Records[0])) }, nil
	}
	return l
}

// OnMessageAck is OnMessage for a handler that settles its message itself, for
// factories in a manual ack mode.
func OnMessageAck(id string, h func(context.Context, *kafka.Message, Acknowledgment) error, opts ...Option) Listener {
	l := declareRaw(id, Shape{Acks: true, Message: true}, h == nil, opts)
	l.bind = func(Codecs) (HandlerFunc, error) {
		return func(ctx context.Context, d *Delivery) error { return h(ctx, message(d.Records[0]), d.Ack) }, nil
	}
	return l
}

// declareRaw is declare for a handler without type parameters; it must be
// called by the exported constructor itself.
func declareRaw(id string, shape Shape, nilHandler bool, opts []Option) Listener {
	l := declared(id, shape, opts)
	l.types, l.where = "*kafka.Message", callerPath(3)
	if nilHandler {
		l.fault = fmt.Errorf("the handler given to %s is nil", shape)
	}
	return l
}

// message returns the record as the client's Poll does.
func message(r *RawRecord) *kafka.Message {
	topic := r.Topic
	m := &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: r.Partition, Offset: kafka.Offset(r.Offset)},
		Key:            r.Key,
		Value:          r.Value,
		Timestamp:      r.Timestamp,
	}
	if !r.Timestamp.IsZero() {
		m.TimestampType = kafka.TimestampCreateTime
	}
	if epoch := r.LeaderEpoch; epoch >= 0 {
		m.TopicPartition.LeaderEpoch = &epoch
		m.LeaderEpoch = &epoch // deprecated, and read by code that is older than its successor
	}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	return m
}
