package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/kafkatest"
)

// consumerOnly are settings of a listener's client that an admin client has no use for.
var consumerOnly = map[string]string{
	"group.id": "any", "auto.offset.reset": "error", "max.poll.interval.ms": "300000", "group.instance.id": "x",
	"partition.assignment.strategy": "range", "enable.auto.commit": "false", "fetch.wait.max.ms": "50",
}

func openAdmin(t *testing.T, brokers string) broker.Admin {
	t.Helper()
	config := maps.Clone(consumerOnly)
	config["bootstrap.servers"], config["client.id"] = brokers, "admin-test"
	var mu sync.Mutex
	var warnings []string
	a, err := broker.OpenAdmin(config, func(_ int, tag, text string) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(tag, "CONF") {
			warnings = append(warnings, text)
		}
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		a.Close()
		a.Close()
		require.Empty(t, warnings)
	})
	return a
}

// member joins a group with a client called me-0, and commits 5 for partition 2.
func member(t *testing.T, brokers, group, topic string, properties map[string]any) (leave func()) {
	t.Helper()
	config := map[string]string{"bootstrap.servers": brokers, "group.id": group, "client.id": "me-0"}
	for k, v := range properties {
		config[k] = fmt.Sprint(v)
	}
	c, err := broker.Open(broker.Params{Config: config})
	require.NoError(t, err)
	require.NoError(t, c.Subscribe([]string{topic}, reader{}))
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		var turn broker.Turn
		committed := false
		for {
			select {
			case <-quit:
				_ = c.Close()
				return
			default:
			}
			c.Next(broker.Limits{Wait: 50 * time.Millisecond, Records: 100, Bytes: 1 << 20}, &turn)
			if !committed {
				_, err := c.Commit([]broker.Offset{{Partition: broker.Partition{Topic: topic, ID: 2}, Offset: 5}})
				committed = err == nil
			}
		}
	}()
	leave = sync.OnceFunc(func() { close(quit); <-done })
	t.Cleanup(leave)
	return leave
}

// A reader owns partitions from where they begin.
type reader struct{}

func (reader) Assigned(parts []broker.Partition) []broker.Assignment {
	out := make([]broker.Assignment, len(parts))
	for i, p := range parts {
		out[i] = broker.Assignment{Partition: p, Start: broker.Offset{Partition: p, Offset: broker.Beginning}, Epoch: 1}
	}
	return out
}
func (reader) Revoked([]broker.Partition) {}
func (reader) Lost([]broker.Partition)    {}

// TestAdminGroup: both protocols, as the coordinator tells them; groups that
// are not there; groups that are deleted.
func TestAdminGroup(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				topic, group := b.NewTopic("admin", 3), b.Unique("admin")
				a, ctx := openAdmin(t, b.Brokers()), t.Context()
				g, err := a.Group(ctx, group)
				require.NoError(t, err)
				require.False(t, g.Exists, "%+v", g)
				require.NoError(t, a.DeleteGroup(ctx, group), "there is nothing to delete")

				leave := member(t, b.Brokers(), group, topic, p.properties)
				b.WaitMembers(group, 1)
				waitAssigned(t, b, group, 3)
				g, err = a.Group(ctx, group)
				require.NoError(t, err)
				t.Logf("%+v", g)
				require.True(t, g.Exists)
				require.Equal(t, "Stable", g.State)
				require.Len(t, g.Members, 1)
				require.Equal(t, "me-0", g.Members[0].ClientID)
				require.NotEmpty(t, g.Members[0].ID)
				require.NotEmpty(t, g.Members[0].Host)
				require.Len(t, g.Members[0].Partitions, 3)
				if p.name == "consumer" {
					require.Equal(t, "consumer", g.Protocol)
				} else {
					require.Equal(t, "classic", g.Protocol)
					require.Contains(t, p.properties["partition.assignment.strategy"], g.Assignor)
				}
				require.True(t, g.Allowed.Allow("DELETE") || !g.Allowed.Known(), "%v", g.Allowed)
				var ce *broker.ClientError
				require.ErrorAs(t, a.DeleteGroup(ctx, group), &ce, "it has members")
				require.Equal(t, "delete group", ce.Op)

				parts := []broker.Partition{{Topic: topic, ID: 2}, {Topic: topic, ID: 0}}
				b.WaitCommitted(group, topic, 2, 5)
				offsets, err := a.Offsets(ctx, group, parts)
				require.NoError(t, err)
				require.Equal(t, []int64{5, broker.None}, []int64{offsets[0].Offset, offsets[1].Offset})
				require.NoError(t, errors.Join(offsets[0].Err, offsets[1].Err))

				leave()
				b.WaitMembers(group, 0)
				require.NoError(t, a.DeleteGroup(ctx, group))
				g, err = a.Group(ctx, group)
				require.NoError(t, err)
				require.False(t, g.Exists)
				offsets, err = a.Offsets(ctx, group, parts)
				if err == nil { // real brokers and embedded ones differ in what they say of a group that is gone
					require.Equal(t, broker.None, offsets[0].Offset)
				} else {
					require.ErrorAs(t, err, &ce)
					require.Equal(t, 69, ce.Code)
				}
			}, quickHeartbeats)
		})
	}
}

