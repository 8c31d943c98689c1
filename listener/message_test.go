package listener_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

func TestAMessageIsWhatPollReturns(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000000, time.UTC)
	var got *kafka.Message
	l := listener.OnMessage("orders", func(_ context.Context, m *kafka.Message) error { got = m; return nil }, listener.Topics("orders"))
	require.Equal(t, "*kafka.Message", l.Types())
	require.Regexp(t, `^listener/message_test\.go:\d+$`, l.Where())
	require.Equal(t, listener.Shape{Message: true}, l.Shape())

	h, err := l.Bind(listener.Codecs{Value: listener.JSON()})
	require.NoError(t, err)
	raw := &listener.RawRecord{
		Topic: "orders", Partition: 3, Offset: 42, LeaderEpoch: 7, Timestamp: at, Key: []byte("k"), Value: []byte("no json"),
		Headers: listener.Headers{{Key: "h", Value: []byte("1")}, {Key: "h"}},
	}
	require.NoError(t, h(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{raw}}))
	topic, epoch := "orders", int32(7)
	require.Equal(t, &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: 3, Offset: 42, LeaderEpoch: &epoch},
		LeaderEpoch:    &epoch,
		Key:            []byte("k"),
		Value:          []byte("no json"),
		Timestamp:      at,
		TimestampType:  kafka.TimestampCreateTime,
		Headers:        []kafka.Header{{Key: "h", Value: []byte("1")}, {Key: "h"}},
	}, got)
}

func TestWhatAMessageDoesNotKnow(t *testing.T) {
	t.Parallel()
	var got *kafka.Message
	l := listener.OnMessage("a", func(_ context.Context, m *kafka.Message) error { got = m; return errors.New("no") })
	h, err := l.Bind(listener.Codecs{})
	require.NoError(t, err)
	require.EqualError(t, h(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{{LeaderEpoch: -1}}}), "no")
	require.Nil(t, got.TopicPartition.LeaderEpoch)
	require.Nil(t, got.Key)
	require.Nil(t, got.Value, "a tombstone")
	require.Equal(t, kafka.TimestampNotAvailable, got.TimestampType)
}

func TestAMessageHandlerMaySettleItself(t *testing.T) {
	t.Parallel()
	l := listener.OnMessageAck("a", func(_ context.Context, _ *kafka.Message, ack listener.Acknowledgment) error { return ack.Acknowledge() })
	require.Equal(t, listener.Shape{Acks: true, Message: true}, l.Shape())
	h, err := l.Bind(listener.Codecs{})
	require.NoError(t, err)
	require.NoError(t, h(t.Context(), &listener.Delivery{Records: []*listener.RawRecord{{}}, Ack: printedAck{}}))
}

func TestANilMessageHandler(t *testing.T) {
	t.Parallel()
	_, err := listener.OnMessage("a", nil).Bind(listener.Codecs{})
	require.ErrorContains(t, err, "the handler given to OnMessage is nil")
	_, err = listener.OnMessageAck("a", nil).Bind(listener.Codecs{})
	require.ErrorContains(t, err, "the handler given to OnMessageAck is nil")
}
