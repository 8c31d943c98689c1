package factory_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func rebalance() listener.RebalanceListener {
	return listener.RebalanceListener{Lost: func(context.Context, []listener.TopicPartition) {}}
}

func TestExplicitPartitions(t *testing.T) {
	t.Parallel()
	s := one(t, "app.ids: 0-2", nil, on("a",
		listener.Partitions("orders", "${app.ids},7", listener.FromEnd(10)),
		listener.Partitions("refunds", "*", listener.FromBeginning()),
		listener.Partitions("audit", "3"), factory.Concurrency(3)))
	require.Equal(t, []spec.PartitionSet{
		{Topic: "orders", IDs: []int32{0, 1, 2, 7}, Start: listener.FromEnd(10)},
		{Topic: "refunds", Start: listener.FromBeginning()},
		{Topic: "audit", IDs: []int32{3}},
	}, s.Partitions)
	require.Empty(t, s.Topics)
	require.Equal(t, "a", s.Group, "offsets are committed for the group")
	require.Equal(t, 3, s.Concurrency)
	require.NotContains(t, s.Client, "partition.assignment.strategy")
	require.NotContains(t, s.Text, "assignor")
}

func TestConsumersWithoutAPartitionAreNoted(t *testing.T) {
	t.Parallel()
	three := factory.Concurrency(3)
	require.Contains(t, one(t, "", nil, on("a", listener.Partitions("orders", "0,1"), three)).Notes[0], "concurrency: 3 (code subscription_test.go:")
	require.Empty(t, one(t, "", nil, on("a", listener.Partitions("orders", "0,1"), listener.Partitions("refunds", "0"), three)).Notes)
	require.Empty(t, one(t, "", nil, on("a", listener.Partitions("orders", "*"), three)).Notes)
}

func TestConfigurationExchangesTopicsAndPartitions(t *testing.T) {
	t.Parallel()
	s := one(t, "kafka.listeners.a.partitions: [\"orders[1]@beginning\"]", nil, on("a", listener.Topics("orders")))
	require.Len(t, s.Partitions, 1)
	require.Empty(t, s.Topics)
	require.Contains(t, s.Notes[0], "topics (code subscription_test.go:")
	s = one(t, "kafka.listeners.a.topics: orders", nil, on("a", listener.Partitions("orders", "1")))
	require.Empty(t, s.Partitions)
	require.Equal(t, []string{"orders"}, s.Topics)
}

func TestWhatOnlyMembersHaveIsNotedBesidePartitions(t *testing.T) {
	t.Parallel()
	s := one(t, "kafka.consumer: {assignor: range, group-instance-id: pod}", nil, on("a", listener.Partitions("orders", "0")))
	require.Len(t, s.Notes, 2)
	require.Contains(t, s.Notes[0], "assignor: range (yaml:1) is not used")
	require.Contains(t, s.Notes[1], "group-instance-id: pod (yaml:1) is not used")
	require.NotContains(t, s.Client, "partition.assignment.strategy")
	require.NotContains(t, s.Client, "group.instance.id")
}

func TestBroadcast(t *testing.T) {
	t.Parallel()
	const global = "kafka.consumer.auto-offset-reset: earliest"
	cfg := yaml(t, global)
	listeners := []listener.Listener{
		on("prices", topic, listener.Broadcast()),
		on("rates", topic, listener.Broadcast(), listener.GroupID("shop")),
		on("replay", topic, listener.Broadcast(), factory.AutoOffsetReset(factory.Earliest)),
	}
	specs, err := factory.Specs(cfg, nil, listeners)
	require.NoError(t, err)
	require.Regexp(t, `^prices-[0-9a-f-]{36}$`, specs[0].Group)
	require.Regexp(t, `^shop-[0-9a-f-]{36}$`, specs[1].Group)
	require.Equal(t, spec.Latest, specs[0].Reset)
	require.Equal(t, "latest", specs[0].Client["auto.offset.reset"])
	require.Contains(t, specs[0].Notes[0], "auto-offset-reset: earliest (yaml:1) is not used")
	require.Equal(t, spec.Earliest, specs[2].Reset)
	require.Contains(t, specs[2].Notes[0], "reads everything again at every start")
	require.NotNil(t, specs[0].DeleteGroup)
	again, err := factory.Specs(cfg, nil, listeners)
	require.NoError(t, err)
	require.Equal(t, specs[0].Group, again[0].Group, "one group per listener and process")
	other, err := factory.Specs(yaml(t, global), nil, listeners)
	require.NoError(t, err)
	require.NotEqual(t, specs[0].Group, other[0].Group)
}

func TestAGroupThatCannotBeDeletedIsAnError(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, on("a", topic, listener.Broadcast(), factory.BootstrapServers("127.0.0.1:1")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, s.DeleteGroup(ctx))
}

func TestConfigurationTakesBroadcastBack(t *testing.T) {
	t.Parallel()
	s := one(t, "kafka.listeners.a.broadcast: false", nil, on("a", topic, listener.Broadcast()))
	require.Equal(t, "a", s.Group)
	require.Nil(t, s.DeleteGroup)
}

func TestAGeneratedHostNameIsNoted(t *testing.T) {
	t.Parallel()
	const pod = "orders-7d9f8b6c5d-x2x4z"
	cfg, err := config.Load(config.YAML(nil), config.Environ(), config.Hostname(pod))
	require.NoError(t, err)
	specs, err := factory.Specs(cfg, nil, []listener.Listener{
		on("a", topic, listener.GroupID("g-${hostname}")), on("b", topic, factory.GroupInstanceID("${hostname}")),
	})
	require.NoError(t, err)
	require.Contains(t, specs[0].Notes[0], "looks generated")
	require.Contains(t, specs[1].Notes[0], "looks generated")
}
