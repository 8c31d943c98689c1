package kafkatest

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// Call runs l's handler on records without a broker, with the codecs that its
// types choose: once for each record, or once with all of them for a batch
// listener. The records get topic "test", their partition (0 unless set) and
// offsets from 0. Neither middleware nor error handlers run: an error, or a
// panic, is in the Result. A handler whose types have no codec fails the test.
func Call(t TB, l listener.Listener, records ...Record) *Result {
	t.Helper()
	return CallContext(context.Background(), t, l, records...)
}

// CallContext is Call with a context for the handler.
func CallContext(ctx context.Context, t TB, l listener.Listener, records ...Record) *Result {
	t.Helper()
	handle, err := l.Bind(listener.Codecs{})
	if err != nil {
		t.Fatalf("kafkatest: listener %s: %v", l.ID(), err)
	}
	raw := deliverable(records)
	result := newResult(len(raw))
	if l.Shape().Batch {
		result.Errors = []error{invoke(ctx, handle, batch(l, raw, result))}
		return result
	}
	for i, r := range raw {
		ctx := listener.WithInfo(ctx, listener.Invocation{Listener: l.ID(), Group: l.ID(), Topic: r.Topic, Partition: r.Partition})
		d := &listener.Delivery{Records: []*listener.RawRecord{r}, Attempt: 1}
		if l.Shape().Acks {
			d.Ack = ack{result, i}
		}
		result.Errors = append(result.Errors, invoke(ctx, handle, d))
		if l.Shape().Replies {
			result.Replies = append(result.Replies, d.Replies)
		}
	}
	return result
}

// deliverable numbers the records as a broker would.
func deliverable(records []Record) []*listener.RawRecord {
	next := make(map[int32]int64)
	raw := make([]*listener.RawRecord, len(records))
	for i, r := range records {
		rec := r.raw
		rec.Topic, rec.Partition, rec.Attempt = "test", max(0, r.partition), 1
		rec.Offset = next[rec.Partition]
		next[rec.Partition]++
		if rec.Timestamp.IsZero() {
			rec.Timestamp = time.Now()
		}
		rec.Headers = slices.Clone(rec.Headers)
		raw[i] = &rec
	}
	return raw
}

func batch(l listener.Listener, raw []*listener.RawRecord, result *Result) *listener.Delivery {
	d := &listener.Delivery{Records: raw, Attempt: 1}
	if l.Shape().Acks {
		d.BatchAck = &batchAck{result: result, records: len(raw)}
	}
	return d
}

// invoke calls handle; a panic becomes an error with its stack.
func invoke(ctx context.Context, handle listener.HandlerFunc, d *listener.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(ctx, d)
}
