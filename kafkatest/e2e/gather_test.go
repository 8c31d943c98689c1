package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestBatchesThatLinger: records that come one by one, each in a fetch of its
// own, make batches of the size; what is left over comes when its linger has
// passed, not before, and a stop leaves it uncommitted.
func TestBatchesThatLinger(t *testing.T) {
	t.Parallel()
	const linger = 4 * time.Second
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("linger", 1), b.Unique("linger")
		var calls log[batchCall]
		s := serve(t, b, listener.OnBatch("linger", func(_ context.Context, recs []listener.Record[string]) error {
			calls.add(callOf(recs))
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.BatchSize(4), factory.BatchLinger(linger)))
		waitAssigned(t, b, group, 1)
		var came []time.Time
		for _, v := range numbers(10) {
			came = append(came, time.Now())
			kafkatest.ProduceValues(b, topic, v)
		}
		b.WaitCommitted(group, topic, 0, 10)
		var sizes []int
		next := int64(0)
		for _, c := range calls.list() {
			sizes = append(sizes, len(c.offsets))
			for _, o := range c.offsets {
				require.Equal(t, next, o)
				next++
			}
		}
		require.Equal(t, []int{4, 4, 2}, sizes)
		require.GreaterOrEqual(t, calls.list()[2].at.Sub(came[8]), linger, "never early")

		kafkatest.ProduceValues(b, topic, "left")
		_, err := s.stop()
		require.NoError(t, err)
		require.EqualValues(t, 10, offset(b, group, topic, 0))
		require.Equal(t, 3, calls.len())
	})
}
