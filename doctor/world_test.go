package doctor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is a cluster that answers as it is told. The zero value of a field
// that is a function asks for nothing special.
type world struct {
	cluster  broker.Cluster
	topics   map[string]broker.TopicDetail
	settings map[string]map[string]string
	groups   map[string]broker.Group
	offsets  map[string]map[broker.Partition]int64 // by group
	starts   map[broker.Partition]int64
	ends     map[broker.Partition]int64

	unreachable map[string]error  // by address, when dialed
	says        map[string]string // by address: the client's line before it gives up
	refuses     error             // of the configuration
	fails       error             // of every question but Cluster
	gone        bool              // after the first description of the cluster
	panics      bool
	hangs       bool

	described, open atomic.Int32
}

// newWorld is a cluster with three brokers, where everything is as it should be.
func newWorld() *world {
	w := &world{
		cluster: broker.Cluster{ID: "c1", Controller: 1, Nodes: []broker.Node{{ID: 1, Address: "b1:9092"}, {ID: 2, Address: "b2:9092"}, {ID: 3, Address: "b3:9092"}}},
		topics:  map[string]broker.TopicDetail{}, settings: map[string]map[string]string{}, groups: map[string]broker.Group{},
		offsets: map[string]map[broker.Partition]int64{}, starts: map[broker.Partition]int64{}, ends: map[broker.Partition]int64{},
		unreachable: map[string]error{}, says: map[string]string{},
	}
	w.topic("orders", 2)
	w.groups["billing"] = broker.Group{Name: "billing", Exists: true, State: "Empty", Protocol: "classic", Allowed: all}
	w.offsets["billing"] = map[broker.Partition]int64{{Topic: "orders", ID: 0}: 10, {Topic: "orders", ID: 1}: 10}
	return w
}

var all = broker.Operations{"READ", "DESCRIBE", "DELETE"}

// topic adds a topic with three copies, whose logs reach from 0 to 10.
func (w *world) topic(name string, partitions int) {
	t := broker.TopicDetail{Name: name, Allowed: all}
	for i := range partitions {
		t.Partitions = append(t.Partitions, broker.PartitionDetail{ID: int32(i), Leader: 1, Replicas: 3, InSync: 3})
		w.ends[broker.Partition{Topic: name, ID: int32(i)}] = 10
	}
	w.topics[name] = t
	w.settings[name] = map[string]string{"min.insync.replicas": "2", "max.message.bytes": "1048588"}
}

// member puts a member into a group.
func (w *world) member(group, assignor string, m broker.GroupMember) {
	g := w.groups[group]
	g.State, g.Assignor = "Stable", assignor
	g.Members = append(g.Members, m)
	w.groups[group] = g
}

func (w *world) doctor(opts ...Option) *doctor {
	d := &doctor{within: defaultWithin, instances: 1}
	d.open = func(config map[string]string, log func(int, string, string)) (broker.Admin, error) {
		if w.refuses != nil {
			return nil, w.refuses
		}
		w.open.Add(1)
		return &fakeAdmin{world: w, address: config["bootstrap.servers"], log: log}, nil
	}
	d.dial = func(_ context.Context, address string) error { return w.unreachable[address] }
	for _, o := range opts {
		o(d)
	}
	return d
}

// billing is a listener that fits into the new world.
func billing(change ...func(*container.Spec)) container.Spec {
	s := container.Spec{
		ID: "billing", Group: "billing", Topics: []string{"orders"}, Concurrency: 1, Reset: spec.Earliest,
		Client: map[string]string{"bootstrap.servers": "b1:9092", "client.id": "hearken-billing", "partition.assignment.strategy": "cooperative-sticky"},
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

type fakeAdmin struct {
	*world
	address string
	log     func(int, string, string)
}

func (a *fakeAdmin) answer(ctx context.Context) error {
	switch {
	case a.panics:
		panic("out of order")
	case a.hangs:
		<-ctx.Done()
		return &broker.ClientError{Op: "ask", Text: "no answer in time"}
	}
	return a.fails
}

func (a *fakeAdmin) Cluster(ctx context.Context) (broker.Cluster, error) {
	if line := a.says[a.address]; line != "" {
		a.log(3, "FAIL", "[thrd:"+a.address+"/bootstrap]: "+line)
		<-ctx.Done()
		return broker.Cluster{}, &broker.ClientError{Op: "describe cluster", Text: "no answer in time"}
	}
	if a.described.Add(1) > 1 && a.gone {
		return broker.Cluster{}, &broker.ClientError{Op: "describe cluster", Text: "no answer in time"}
	}
	return a.cluster, nil
}

func (a *fakeAdmin) TopicNames(ctx context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(a.topics)), a.answer(ctx)
}

func (a *fakeAdmin) DescribeTopics(ctx context.Context, names []string) ([]broker.TopicDetail, error) {
	var out []broker.TopicDetail
	for _, n := range names {
		t, ok := a.topics[n]
		if !ok {
			t = broker.TopicDetail{Name: n, Err: &broker.ClientError{Class: broker.MissingTopic, Code: 3}}
		}
		out = append(out, t)
	}
	return out, a.answer(ctx)
}

func (a *fakeAdmin) TopicConfigs(ctx context.Context, name string) (map[string]string, error) {
	return a.settings[name], a.answer(ctx)
}

func (a *fakeAdmin) Group(ctx context.Context, name string) (broker.Group, error) {
	return a.groups[name], a.answer(ctx)
}

func (a *fakeAdmin) look(ctx context.Context, parts []broker.Partition, at map[broker.Partition]int64, none int64) ([]broker.Offset, error) {
	var out []broker.Offset
	for _, p := range parts {
		n, ok := at[p]
		if !ok {
			n = none
		}
		out = append(out, broker.Offset{Partition: p, Offset: n})
	}
	return out, a.answer(ctx)
}

func (a *fakeAdmin) Offsets(ctx context.Context, group string, parts []broker.Partition) ([]broker.Offset, error) {
	return a.look(ctx, parts, a.offsets[group], broker.None)
}

func (a *fakeAdmin) LogStarts(ctx context.Context, parts []broker.Partition) ([]broker.Offset, error) {
	return a.look(ctx, parts, a.starts, 0)
}

func (a *fakeAdmin) LogEnds(ctx context.Context, parts []broker.Partition) ([]broker.Offset, error) {
	return a.look(ctx, parts, a.ends, 0)
}

func (a *fakeAdmin) DeleteGroup(context.Context, string) error {
	panic("a doctor changes nothing")
}

func (a *fakeAdmin) Close() { a.open.Add(-1) }

var errRefused = errors.New("connection refused")