// TestAdminCluster: what a cluster says of itself and of its topics.
func TestAdminCluster(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("admin", 3, kafkatest.TopicSetting{Key: "min.insync.replicas", Value: "1"})
		a, ctx := openAdmin(t, b.Brokers()), t.Context()
		c, err := a.Cluster(ctx)
		require.NoError(t, err)
		t.Logf("%+v", c)
		require.NotEmpty(t, c.ID)
		require.NotEmpty(t, c.Nodes)
		require.Contains(t, b.Brokers(), c.Nodes[0].Address)

		names, err := a.TopicNames(ctx)
		require.NoError(t, err)
		require.True(t, slices.IsSorted(names))
		require.Contains(t, names, topic)

		missing := b.Unique("missing")
		topics, err := a.DescribeTopics(ctx, []string{topic, missing, topic})
		require.NoError(t, err)
		t.Logf("%+v", topics)
		require.Len(t, topics, 3)
		require.NoError(t, topics[0].Err)
		require.Len(t, topics[0].Partitions, 3)
		require.Equal(t, 1, topics[0].Partitions[2].Replicas)
		require.Equal(t, 1, topics[0].Partitions[2].InSync)
		require.Equal(t, topics[0], topics[2])
		var ce *broker.ClientError
		require.ErrorAs(t, topics[1].Err, &ce)
		require.Equal(t, broker.MissingTopic, ce.Class)

		settings, err := a.TopicConfigs(ctx, topic)
		require.NoError(t, err)
		require.Equal(t, "1", settings["min.insync.replicas"])

		b.Produce(topic, kafkatest.Value("x").OnPartition(1))
		parts := []broker.Partition{{Topic: topic, ID: 1}, {Topic: topic, ID: 0}, {Topic: topic, ID: 7}}
		ends, err := a.LogEnds(ctx, parts)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 0}, []int64{ends[0].Offset, ends[1].Offset})
		require.Error(t, ends[2].Err)
		starts, err := a.LogStarts(ctx, parts[:2])
		require.NoError(t, err)
		require.Equal(t, []int64{0, 0}, []int64{starts[0].Offset, starts[1].Offset})
	})
}

// TestAdminWithoutAnswer: the context's end is the call's end, and the client's
// own lines say why there is no answer.
func TestAdminWithoutAnswer(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 1000)
	a, err := broker.OpenAdmin(map[string]string{"bootstrap.servers": "127.0.0.1:1"}, func(_ int, _, text string) { lines <- text })
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = a.Group(ctx, "g")
	var ce *broker.ClientError
	require.ErrorAs(t, err, &ce)
	require.Equal(t, broker.Transient, ce.Class)
	require.Less(t, time.Since(began), 3*time.Second)
	a.Close()
	close(lines)
	var all []string
	for l := range lines {
		all = append(all, l)
	}
	require.Contains(t, fmt.Sprint(all), "Connection refused")
	_, err = a.Cluster(t.Context())
	require.ErrorIs(t, err, broker.ErrClosed)
}
