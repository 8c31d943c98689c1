package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestGroupsDoNotAffectEachOther: two groups and two broadcast instances read
// one topic; one group never acknowledges, one fails.
func TestGroupsDoNotAffectEachOther(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, good, stuck := b.NewTopic("groups", 2), b.Unique("good"), b.Unique("stuck")
		var n [4]atomic.Int64
		count := func(i int) func(context.Context, listener.Record[string]) error {
			return func(context.Context, listener.Record[string]) error { n[i].Add(1); return nil }
		}
		random := listener.GroupID(b.Unique("all") + "-${random.uuid}")
		serve(t, b,
			listener.On("good", count(0), listener.Topics(topic), listener.GroupID(good)),
			listener.On("stuck", func(context.Context, listener.Record[string]) error { n[1].Add(1); return errors.New("never") },
				listener.Topics(topic), listener.GroupID(stuck)),
		)
		one := serve(t, b, listener.On("all", count(2), listener.Topics(topic), random))
		two := serve(t, b, listener.On("all", count(3), listener.Topics(topic), random))
		require.NotEqual(t, one.container("all").Group(), two.container("all").Group())
		kafkatest.ProduceValues(b, topic, numbers(100)...)
		for _, i := range []int{0, 2, 3} {
			eventually(t, "100 records each", func() (bool, string) { return n[i].Load() == 100, fmt.Sprint(i, ": ", n[i].Load()) })
		}
		ends := b.LogEnds(topic)
		for p, end := range ends {
			b.WaitCommitted(good, topic, p, end)
		}
		// At least one of the two partitions has its third attempt then.
		eventually(t, "the one that fails is asked again", func() (bool, string) { n := n[1].Load(); return n > 4, fmt.Sprint(n) })
		require.Empty(t, b.Committed(stuck, topic))
	})
}

// TestSlowHandlerKeepsItsMembership: a handler sleeps for twice
// max.poll.interval. The member stays, and its other partition goes on.
func TestSlowHandlerKeepsItsMembership(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		const interval = 10 * time.Second // a session, too, which can't be longer
		topic, group := b.NewTopic("slow", 2), b.Unique("slow")
		for p := range int32(2) {
			b.Produce(topic, kafkatest.Value("0").OnPartition(p))
		}
		var others, slow atomic.Int64
		s := serveWith(t, b, session(nil, interval), listener.On("slow", func(_ context.Context, r listener.Record[string]) error {
			if r.Partition == 0 && r.Offset == 0 {
				<-time.After(2 * interval)
				slow.Add(1)
				return nil
			}
			others.Add(1)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.Workers(2), factory.AckMode(ackmode.Record),
			factory.MaxPollInterval(interval), factory.HandlerTimeout(time.Minute)))
		waitAssigned(t, b, group, 2)
		for i := int64(1); slow.Load() == 0; i++ {
			b.Produce(topic, kafkatest.Value("x").OnPartition(1))
			eventually(t, "the other partition goes on", func() (bool, string) { return others.Load() > i, fmt.Sprint(others.Load()) })
			<-time.After(200 * time.Millisecond)
		}
		b.WaitCommitted(group, topic, 0, 1)
		require.Len(t, found[event.Assigned](s), 1, "it never had to join again")
		require.Empty(t, found[event.Lost](s))
		require.EqualValues(t, 1, slow.Load(), "the record ran once")
	}, kafkatest.MinSessionTimeout(time.Second))
}
