package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestLatestClaimsItsPosition: a new group under latest commits where it
// begins, before it has seen a record, so that a restart skips nothing.
func TestLatestClaimsItsPosition(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("latest", 2), b.Unique("latest")
		b.Produce(topic, old(0, 5)...)
		var seen log[int64]
		s := serve(t, b, listener.On("latest", func(_ context.Context, r listener.Record[string]) error {
			seen.add(r.Offset)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AutoOffsetReset(spec.Latest)))
		b.WaitCommitted(group, topic, 0, 5)
		b.WaitCommitted(group, topic, 1, 0) // of an empty partition, too
		_, err := s.stop()
		require.NoError(t, err)
		b.Produce(topic, old(0, 3)...)
		b.Produce(topic, old(1, 1)...)
		require.NoError(t, s.container("latest").Start(context.Background()))
		b.WaitDone(group, topic)
		require.ElementsMatch(t, []int64{5, 6, 7, 0}, seen.list())
	})
}

func old(partition int32, n int) []kafkatest.Record {
	out := make([]kafkatest.Record, n)
	for i, v := range numbers(n) {
		out[i] = kafkatest.Value(v).OnPartition(partition)
	}
	return out
}

// TestNoOffsetEndsTheListener: under none, a partition without an offset ends
// its listener, which names it; the others live.
func TestNoOffsetEndsTheListener(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group, other := b.NewTopic("none", 3), b.Unique("none"), b.Unique("lives")
		b.Commit(group, topic, 0, kafkatest.Commit{Offset: 0})
		b.Commit(group, topic, 2, kafkatest.Commit{Offset: 0})
		var strict, lives log[string]
		into := func(l *log[string]) func(context.Context, listener.Record[string]) error {
			return func(_ context.Context, r listener.Record[string]) error { l.add(r.Value); return nil }
		}
		s := serve(t, b,
			listener.On("strict", into(&strict), listener.Topics(topic), listener.GroupID(group),
				factory.AutoOffsetReset(spec.NoReset), factory.Concurrency(2)),
			listener.On("lives", into(&lives), listener.Topics(topic), listener.GroupID(other)),
		)
		k := s.container("strict")
		select {
		case <-k.Done():
		case <-time.After(patience):
			t.Fatal("the listener has not ended")
		}
		var missing *container.NoOffsetError
		require.ErrorAs(t, k.Err(), &missing)
		require.Equal(t, []broker.Partition{{Topic: topic, ID: 1}}, missing.Partitions)
		require.Equal(t, group, missing.Group)
		require.Equal(t, container.Failed, k.Status().State)
		b.WaitMembers(group, 0)
		b.Produce(topic, old(1, 3)...)
		lives.wait(t, 3)
		require.Equal(t, container.Running, s.container("lives").Status().State)
		require.Empty(t, strict.list())

		b.Commit(group, topic, 1, kafkatest.Commit{Offset: 2}) // the way out that the error names
		require.NoError(t, k.Start(context.Background()))
		require.Equal(t, []string{"2"}, strict.wait(t, 1))
		require.NoError(t, k.Err())
	})
}
