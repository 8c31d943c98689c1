package e2e

import (
	"fmt"
	"os"
	"path/filepath"
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

// TestNoOffsetEndsEveryMember: under none, a partition without an offset comes
// to each member of the group in turn, and ends the listener in each process.
// Each names the topic and the partition, and the way out.
func TestNoOffsetEndsEveryMember(t *testing.T) {
	t.Parallel()
	for _, protocol := range []protocol{protocols[0], protocols[2]} {
		t.Run(protocol.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				topic, group := b.NewTopic("none", 4), b.Unique("none")
				for _, p := range []int32{0, 1, 3} {
					b.Commit(group, topic, p, kafkatest.Commit{Offset: 0})
				}
				var got tally
				var pods []*service
				for range 3 {
					pods = append(pods, serveWith(t, b, protocol.settings(), listener.On("strict", got.Handle,
						listener.Topics(topic), listener.GroupID(group), factory.AutoOffsetReset(spec.NoReset), factory.Concurrency(2))))
				}
				for _, pod := range pods {
					pod.endsWithoutOffset(t, "strict", group, broker.Partition{Topic: topic, ID: 2})
				}
				b.WaitMembers(group, 0)
				b.Produce(topic, old(2, 3)...)
				b.Commit(group, topic, 2, kafkatest.Commit{Offset: 1}) // the way out
				for _, pod := range pods {
					require.NoError(t, pod.container("strict").Start(t.Context()))
				}
				b.WaitDone(group, topic)
				records, calls := got.count()
				require.Equal(t, []int{2, 2}, []int{records, calls})
			}, quickHeartbeats)
		})
	}
}

// endsWithoutOffset waits until a listener has ended, and checks that it says why.
func (s *service) endsWithoutOffset(t *testing.T, id, group string, at broker.Partition) {
	t.Helper()
	k := s.container(id)
	select {
	case <-k.Done():
	case <-time.After(patience):
		t.Fatal("the listener has not ended")
	}
	var missing *container.NoOffsetError
	require.ErrorAs(t, k.Err(), &missing)
	require.Equal(t, []broker.Partition{at}, missing.Partitions)
	h := k.Health()
	require.Equal(t, container.HealthDown, h.Status)
	for _, word := range []string{fmt.Sprintf("%s[%d]", at.Topic, at.ID), group, "auto-offset-reset"} {
		require.Contains(t, h.Reason, word)
	}
}

// TestLatestSurvivesAKill: a new group under latest dies before its first
// record, as a crash would have it. What is written while it is away is not skipped.
func TestLatestSurvivesAKill(t *testing.T) {
	t.Parallel()
	for _, protocol := range []protocol{protocols[0], protocols[2]} {
		t.Run(protocol.name, func(t *testing.T) {
			t.Parallel()
			b := kafkatest.Real(t)
			j := job{
				Brokers: b.Brokers(), Topic: b.NewTopic("latest", 2), Group: b.Unique("latest"),
				Log: filepath.Join(t.TempDir(), "calls.log"), Settings: protocol.settings(),
			}
			j.Settings["kafka.listeners.worker.auto-offset-reset"] = "latest"
			b.Produce(j.Topic, old(0, 5)...)
			w := j.start(t)
			for p, at := range map[int32]int64{0: 5, 1: 0} {
				b.WaitCommitted(j.Group, j.Topic, p, at)
			}
			w.kill()
			b.Produce(j.Topic, append(old(0, 3), old(1, 1)...)...)
			next := j.unhurried().start(t)
			h := j.waitDone(t, b)
			var seen []string
			for _, x := range h {
				if x.end {
					seen = append(seen, fmt.Sprintf("[%d]@%d", x.partition, x.offset))
				}
			}
			require.ElementsMatch(t, []string{"[0]@5", "[0]@6", "[0]@7", "[1]@0"}, seen)
			require.NoError(t, next.term(t))
		})
	}
}

// TestGroupsThatChange: a random group under earliest warns, and reads
// everything again at every start; a group by host name goes on where it was.
func TestGroupsThatChange(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		const each = 10
		topic, name := b.NewTopic("identity", 2), b.Unique("identity")
		produce := func() { b.Produce(topic, append(old(0, each), old(1, each)...)...) }
		host, err := os.Hostname()
		require.NoError(t, err)
		start := func() (s *service, random, byHost *tally) {
			random, byHost = &tally{}, &tally{}
			s = serveWith(t, b, session(map[string]any{
				"kafka.listeners.random.group-id": name + "-${random.uuid}",
				"kafka.listeners.host.group-id":   name + "-${hostname}",
			}, unhurried), listener.On("random", random.Handle, listener.Topics(topic)), listener.On("host", byHost.Handle, listener.Topics(topic)))
			return s, random, byHost
		}
		const warning = "reads everything again at every start"
		produce()
		groups := map[string]bool{}
		for run := range 3 {
			s, random, byHost := start()
			produce()
			all, fresh := 2*each*(run+2), 2*each
			if run == 0 {
				fresh = all
			}
			group := s.container("random").Group()
			require.Equal(t, name+"-"+host, s.container("host").Group())
			require.Contains(t, s.container("random").Settings(), warning)
			require.NotContains(t, s.container("host").Settings(), warning)
			for g, tally := range map[string]*tally{group: random, name + "-" + host: byHost} {
				b.WaitDone(g, topic)
				records, calls := tally.count()
				want := map[bool]int{true: all, false: fresh}[g == group]
				require.Equal(t, []int{want, want}, []int{records, calls}, g)
			}
			require.False(t, groups[group], "a new group at every start")
			groups[group] = true
			_, err := s.stop()
			require.NoError(t, err)
		}
	})
}
