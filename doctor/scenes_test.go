package doctor

import (
	"context"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// spring is a member that is not ours.
var spring = broker.GroupMember{ID: "m1", ClientID: "consumer-billing-1", Host: "/10.0.0.7", Partitions: on("orders", 0, 1)}

// ourselves is what a running instance of billing looks like.
var ourselves = broker.GroupMember{ID: "m2", ClientID: "hearken-billing-0", Host: "/10.0.0.8", Partitions: on("orders", 0)}

var groupScenes = []scene{
	{
		name: "a new group", specs: []container.Spec{billing(named("billing", "new"))},
		want: map[string][]string{"group-new": {"oldest record"}},
	},
	{
		name: "ours runs already", world: func(w *world) { w.member("billing", "cooperative-sticky", ourselves) },
		ok: []string{"group"},
	},
	{
		name: "another assignor", world: func(w *world) { w.member("billing", "range", spring) },
		want: map[string][]string{
			"assignor-clash":  {"consumer-billing-1 on 10.0.0.7", "use range, this listener cooperative-sticky", "assignor: keep, or range"},
			"foreign-members": {"consumer-billing-1"},
		},
	},
	{
		name: "another assignor of the same kind", world: func(w *world) { w.member("billing", "roundrobin", ourselves) },
		specs: []container.Spec{billing(client("partition.assignment.strategy", "range"))},
		want:  map[string][]string{"assignor-differs": {"roundrobin", "only range"}},
	},
	{
		name: "one of several assignors", world: func(w *world) { w.member("billing", "roundrobin", ourselves) },
		specs: []container.Spec{billing(client("partition.assignment.strategy", "range,roundrobin"))},
	},
	{
		name: "the group's own assignor", world: func(w *world) { w.member("billing", "range", ourselves) },
		specs: []container.Spec{billing(client("partition.assignment.strategy", ""))},
	},
	{
		name: "another protocol", world: func(w *world) { w.member("billing", "range", ourselves) },
		specs: []container.Spec{billing(client("group.protocol", "consumer"))},
		want:  map[string][]string{"protocol-differs": {"speak the classic protocol, this listener consumer", "group-protocol: classic"}},
	},
	{
		name: "members elsewhere", world: func(w *world) {
			stranger := spring
			stranger.Partitions = on("invoices", 0)
			w.member("billing", "cooperative-sticky", stranger)
		},
		want: map[string][]string{"foreign-topics": {"invoices", "10.0.0.7"}, "foreign-members": {"10.0.0.7"}},
	},
	{
		name: "topics without a name", world: func(w *world) {
			nameless := ourselves
			nameless.Partitions = on("", 0)
			w.member("billing", "cooperative-sticky", nameless)
		},
	},
	{
		name:  "two listeners, one group",
		world: func(w *world) { w.topic("invoices", 1); w.offsets["billing"][broker.Partition{Topic: "invoices"}] = 10 },
		specs: []container.Spec{billing(), billing(named("invoices", "billing"), reads("invoices"))},
		want:  map[string][]string{"group-shared": {"billing, invoices", "group-id"}},
	},
	{
		name:  "two listeners, one group, the same topics",
		specs: []container.Spec{billing(), billing(named("twin", "billing"))},
	},
	{
		name: "explicit partitions of a group in use", world: func(w *world) { w.member("billing", "range", spring) },
		specs: []container.Spec{billing(takes(spec.PartitionSet{Topic: "orders"}))},
		want:  map[string][]string{"group-in-use": {"consumer-billing-1"}},
	},
	{
		name: "a static id", world: func(w *world) {
			thief := spring
			thief.InstanceID = "pod-billing-0"
			w.member("billing", "cooperative-sticky", thief)
		},
		specs: []container.Spec{billing(client("group.instance.id", "pod-billing"))},
		want:  map[string][]string{"static-id-taken": {"pod-billing-0", "10.0.0.7"}, "foreign-members": nil},
	},
	{
		name: "may not join", world: func(w *world) { w.groups["billing"] = broker.Group{Name: "billing", Allowed: broker.Operations{}} },
		want: map[string][]string{"acl-group": {"read and describe", "--operation Read --operation Describe --group billing"}},
	},
	{
		name: "may not delete", world: func(w *world) {
			g := w.groups["billing"]
			g.Allowed = broker.Operations{"READ", "DESCRIBE"}
			w.groups["billing"] = g
		},
		specs: []container.Spec{billing(func(s *container.Spec) { s.DeleteGroup = func(context.Context) error { return nil } })},
		want:  map[string][]string{"acl-group-delete": {"--operation Delete --group billing"}},
	},
}

var offsetScenes = []scene{
	{
		name: "lag", world: func(w *world) { w.offsets["billing"][broker.Partition{Topic: "orders"}] = 3 },
		want: map[string][]string{"lag": {"7 records waiting in 1 partition"}},
	},
	{
		name: "nothing committed", world: func(w *world) { delete(w.offsets, "billing") },
		want: map[string][]string{"offset-new": {"orders[0], orders[1]", "oldest"}},
	},
	{
		name: "nothing committed, and none", world: func(w *world) { delete(w.offsets["billing"], broker.Partition{Topic: "orders", ID: 1}) },
		specs: []container.Spec{billing(resets(spec.NoReset))},
		want:  map[string][]string{"offset-missing": {"orders[1]", "--group billing --topic orders --reset-offsets"}},
	},
	{
		name: "above the end", world: func(w *world) { w.offsets["billing"][broker.Partition{Topic: "orders", ID: 1}] = 99 },
		specs: []container.Spec{billing(resets(spec.Latest))},
		want:  map[string][]string{"offset-above-end": {"99 of orders[1]", "end 10", "skipped", "--topic orders:1"}},
	},
	{
		name: "below the start", world: func(w *world) {
			w.offsets["billing"][broker.Partition{Topic: "orders"}] = 2
			w.starts[broker.Partition{Topic: "orders"}] = 5
		},
		want: map[string][]string{"offset-below-start": {"2 of orders[0]", "start 5", "3 records gone", "retention.ms"}},
	},
	{
		name: "explicit positions win", world: func(w *world) { w.offsets["billing"][broker.Partition{Topic: "orders"}] = 99 },
		specs: []container.Spec{billing(takes(spec.PartitionSet{Topic: "orders", Start: spec.Position{Kind: spec.AtBeginning}}))},
	},
	{
		name: "explicit partitions", world: func(w *world) { w.offsets["billing"][broker.Partition{Topic: "orders"}] = 99 },
		specs: []container.Spec{billing(takes(spec.PartitionSet{Topic: "orders", IDs: []int32{1}}))},
		ok:    []string{"offsets"},
	},
}
