package e2e

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestKeepJoinsTheGroupAsItIs: a member that keeps the group's assignor shares
// with members of another one, and begins a group with the default.
func TestKeepJoinsTheGroupAsItIs(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		for existing, want := range map[string]string{"range": "range", "keep": "cooperative-sticky"} {
			topic, group := b.NewTopic("keep", 4), b.Unique("keep")
			member := func(assignor string) {
				serve(t, b, listener.On("a", func(context.Context, listener.Record[string]) error { return nil },
					listener.Topics(topic), listener.GroupID(group), factory.Assignor(assignor), factory.Concurrency(2)))
			}
			member(existing)
			b.WaitMembers(group, 2)
			member("keep")
			b.WaitMembers(group, 4)
			waitAssigned(t, b, group, 4)
			require.Equal(t, want, b.Group(group).Protocol)
		}
	}, quickHeartbeats)
}

// TestAnotherAssignorIsNamed: a member that the group does not take in says
// who speaks what, and which setting decides, and comes in when the others go.
func TestAnotherAssignorIsNamed(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("clash", 2), b.Unique("clash")
		member := func(opts ...listener.Option) *service {
			return serve(t, b, listener.On("a", func(context.Context, listener.Record[string]) error { return nil },
				append(opts, listener.Topics(topic), listener.GroupID(group))...))
		}
		old := member(factory.Assignor("range"))
		waitAssigned(t, b, group, 2)
		late := member()
		late.waitsFor(t, "a", group, "use range", "cooperative-sticky", "assignor", "docs/migration.md")
		_, err := old.stop()
		require.NoError(t, err)
		waitAssigned(t, b, group, 2)
		late.isWell(t, "a")
	}, quickHeartbeats)
}

// TestBroadcastReachesEveryInstance: each instance has a group of its own,
// which is gone after a clean stop. The handlers are those of a plain client.
func TestBroadcastReachesEveryInstance(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("broadcast", 2)
		kafkatest.ProduceValues(b, topic, numbers(10)...) // before anybody listens
		var calls [2]atomic.Int64
		var instances []*service
		for i := range calls {
			s := serve(t, b, listener.OnMessage("prices", func(context.Context, *kafka.Message) error { calls[i].Add(1); return nil },
				listener.Topics(topic), listener.Broadcast()))
			waitAssigned(t, b, s.container("prices").Group(), 2)
			instances = append(instances, s)
		}
		eventually(t, "latest is known", func() (bool, string) {
			n := len(b.Committed(instances[0].container("prices").Group(), topic)) + len(b.Committed(instances[1].container("prices").Group(), topic))
			return n == 4, fmt.Sprint(n, " partitions")
		})
		kafkatest.ProduceValues(b, topic, numbers(100)...)
		eventually(t, "every instance has every record", func() (bool, string) {
			a, c := calls[0].Load(), calls[1].Load()
			return a == 100 && c == 100, fmt.Sprint(a, " and ", c)
		})
		for _, s := range instances {
			group := s.container("prices").Group()
			_, err := s.stop()
			require.NoError(t, err)
			eventually(t, "the group is deleted", func() (bool, string) { return b.Group(group).State == "Dead", b.Group(group).State })
		}
	}, quickHeartbeats)
}
