package e2e

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// waitHealth waits until a listener is well, or not, for a reason.
func waitHealth(t testing.TB, k *container.Container, status container.HealthStatus, reason string) {
	t.Helper()
	kafkatest.Eventually(t, time.Minute, fmt.Sprintf("%s is %s: %q", k.ID(), status, reason), func() (bool, string) {
		h := k.Health()
		return h.Status == status && h.Reason == reason, fmt.Sprintf("%s: %q", h.Status, h.Reason)
	})
}

func TestTopicThatIsCreatedLate(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		for _, protocol := range []string{"classic", "consumer"} {
			t.Run(protocol, func(t *testing.T) {
				t.Parallel()
				b := kafkatest.At(t, b.Brokers())
				properties := maps.Clone(quick)
				if protocol == "consumer" {
					properties = map[string]any{"group.protocol": protocol}
				}
				topic := b.Unique("late")
				var got log[string]
				s := serveWith(t, b, map[string]any{propertiesKey: properties},
					listener.On(topic, func(_ context.Context, r listener.Record[string]) error {
						got.add(r.Value)
						return nil
					}, listener.Topics(topic)))
				k := s.container(topic)
				waitHealth(t, k, container.HealthDown, "waits for topic "+topic)
				b.CreateTopic(topic, 2)
				b.Produce(topic, kafkatest.KV([]byte("k"), []byte("v")))
				began := time.Now()
				waitHealth(t, k, container.HealthUp, "")
				got.wait(t, 1)
				t.Logf("%s: it went on after %s", protocol, time.Since(began))
			})
		}
	})
}

func TestResizeUnderLoad(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("resize", 8)
		var seen tally
		s := serve(t, b, listener.On(topic, seen.Handle, listener.Topics(topic)))
		k := s.container(topic)
		n := 0
		for _, size := range []int{8, 2} {
			require.NoError(t, k.SetConcurrency(size))
			eventually(t, fmt.Sprintf("%d members with partitions", size), func() (bool, string) {
				pour(b, topic, n)
				n += 40
				return spread(b, topic) == size && len(k.Status().Consumers) == size, fmt.Sprintf("%d members", spread(b, topic))
			})
		}
		seen.complete(t, b, topic, topic)
		records, calls := seen.count()
		require.Equal(t, n, records)
		t.Logf("%d records in %d calls", records, calls)
	})
}

// pour writes 40 records to 8 partitions.
func pour(b *kafkatest.Broker, topic string, from int) {
	records := make([]kafkatest.Record, 40)
	for i := range records {
		records[i] = kafkatest.KV(fmt.Append(nil, from+i), []byte("v")).OnPartition(int32(i % 8))
	}
	b.Produce(topic, records...)
}

// spread counts the members of a group that have partitions, and is 0 where
// some have none.
func spread(b *kafkatest.Broker, group string) int {
	members := b.Members(group)
	for _, m := range members {
		if m.Assigned() == 0 {
			return 0
		}
	}
	return len(members)
}
