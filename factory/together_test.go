package factory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func TestListenersOfOneGroup(t *testing.T) {
	t.Parallel()
	group := listener.GroupID("g")
	tests := []struct {
		name string
		a, b []listener.Option
		says string // "" is no fault
	}{
		{"the same settings", []listener.Option{topic}, []listener.Option{topic}, ""},
		{"assignors", []listener.Option{topic}, []listener.Option{topic, factory.Assignor("range")}, `assignor (code together_test.go:`},
		{"assignors with one in common", []listener.Option{topic, factory.Assignor("range,roundrobin")}, []listener.Option{topic, factory.Assignor("range")}, ""},
		{"keep beside another", []listener.Option{topic, factory.Assignor("keep")}, []listener.Option{topic}, "choose one for all members"},
		{"protocols", []listener.Option{topic}, []listener.Option{topic, factory.GroupProtocol("consumer")}, `group-protocol (code together_test.go:`},
		{"static ids", []listener.Option{topic, factory.GroupInstanceID("pod")}, []listener.Option{topic, factory.GroupInstanceID("pod")}, ""},
		{"static ids that are one", []listener.Option{topic, factory.GroupInstanceID("pod-a")}, []listener.Option{topic, factory.GroupInstanceID("pod")}, `the static id "pod-a-x-0"`},
		{"partitions beside a subscription", []listener.Option{topic}, []listener.Option{listener.Partitions("t", "0")}, "give one of them another group-id"},
		{"subscription beside partitions", []listener.Option{listener.Partitions("t", "0")}, []listener.Option{topic}, "topics (code"},
		{"partitions of their own", []listener.Option{listener.Partitions("t", "0")}, []listener.Option{listener.Partitions("t", "1"), listener.Partitions("u", "0")}, ""},
		{"partitions in common", []listener.Option{listener.Partitions("t", "0-3")}, []listener.Option{listener.Partitions("t", "3")}, "reads t[3]"},
		{"all partitions and some", []listener.Option{listener.Partitions("t", "3")}, []listener.Option{listener.Partitions("t", "*")}, "reads t[*]"},
		{"another cluster", []listener.Option{topic}, []listener.Option{topic, factory.Assignor("range"), factory.BootstrapServers("elsewhere:9092")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ids := [2]string{"a", "b"}
			if tt.name == "static ids that are one" {
				ids = [2]string{"x", "a-x"}
			}
			_, err := factory.Specs(yaml(t, ""), nil, []listener.Listener{
				on(ids[0], append(tt.a, group)...), on(ids[1], append(tt.b, group)...),
			})
			if tt.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, factory.ErrContradiction)
			require.ErrorContains(t, err, tt.says)
			require.ErrorContains(t, err, `listener "`+ids[1]+`" (factory/factory_test.go:`)
		})
	}
}

func TestListenersThatShareAGroupAreNoted(t *testing.T) {
	t.Parallel()
	specs, err := factory.Specs(yaml(t, "kafka.consumer.group-id: g"), nil, []listener.Listener{
		on("a", listener.Topics("t")), on("b", listener.Topics("u")), on("c", listener.Topics("u"), listener.GroupID("other")), on("d", listener.Topics("u")),
	})
	require.NoError(t, err)
	require.Equal(t, []string{
		"shares the group with listener b: a rebalance of one is a rebalance of both",
		"shares the group with listener d: a rebalance of one is a rebalance of both",
	}, specs[0].Notes)
	require.Equal(t, "shares the group with listener d: each record of u goes to one of them only", specs[1].Notes[1])
	require.Empty(t, specs[2].Notes)
	require.Len(t, specs[3].Notes, 2)
}
