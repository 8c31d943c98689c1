package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func newAdmin(t *testing.T, b *kafkatest.Broker) *admin.Admin {
	t.Helper()
	cfg, err := config.Load(config.Map(map[string]any{"kafka.bootstrap-servers": b.Brokers(), "kafka.admin.operation-timeout": "20s"}), config.Environ())
	require.NoError(t, err)
	a, err := admin.New(cfg)
	require.NoError(t, err)
	t.Cleanup(a.Close)
	return a
}

// described waits until the topic is as it is to be: brokers hear of it by and by.
func described(t *testing.T, a *admin.Admin, topic string, partitions int) admin.TopicDescription {
	t.Helper()
	var d admin.TopicDescription
	eventually(t, "the topic is described", func() (bool, string) {
		all, err := a.DescribeTopics(t.Context(), topic)
		if err != nil || len(all) != 1 {
			return false, fmt.Sprint(err)
		}
		d = all[0]
		return len(d.Partitions) == partitions, fmt.Sprint(len(d.Partitions), " partitions")
	})
	return d
}

func TestAdminTopics(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		a, name := newAdmin(t, b), b.Unique("admin")
		topic := admin.NewTopic(name, admin.Partitions(3), admin.Replicas(1), admin.Config("cleanup.policy", "compact"))
		require.NoError(t, a.CreateTopics(t.Context(), topic))
		d := described(t, a, name, 3)
		require.Equal(t, 1, d.Replicas())
		require.Equal(t, "compact", d.Config["cleanup.policy"])
		err := a.CreateTopics(t.Context(), topic)
		require.ErrorIs(t, err, admin.ErrTopicExists)
		require.ErrorContains(t, err, fmt.Sprintf("create topic %q: the topic exists already", name))
		_, err = a.DescribeTopics(t.Context(), b.Unique("nowhere"))
		require.ErrorIs(t, err, admin.ErrUnknownTopic)
		require.ErrorIs(t, a.DeleteTopics(t.Context(), b.Unique("nowhere")), admin.ErrUnknownTopic)
		require.ErrorContains(t, a.CreateTopics(t.Context(), admin.NewTopic("no such name!")), "can't be the name of a topic")
		require.NoError(t, a.DeleteTopics(t.Context(), name))
		eventually(t, "the topic is gone", func() (bool, string) {
			_, err := a.DescribeTopics(t.Context(), name)
			return errors.Is(err, admin.ErrUnknownTopic), fmt.Sprint(err)
		})
	})
}

// TestAdminDeclare: partitions only ever grow, other differences are said, and
// changed where that is wanted.
func TestAdminDeclare(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		a, name := newAdmin(t, b), b.Unique("declared")
		t.Cleanup(func() { _ = a.DeleteTopics(context.Background(), name) })
		declare := func(modify bool, opts ...admin.TopicOption) []event.Event {
			events, err := a.Declare(t.Context(), modify, admin.NewTopic(name, opts...))
			require.NoError(t, err)
			return events
		}
		require.Equal(t, []event.Event{event.TopicCreated{Topic: name, Partitions: 2, Replicas: 1}}, declare(false, admin.Partitions(2), admin.Replicas(1)))
		described(t, a, name, 2)
		require.Empty(t, declare(false, admin.Partitions(2), admin.Replicas(1)))
		require.Equal(t, []event.Event{event.TopicExpanded{Topic: name, From: 2, To: 4}}, declare(false, admin.Partitions(4)))
		described(t, a, name, 4)
		require.Equal(t, []event.Event{
			event.TopicDiffers{Topic: name, Setting: "partitions", Declared: "3", Actual: "4"},
			event.TopicDiffers{Topic: name, Setting: "replicas", Declared: "2", Actual: "1"},
			event.TopicDiffers{Topic: name, Setting: "retention.ms", Declared: "1000000", Actual: described(t, a, name, 4).Config["retention.ms"]},
		}, declare(false, admin.Partitions(3), admin.Replicas(2), admin.Config("retention.ms", "1000000")))
		require.NotEqual(t, "1000000", described(t, a, name, 4).Config["retention.ms"])
		changed := declare(true, admin.Config("retention.ms", "1000000"))
		require.Len(t, changed, 1)
		require.True(t, changed[0].(event.TopicDiffers).Changed)
		eventually(t, "the setting is changed", func() (bool, string) {
			is := described(t, a, name, 4).Config["retention.ms"]
			return is == "1000000", is
		})
		require.Empty(t, declare(true, admin.Config("retention.ms", "1000000")))
	})
}

