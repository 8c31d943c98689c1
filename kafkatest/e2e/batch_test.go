package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// A batchCall is what a batch handler was given.
type batchCall struct {
	offsets  []int64
	attempts []int
	at       time.Time
}

func callOf(recs []listener.Record[string]) batchCall {
	c := batchCall{at: time.Now()}
	for _, r := range recs {
		c.offsets, c.attempts = append(c.offsets, r.Offset), append(c.attempts, r.Attempt)
	}
	return c
}

// TestBatchNackFrom: the first three of a batch are done and committed, the
// others come again, not early, and then the rest of the partition.
func TestBatchNackFrom(t *testing.T) {
	t.Parallel()
	const delay = time.Second
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("nackfrom", 1), b.Unique("nackfrom")
		kafkatest.ProduceValues(b, topic, numbers(6)...)
		var calls log[batchCall]
		serve(t, b, listener.OnBatchAck("nackfrom", func(_ context.Context, recs []listener.Record[string], ack listener.BatchAcknowledgment) error {
			c := callOf(recs)
			calls.add(c)
			if i := int(3 - c.offsets[0]); c.attempts[0] == 1 && i >= 0 && i < len(recs) {
				return ack.NackFrom(i, delay)
			}
			return ack.Acknowledge()
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.ManualImmediate), factory.MaxPollRecords(6)))
		b.WaitCommitted(group, topic, 0, 3)
		require.EqualValues(t, 3, offset(b, group, topic, 0), "the first three and no more")
		kafkatest.ProduceValues(b, topic, numbers(2)...)
		b.WaitCommitted(group, topic, 0, 8)
		againAndInOrder(t, calls.list(), 3, 8, delay)
	})
}

// TestBatchFailedAt: the same by the error of a plain batch handler.
func TestBatchFailedAt(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("failedat", 1), b.Unique("failedat")
		kafkatest.ProduceValues(b, topic, numbers(6)...)
		var calls log[batchCall]
		serve(t, b, listener.OnBatch("failedat", func(_ context.Context, recs []listener.Record[string]) error {
			c := callOf(recs)
			calls.add(c)
			if i := int(3 - c.offsets[0]); c.attempts[0] == 1 && i >= 0 && i < len(recs) {
				return listener.FailedAt(i, listener.RetryAfter(time.Second, errors.New("not yet")))
			}
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.MaxPollRecords(6)))
		b.WaitCommitted(group, topic, 0, 3)
		require.EqualValues(t, 3, offset(b, group, topic, 0), "the first three and no more")
		kafkatest.ProduceValues(b, topic, numbers(2)...)
		b.WaitCommitted(group, topic, 0, 8)
		againAndInOrder(t, calls.list(), 3, 8, time.Second)
	})
}

// againAndInOrder checks that record again came a second time, delay after the
// first, that everything is in order, and that nothing else came twice but
// what was behind it in its batch.
func againAndInOrder(t *testing.T, calls []batchCall, again, end int64, delay time.Duration) {
	t.Helper()
	next, behind := int64(0), int64(0)
	var failed time.Time
	for _, c := range calls {
		if behind > 0 && next == again && !failed.IsZero() {
			require.Equal(t, 2, c.attempts[0])
			require.GreaterOrEqual(t, c.at.Sub(failed), delay, "never early")
			failed = time.Time{}
		}
		for _, o := range c.offsets {
			require.Equal(t, next, o, "%+v", calls)
			next++
		}
		if behind == 0 && next > again {
			behind, next, failed = next, again, c.at
		}
	}
	require.Equal(t, end, next)
}
