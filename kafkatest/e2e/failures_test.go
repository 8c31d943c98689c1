package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// A try is one call of a record's handler.
type try struct {
	offset  int64
	attempt int
	at      time.Time
}

// TestAttemptsAtTheirTimes: the second record fails three times; its attempts
// come at the configured times, never early, and then the others follow.
func TestAttemptsAtTheirTimes(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("attempts", 1), b.Unique("attempts")
		kafkatest.ProduceValues(b, topic, numbers(3)...)
		var tries log[try]
		serve(t, b, listener.On("attempts", func(_ context.Context, r listener.Record[string]) error {
			tries.add(try{r.Offset, r.Attempt, time.Now()})
			if r.Offset == 1 && r.Attempt < 4 {
				return errors.New("not yet")
			}
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AutoOffsetReset(factory.Earliest),
			factory.BackOffInitial(200*time.Millisecond), factory.BackOffMultiplier(2), factory.BackOffJitter(factory.JitterNone)))
		b.WaitCommitted(group, topic, 0, 3)
		got := tries.list()
		require.Len(t, got, 6)
		for i, want := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond} {
			require.EqualValues(t, 1, got[i+2].offset)
			require.Equal(t, i+2, got[i+2].attempt)
			require.GreaterOrEqual(t, got[i+2].at.Sub(got[i+1].at), want, "never early")
		}
	})
}

// TestPoisonOfABatch: records that can't be decoded are given up one by one,
// with their bytes; the others are acknowledged by the handler.
func TestPoisonOfABatch(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("poison", 1), b.Unique("poison")
		kafkatest.ProduceValues(b, topic, "1", "2", "x", "4", "y", "z", "7")
		var got, dead log[string]
		park := errorhandler.RecovererFunc(func(_ context.Context, f errorhandler.Failure) error {
			var decode *listener.DecodeError
			if !errors.As(f.Err, &decode) {
				return errors.New("not a poison record")
			}
			dead.add(string(f.Records[0].Value))
			return nil
		})
		serve(t, b, listener.OnBatchAck("poison", func(_ context.Context, rs []listener.Record[int], ack listener.BatchAcknowledgment) error {
			for _, r := range rs {
				got.add(string(rune('0' + r.Value)))
			}
			return ack.Acknowledge()
		}, listener.Topics(topic), listener.GroupID(group), factory.AutoOffsetReset(factory.Earliest), factory.AckMode(ackmode.Manual),
			factory.ErrorHandler(errorhandler.Default{Then: errorhandler.RecoverWith(park)})))
		b.WaitCommitted(group, topic, 0, 7)
		require.Equal(t, []string{"1", "2", "4", "7"}, got.list())
		require.Equal(t, []string{"x", "y", "z"}, dead.list())
	})
}
