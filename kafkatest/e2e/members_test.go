package e2e

import (
	"context"
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

// TestConsumerProtocol: group.protocol=consumer through the whole framework:
// every mode consumes and commits, two members share, a stop leaves.
func TestConsumerProtocol(t *testing.T) {
	t.Parallel()
	const parts, each = 4, 50
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				topic, group := b.NewTopic("modern", parts), b.Unique("modern")
				var got tally
				hunger := watchHunger(t)
				steady := protocols[2].steady(t, b, group)
				member := func() *service {
					common := opts(listener.Topics(topic), listener.GroupID(group), factory.AckMode(mode))
					if mode.Row().When.Has(ackmode.Elapsed) {
						common = append(common, factory.AckTime(300*time.Millisecond))
					}
					return serveWith(t, b, steady, walker(mode, func(r listener.Record[string]) { _ = got.Handle(t.Context(), r) }, common))
				}
				produce := func() {
					for p := range int32(parts) {
						b.Produce(topic, old(p, each)...)
					}
				}
				one := member()
				produce()
				b.WaitDone(group, topic)
				two := member()
				b.WaitMembers(group, 2)
				waitAssigned(t, b, group, parts)
				if !b.Embedded() { // that one does not tell
					require.Equal(t, "uniform", b.Group(group).Protocol, "an assignor of the broker")
				}
				eventually(t, "each has half", func() (bool, string) {
					m := b.Members(group)
					return len(m) == 2 && m[0].Assigned() == 2 && m[1].Assigned() == 2, fmt.Sprint(m)
				})
				produce()
				b.WaitDone(group, topic)
				began := hunger.now()
				took, err := one.stop()
				require.NoError(t, err)
				_, starved := began.until(hunger.now())
				require.Less(t, took-starved, 3*time.Second)
				b.WaitMembers(group, 1)
				produce()
				b.WaitDone(group, topic)
				_, err = two.stop()
				require.NoError(t, err)
				b.WaitMembers(group, 0)
				got.complete(t, b, group, topic)
				records, calls := got.count()
				require.Equal(t, 3*parts*each, records)
				require.Equal(t, records, calls, "each once")
			}, quickHeartbeats)
		})
	}
}

// TestStaticMemberRestarts: a member with a group.instance.id restarts within
// its session and has its partitions again; the others do not notice.
func TestStaticMemberRestarts(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) { staticRun(t, b, p) }, quickHeartbeats)
		})
	}
}

func staticRun(t *testing.T, b *kafkatest.Broker, protocol protocol) {
	const parts = 4
	topic, group := b.NewTopic("static", parts), b.Unique("static")
	o := &overseer{running: map[int32]string{}, last: map[int32]int64{}}
	for p := range int32(parts) {
		o.last[p] = -1
	}
	steady := protocol.steady(t, b, group)
	member := func(pod string) *service {
		return serveWith(t, b, steady, listener.On("static", func(_ context.Context, r listener.Record[string]) error {
			o.start(pod, r.Partition, r.Offset)
			o.end(r.Partition)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.Property("group.instance.id", pod)))
	}
	one := member("pod-1")
	b.WaitMembers(group, 1)
	two := member("pod-2")
	half := func() map[string]kafkatest.Member {
		out := map[string]kafkatest.Member{}
		eventually(t, "each has half", func() (bool, string) {
			clear(out)
			for _, m := range b.Members(group) {
				if m.Assigned() == parts/2 {
					out[m.InstanceID] = m
				}
			}
			return len(out) == 2, fmt.Sprint(out)
		})
		return out
	}
	before := half()
	require.Contains(t, before, "pod-1-static-0")
	require.Contains(t, before, "pod-2-static-0")
	eventually(t, "the observer knows, too", func() (bool, string) {
		n := 0
		for _, ev := range found[event.Assigned](two) {
			n += len(ev.Partitions)
		}
		for _, ev := range found[event.Revoked](two) {
			n -= len(ev.Partitions)
		}
		return n == parts/2, fmt.Sprintf("%d partitions", n)
	})
	assigned, revoked := len(found[event.Assigned](two)), len(found[event.Revoked](two))

	var produced atomic.Int64
	stop := load(t, b, topic, &produced)
	for range 3 {
		_, err := one.stop()
		require.NoError(t, err)
		require.Len(t, b.Members(group), 2, "it did not leave")
		began, goes := produced.Load(), len(found[event.Committed](one))
		require.NoError(t, one.container("static").Start(context.Background()))
		eventually(t, "the restarted member works", func() (bool, string) {
			n := len(found[event.Committed](one))
			return n > goes && produced.Load() > began, fmt.Sprintf("%d commits", n-goes)
		})
	}
	stop()
	b.WaitDone(group, topic)
	after := half()
	for id, m := range before {
		require.Equal(t, m.Partitions, after[id].Partitions, id)
	}
	require.Len(t, found[event.Assigned](two), assigned, "the other one did not notice")
	require.Len(t, found[event.Revoked](two), revoked, "the other one did not notice")
	o.mu.Lock()
	defer o.mu.Unlock()
	require.Empty(t, o.faults)
	require.EqualValues(t, produced.Load(), o.total)
}
