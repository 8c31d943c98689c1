package observe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/hearken-go/hearken/event"
)

func init() {
	const id = "tx-a-0"
	lines = append(lines, []struct {
		give  event.Event
		level zapcore.Level
		text  string
		with  map[string]any
	}{
		{event.TopicCreated{Topic: "orders", Partitions: 6, Replicas: 3}, zap.InfoLevel, "topic created", map[string]any{"topic": "orders", "partitions": int64(6)}},
		{event.TopicExpanded{Topic: "orders", From: 3, To: 6}, zap.WarnLevel, "topic has more partitions now, keys land elsewhere", map[string]any{"from": int64(3), "to": int64(6)}},
		{event.TopicDiffers{Topic: "orders", Setting: "replicas", Declared: "3", Actual: "1"}, zap.WarnLevel, "topic is not as it is declared", map[string]any{"setting": "replicas", "actual": "1"}},
		{event.TopicDiffers{Topic: "orders", Changed: true}, zap.WarnLevel, "topic changed to what is declared", nil},
		{event.TopicsPending{Err: boom, Retry: time.Second}, zap.WarnLevel, "declared topics are not there", map[string]any{"error": "boom", "retry": time.Second}},
		{event.IdempotenceOff{Template: "t", Acks: "1"}, zap.InfoLevel, "idempotence is off, as acks is not all: a retry may write a record twice, or out of order", map[string]any{"acks": "1"}},
		{event.SendFailed{Template: "t", Topic: "orders", Err: boom}, zap.WarnLevel, "send failed", map[string]any{"topic": "orders", "error": "boom"}},
		{event.ReplyUnexpected{Template: "t", Partition: part, Offset: 7}, zap.InfoLevel, "reply to a request that is over", map[string]any{"topic": "orders", "offset": int64(7)}},
		{event.SendFailed{Template: "t", Unknown: true}, zap.WarnLevel, "send without an answer, the record may still be written", nil},
		{event.TransactionAborted{Template: "t", ID: id, Err: boom}, zap.WarnLevel, "transaction aborted", map[string]any{"reason": "boom", "transactional_id": id}},
		{event.TransactionAborted{Template: "t", ID: id, AbortErr: boom}, zap.WarnLevel, "transaction aborted", map[string]any{"reason": "panic", "error": "boom"}},
		{event.TransactionIndeterminate{Template: "t", ID: id, Err: boom}, zap.ErrorLevel, "transaction without an answer, it may be committed or not", map[string]any{"error": "boom"}},
		{event.ProducerRebuilt{Template: "t", Err: boom}, zap.WarnLevel, "producer made again", map[string]any{"error": "boom"}},
		{event.ProducerError{Template: "t", Err: boom}, zap.WarnLevel, "producer error", map[string]any{"error": "boom"}},
		{event.ProducerLog{Template: "t", Level: 4, Tag: "FAIL", Text: "down"}, zap.WarnLevel, "producer log", map[string]any{"tag": "FAIL"}},
		{event.TemplateClosed{Template: "t"}, zap.InfoLevel, "template closed", nil},
		{event.TemplateClosed{Template: "t", Undelivered: 3, Err: boom}, zap.ErrorLevel, "template closed", map[string]any{"undelivered": int64(3)}},
	}...)
}

func TestRepeatedSendFailuresAreCounted(t *testing.T) {
	t.Parallel()
	limited(t, func(t *testing.T, o event.Observer, logs *observer.ObservedLogs) {
		for range 5 {
			o.Observe(event.SendFailed{Template: "t", Topic: "orders", Err: boom})
		}
		o.Observe(event.SendFailed{Template: "t", Topic: "ledger", Err: boom})
		require.Len(t, logs.TakeAll(), 2, "one for each topic")
		advance(10 * time.Second)
		o.Observe(event.SendFailed{Template: "t", Topic: "orders", Err: boom})
		require.Equal(t, int64(4), logs.TakeAll()[0].ContextMap()["suppressed"])
	})
}
