package kafkatest_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

type order struct{ Cents int }

func TestCallDecodesAndReportsErrors(t *testing.T) {
	t.Parallel()
	got := kafkatest.NewRecorder[order](t).Reply(func(_ context.Context, r listener.Record[order]) error {
		switch r.Value.Cents {
		case 2:
			return errors.New("two")
		case 3:
			panic("three")
		}
		return nil
	})
	l := listener.On("orders", got.Handle)
	result := kafkatest.Call(t, l,
		kafkatest.KV("a", order{1}), kafkatest.Value(order{2}), kafkatest.Value(order{3}).OnPartition(1), kafkatest.Value("{"))
	if len(result.Errors) != 4 || result.Errors[0] != nil || result.Errors[1] == nil || result.Errors[3] == nil {
		t.Errorf("errors: %v", result.Errors)
	}
	if err := result.Errors[2]; err == nil || !strings.HasPrefix(err.Error(), "the handler panicked: three") {
		t.Errorf("the panic became %v", err)
	}
	if !strings.Contains(result.Err().Error(), "two") {
		t.Errorf("Err: %v", result.Err())
	}
	records := got.Records()
	if len(records) != 3 || records[0].Key != "a" || records[1].Offset != 1 || records[2].Partition != 1 || records[2].Offset != 0 {
		t.Errorf("records: %+v", records)
	}
	if got.Most() != 1 {
		t.Errorf("%d ran at once", got.Most())
	}
}

func TestCallTellsTheHandlerWhoItIs(t *testing.T) {
	t.Parallel()
	l := listener.On("orders", func(ctx context.Context, _ listener.Record[string]) error {
		if info := listener.Info(ctx); info.Listener != "orders" || info.Topic != "test" {
			t.Errorf("info: %+v", info)
		}
		return nil
	})
	if err := kafkatest.Call(t, l, kafkatest.Value("x")).Err(); err != nil {
		t.Error(err)
	}
}

func TestCallCollectsAcknowledgments(t *testing.T) {
	t.Parallel()
	l := listener.OnAck("refunds", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
		switch r.Value {
		case "busy":
			return ack.Nack(time.Second)
		case "twice":
			return errors.Join(ack.Acknowledge(), ack.Nack(0))
		case "forgotten":
			return nil
		default:
			return ack.Acknowledge()
		}
	})
	result := kafkatest.Call(t, l, kafkatest.Values("busy", "fine", "forgotten", "twice")...)
	if got := result.Acked(); !reflect.DeepEqual(got, []int{1, 3}) {
		t.Errorf("acked %v", got)
	}
	if got := result.Nacked(); !reflect.DeepEqual(got, map[int]time.Duration{0: time.Second}) {
		t.Errorf("nacked %v", got)
	}
	if !errors.Is(result.Errors[3], listener.ErrSettled) || result.Errors[2] != nil {
		t.Errorf("errors: %v", result.Errors)
	}
}

func TestCallRunsABatchOnce(t *testing.T) {
	t.Parallel()
	l := listener.OnBatchAck("bulk", func(_ context.Context, rs []listener.Record[int], ack listener.BatchAcknowledgment) error {
		return errors.Join(ack.AcknowledgeFirst(1), ack.AcknowledgeFirst(2), ack.NackFrom(3, time.Minute))
	})
	result := kafkatest.Call(t, l, kafkatest.Values(10, 11, 12, 13)...)
	if err := result.Err(); err != nil {
		t.Error(err)
	}
	if got := result.Acked(); !reflect.DeepEqual(got, []int{0, 1, 2}) {
		t.Errorf("acked %v", got)
	}
	if got := result.Nacked(); !reflect.DeepEqual(got, map[int]time.Duration{3: time.Minute}) {
		t.Errorf("nacked %v", got)
	}
}

func TestBatchMisuse(t *testing.T) {
	t.Parallel()
	misuse := map[string]struct {
		do   func(listener.BatchAcknowledgment) error
		want error
	}{
		"twice":       {func(a listener.BatchAcknowledgment) error { _ = a.Acknowledge(); return a.Acknowledge() }, listener.ErrSettled},
		"backwards":   {func(a listener.BatchAcknowledgment) error { _ = a.AcknowledgeFirst(2); return a.AcknowledgeFirst(1) }, listener.ErrSettled},
		"after nack":  {func(a listener.BatchAcknowledgment) error { _ = a.NackFrom(0, 0); return a.Acknowledge() }, listener.ErrSettled},
		"beyond":      {func(a listener.BatchAcknowledgment) error { return a.AcknowledgeFirst(4) }, nil},
		"nack beyond": {func(a listener.BatchAcknowledgment) error { return a.NackFrom(-1, 0) }, nil},
	}
	for name, tt := range misuse {
		l := listener.OnBatchAck("bulk", func(_ context.Context, _ []listener.Record[string], ack listener.BatchAcknowledgment) error {
			return tt.do(ack)
		})
		err := kafkatest.Call(t, l, kafkatest.Values("a", "b", "c")...).Err()
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecorderShapes(t *testing.T) {
	t.Parallel()
	got := kafkatest.NewRecorder[string](t).Reply(func(_ context.Context, r listener.Record[string]) error {
		if r.Value == "bad" {
			return errors.New("bad")
		}
		return nil
	})
	result := kafkatest.Call(t, listener.OnBatch("batch", got.HandleBatch), kafkatest.Values("a", "bad", "c")...)
	if n, _, ok := listener.AsFailedAt(result.Err()); !ok || n != 1 {
		t.Errorf("batch: %v", result.Err())
	}
	acks := kafkatest.Call(t, listener.OnAck("acks", got.HandleAck), kafkatest.Values("d", "bad")...)
	if !reflect.DeepEqual(acks.Acked(), []int{0}) {
		t.Errorf("acked %v", acks.Acked())
	}
	batch := kafkatest.Call(t, listener.OnBatchAck("batch-acks", got.HandleBatchAck), kafkatest.Value("e"))
	if !reflect.DeepEqual(batch.Acked(), []int{0}) {
		t.Errorf("acked %v", batch.Acked())
	}
	got.Wait(6)
	if want := []string{"a", "bad", "c", "d", "bad", "e"}; !reflect.DeepEqual(got.Values(), want) {
		t.Errorf("values %v", got.Values())
	}
}

func TestCallOfARequestHandler(t *testing.T) {
	t.Parallel()
	l := listener.OnRequest("double", func(_ context.Context, r listener.Record[string]) (listener.Replies[string], error) {
		if r.Value == "" {
			return nil, errors.New("empty")
		}
		return listener.Replies[string]{r.Value, r.Value}, nil
	})
	result := kafkatest.Call(t, l, kafkatest.Value("a"), kafkatest.Value(""))
	if want := [][]any{{"a", "a"}, nil}; !reflect.DeepEqual(result.Replies, want) {
		t.Errorf("got %v, want %v", result.Replies, want)
	}
	if err := result.Err(); err == nil || err.Error() != "empty" {
		t.Errorf("got %v", err)
	}
}
