package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// serveSpec starts one listener whose spec change has changed.
func serveSpec(t testing.TB, b *kafkatest.Broker, l listener.Listener, change func(*container.Spec)) *service {
	t.Helper()
	s := &service{t: t, b: b}
	cfg, err := config.Load(config.Map(settings(b.Brokers(), nil)), config.Environ())
	require.NoError(t, err)
	specs, err := factory.Specs(cfg, nil, []listener.Listener{l})
	require.NoError(t, err)
	change(&specs[0])
	s.reg = container.NewRegistry(event.ObserverFunc(s.observe), specs)
	require.NoError(t, s.reg.Start(context.Background()))
	t.Cleanup(s.close)
	return s
}

// TestSeek moves partitions of a running listener, each time to another kind of
// position, and looks at what comes next and at what the group has in the end.
func TestSeek(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("seek", 2), b.Unique("seek")
		b.Produce(topic, append(old(0, 10), old(1, 10)...)...)
		var seen log[string]
		s := serve(t, b, listener.On("mover", func(_ context.Context, r listener.Record[string]) error {
			seen.add(fmt.Sprintf("%d@%d", r.Partition, r.Offset))
			return nil
		}, listener.Topics(topic), listener.GroupID(group)))
		seen.wait(t, 20)
		k, ctx := s.container("mover"), context.Background()
		count := 20
		for _, move := range []struct {
			to   listener.Position
			from int64 // of the ten
		}{
			{listener.FromBeginning(), 0},
			{listener.FromOffset(7), 7},
			{listener.FromEnd(2), 8},
			{listener.FromCurrent(-4), 6},
			{listener.FromEnd(0), 10},
			{listener.FromTime(time.Now().Add(-time.Hour)), 0},
			{listener.FromTime(time.Now().Add(time.Hour)), 10},
		} {
			began := time.Now()
			require.NoError(t, k.Seek(ctx, topic, 1, move.to), "%s", move.to)
			require.Less(t, time.Since(began), 3*time.Second)
			count += 10 - int(move.from)
			got := seen.wait(t, count)
			for i, offset := count-(10-int(move.from)), move.from; i < count; i, offset = i+1, offset+1 {
				require.Equal(t, fmt.Sprintf("1@%d", offset), got[i], "%s", move.to)
			}
		}
		b.WaitDone(group, topic)
		require.NoError(t, k.SeekAll(ctx, listener.FromEnd(1)))
		got := seen.wait(t, count+2)[count:]
		slices.Sort(got)
		require.Equal(t, []string{"0@9", "1@9"}, got)
		b.Produce(topic, append(old(0, 1), old(1, 1)...)...)
		seen.wait(t, count+4)
		b.WaitDone(group, topic)
		require.Len(t, waitFound[event.Sought](s, 9), 9)
		require.NoError(t, k.Err())
	})
}

// TestExplicitPartitions reads some partitions without the group's say, from
// positions that every start applies, and finds those that come later.
func TestExplicitPartitions(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, late, group := b.NewTopic("explicit", 3), b.Unique("explicit-late"), b.Unique("explicit")
		b.Produce(topic, slices.Concat(old(0, 5), old(1, 5), old(2, 5))...)
		var seen log[string]
		l := listener.On("reader", func(_ context.Context, r listener.Record[string]) error {
			seen.add(fmt.Sprintf("%d@%d %s", r.Partition, r.Offset, strings.TrimPrefix(r.Topic, late)))
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.Concurrency(2))
		s := serveSpec(t, b, l, func(sp *container.Spec) {
			sp.Topics = nil
			sp.Partitions = []spec.PartitionSet{
				{Topic: topic, IDs: []int32{0}, Start: listener.FromEnd(2)},
				{Topic: topic, IDs: []int32{2}, Start: listener.FromBeginning()},
				{Topic: late, Start: listener.FromEnd(0)},
			}
		})
		seen.wait(t, 7)
		eventually(t, "commits", func() (bool, string) {
			c := b.Committed(group, topic)
			_, other := c[1]
			return c[0] == 5 && c[2] == 5 && !other, fmt.Sprint(c)
		})
		_, err := s.stop()
		require.NoError(t, err)
		require.NoError(t, s.container("reader").Start(context.Background()))
		seen.wait(t, 14)
		require.Len(t, seen.list(), 14)
		b.CreateTopic(late, 1)
		eventually(t, "the late topic is read", func() (bool, string) {
			n := 0
			for _, c := range s.container("reader").Status().Consumers {
				n += len(c.Partitions)
			}
			return n == 3, fmt.Sprintf("%d partitions", n)
		})
		b.Produce(late, old(0, 3)...)
		got := seen.wait(t, 17)
		require.Equal(t, []string{"0@0 ", "0@1 ", "0@2 "}, got[14:])
	})
}
