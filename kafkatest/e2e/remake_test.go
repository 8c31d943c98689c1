package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestTopicMadeAgain deletes a topic under a running listener and makes it
// again: the listener goes on by itself, with the first record of the new log.
func TestTopicMadeAgain(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("remake", 1), b.Unique("remake")
		b.Produce(topic, old(0, 5)...)
		var seen log[string]
		s := serveWith(t, b, map[string]any{propertiesKey: map[string]any{
			"session.timeout.ms": "6000", "heartbeat.interval.ms": "200", "fetch.wait.max.ms": "50",
			"topic.metadata.refresh.interval.ms": "1000",
		}}, listener.On("reader", func(_ context.Context, r listener.Record[string]) error {
			seen.add(place(r))
			return nil
		}, listener.Topics(topic), listener.GroupID(group)))
		seen.wait(t, 5)
		b.WaitDone(group, topic)
		_, err := kadm.NewClient(b.Client()).DeleteTopics(context.Background(), topic)
		require.NoError(t, err)
		kafkatest.Eventually(t, time.Minute, "the topic can be made again", func() (bool, string) {
			res, err := kadm.NewClient(b.Client()).CreateTopic(context.Background(), 1, 1, nil, topic)
			return err == nil && res.Err == nil, fmt.Sprint(err, res.Err)
		})
		fresh, err := kgo.NewClient(kgo.SeedBrokers(b.Brokers())) // b's own knows the old topic's id
		require.NoError(t, err)
		defer fresh.Close()
		for range 3 {
			require.NoError(t, fresh.ProduceSync(context.Background(), &kgo.Record{Topic: topic}).FirstErr())
		}
		kafkatest.Eventually(t, time.Minute, "the new log is read", func() (bool, string) {
			got := seen.list()
			return len(got) >= 8, fmt.Sprint(got)
		})
		require.Equal(t, []string{"[0]@0", "[0]@1", "[0]@2"}, seen.list()[5:])
		b.WaitDone(group, topic)
		require.NoError(t, s.container("reader").Err())
	})
}
