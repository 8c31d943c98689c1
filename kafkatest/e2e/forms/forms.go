// Package forms has the same listeners twice: declared by //kafka: comments, and
// typed by hand. Its tests show that they are the same.
//
//kafka:factory name=manual ack-mode=manual ack-time=1s
package forms

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

//go:generate go run github.com/hearken-go/hearken/cmd/hearken generate

// Careful has the last word over its comment.
//
//kafka:factory name=careful ack-mode=record workers=7
func Careful() factory.Option { return factory.Workers(2) }

// A Desk has handlers that are methods.
type Desk struct{}

var (
	mu    sync.Mutex
	notes = map[string][]string{}
)

// Notes returns what the handlers of a group have seen: "value#attempt".
func Notes(group string) []string {
	mu.Lock()
	defer mu.Unlock()
	return append([]string(nil), notes[group]...)
}

func note(ctx context.Context, value string, attempt int) {
	mu.Lock()
	defer mu.Unlock()
	group := listener.Info(ctx).Group
	notes[group] = append(notes[group], fmt.Sprintf("%s#%d", value, attempt))
}

// OnRecord fails once where it is asked to.
//
//kafka:listener id=record topics=${app.topic} group-id=${app.group}-record
func (d *Desk) OnRecord(ctx context.Context, r listener.Record[string]) error {
	note(ctx, r.Value, r.Attempt)
	if r.Value == "fail" && r.Attempt == 1 {
		return errors.New("as asked")
	}
	return nil
}

// OnAck gives a record back once where it is asked to.
//
//kafka:listener id=ack topics=${app.topic} group-id=${app.group}-ack factory=manual
func (d *Desk) OnAck(ctx context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
	note(ctx, r.Value, r.Attempt)
	if r.Value == "nack" && r.Attempt == 1 {
		return ack.Nack(50 * time.Millisecond)
	}
	return ack.Acknowledge()
}

// OnBatch notes each record of a batch.
//
//kafka:listener id=batch topics=${app.topic} group-id=${app.group}-batch max-poll-records=3
func (d *Desk) OnBatch(ctx context.Context, rs []listener.Record[string]) error {
	for _, r := range rs {
		note(ctx, r.Value, r.Attempt)
	}
	return nil
}

// OnBatchAck acknowledges each batch.
//
//kafka:listener id=batch-ack topics=${app.topic} group-id=${app.group}-batch-ack factory=manual
func (d *Desk) OnBatchAck(ctx context.Context, rs []listener.Record[string], ack listener.BatchAcknowledgment) error {
	for _, r := range rs {
		note(ctx, r.Value, r.Attempt)
	}
	return ack.Acknowledge()
}

// OnMessage takes the client's own message.
//
//kafka:listener id=message topics=${app.topic} group-id=${app.group}-message
func (d *Desk) OnMessage(ctx context.Context, m *kafka.Message) error {
	note(ctx, string(m.Value), 1)
	return nil
}

// OnValue is domain code.
//
//kafka:listener id=value topics=${app.topic} group-id=${app.group}-value
func (d *Desk) OnValue(ctx context.Context, value string) error {
	note(ctx, value, 1)
	return nil
}

// OnRequest answers.
//
//kafka:listener id=request topics=${app.topic} group-id=${app.group}-request reply-to=${app.replies}
func (d *Desk) OnRequest(ctx context.Context, r listener.Record[string]) (string, error) {
	note(ctx, r.Value, r.Attempt)
	return "re: " + r.Value, nil
}

//kafka:listener id=keyed topics=${app.topic} group-id=${app.group}-keyed factory=careful concurrency=${app.members:2} properties.fetch.min.bytes=1
func onKeyed(ctx context.Context, r listener.KeyedRecord[string, []byte]) error {
	note(ctx, string(r.Value), r.Attempt)
	return nil
}

//kafka:listener id=plain topics=${app.topic} group-id=${app.group}-plain ack-mode=count ack-count=2
func onPlain(ctx context.Context, value string) error {
	note(ctx, value, 1)
	return nil
}