// TestAdminGroups: offsets and lag, and the reset of a group, which is refused while it is alive.
func TestAdminGroups(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		a, topic, group := newAdmin(t, b), b.NewTopic("reset", 2), b.Unique("reset")
		base := time.Now().Add(-time.Minute) // what is old is deleted by a real broker
		var records []kafkatest.Record
		for i := range 10 {
			records = append(records, kafkatest.Value(fmt.Sprint(i)).OnPartition(int32(i%2)).At(base.Add(time.Duration(i)*time.Second)))
		}
		b.Produce(topic, records...)
		_, err := a.Offsets(t.Context(), group)
		require.ErrorIs(t, err, admin.ErrUnknownGroup)
		_, err = a.Group(t.Context(), group)
		require.ErrorIs(t, err, admin.ErrUnknownGroup)

		r := kafkatest.NewRecorder[string](t)
		s := serve(t, b, listener.On("reset", r.Handle, listener.Topics(topic), listener.GroupID(group)))
		r.Wait(10)
		b.WaitCommitted(group, topic, 0, 5)
		b.WaitCommitted(group, topic, 1, 5)
		g, err := a.Group(t.Context(), group)
		require.NoError(t, err)
		require.Len(t, g.Members, 1)
		_, err = a.ResetOffsets(t.Context(), group, admin.ToBeginning())
		require.ErrorIs(t, err, admin.ErrGroupHasMembers)
		require.ErrorContains(t, err, g.Members[0].ClientID)
		require.ErrorIs(t, a.DeleteGroup(t.Context(), group), admin.ErrGroupHasMembers)
		_, err = s.stop()
		require.NoError(t, err)

		offsets, err := a.Offsets(t.Context(), group)
		require.NoError(t, err)
		require.Equal(t, []admin.GroupOffset{
			{Topic: topic, Partition: 0, Committed: 5, End: 5}, {Topic: topic, Partition: 1, Committed: 5, End: 5},
		}, offsets)
		require.Zero(t, offsets[0].Lag())
		for _, step := range []struct {
			to   admin.Target
			want [2]int64
		}{
			{admin.ToBeginning(), [2]int64{0, 0}},
			{admin.ToEnd(), [2]int64{5, 5}},
			{admin.ToOffset(3), [2]int64{3, 3}},
			{admin.ToOffset(99), [2]int64{5, 5}},
			{admin.ToTime(base.Add(2500 * time.Millisecond)), [2]int64{2, 1}},
			{admin.ToTime(time.Now().Add(time.Hour)), [2]int64{5, 5}},
		} {
			got, err := a.ResetOffsets(t.Context(), group, step.to)
			require.NoError(t, err)
			require.Equal(t, step.want, [2]int64{got[0].Committed, got[1].Committed}, "%+v", step.to)
			require.Equal(t, 5-step.want[0], got[0].Lag())
			committed := b.Committed(group, topic)
			require.Equal(t, step.want, [2]int64{committed[0], committed[1]})
		}
		_, err = a.ResetOffsets(t.Context(), group, admin.Target{})
		require.ErrorContains(t, err, "no target")

		fresh := b.Unique("fresh")
		_, err = a.ResetOffsets(t.Context(), fresh, admin.ToEnd())
		require.ErrorIs(t, err, admin.ErrUnknownGroup)
		got, err := a.ResetOffsets(t.Context(), fresh, admin.ToEnd(), topic)
		require.NoError(t, err, "a group may be placed before its first start")
		require.Len(t, got, 2)
		require.NoError(t, a.DeleteGroup(t.Context(), fresh))
		require.NoError(t, a.DeleteGroup(t.Context(), group))
		require.NoError(t, a.DeleteGroup(t.Context(), group), "deleted already")
		_, err = a.Group(t.Context(), group)
		require.ErrorIs(t, err, admin.ErrUnknownGroup)
	})
}

// TestAdminContexts: calls end with their context, and say who does not answer.
func TestAdminContexts(t *testing.T) {
	t.Parallel()
	a, err := admin.Connect(map[string]string{"bootstrap.servers": "127.0.0.1:1", "group.id": "left out"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errOnPurpose)
	began := time.Now()
	require.ErrorIs(t, a.CreateTopics(ctx, admin.NewTopic("orders")), errOnPurpose)
	late, cancelLate := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancelLate()
	_, err = a.ResetOffsets(late, "g", admin.ToEnd())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, admin.ErrNoAnswer)
	require.Less(t, time.Since(began), 5*time.Second)
	a.Close()
	a.Close()
	_, err = a.TopicNames(t.Context())
	require.ErrorIs(t, err, admin.ErrClosed)
	_, err = admin.Connect(map[string]string{"no.such": "property"})
	require.ErrorContains(t, err, "no.such")
}

// TestAdminOffsetsWhileTheCoordinatorMoves: the client alone would end the
// process here, as its admin client has no group whose coordinator it could ask for.
func TestAdminOffsetsWhileTheCoordinatorMoves(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	topic, group := b.NewTopic("moving", 1), b.Unique("moving")
	b.Produce(topic, kafkatest.Value("x"))
	b.Commit(group, topic, 0, kafkatest.Commit{Offset: 1})
	var refused atomic.Int32
	b.Cluster().ControlKey(int16(kmsg.OffsetFetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		const elsewhere = 16
		if refused.Add(1) > 2 {
			return nil, nil, false
		}
		b.Cluster().KeepControl()
		r := req.(*kmsg.OffsetFetchRequest)
		resp := r.ResponseKind().(*kmsg.OffsetFetchResponse)
		resp.ErrorCode = elsewhere
		for _, g := range r.Groups {
			of := kmsg.NewOffsetFetchResponseGroup()
			of.Group, of.ErrorCode = g.Group, elsewhere
			resp.Groups = append(resp.Groups, of)
		}
		return resp, nil, true
	})
	offsets, err := newAdmin(t, b).Offsets(t.Context(), group)
	require.NoError(t, err)
	require.Equal(t, []admin.GroupOffset{{Topic: topic, Committed: 1, End: 1}}, offsets)
	require.GreaterOrEqual(t, refused.Load(), int32(2))
}
