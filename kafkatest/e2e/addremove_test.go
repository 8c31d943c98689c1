package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// rounds is how many listeners come and go; HEARKEN_CHAOS makes four times as many.
func rounds() int {
	if long, _ := chaos(0); long {
		return 200
	}
	return 50
}

// stall is the longest that a neighbour may be without progress while others
// come and go: its group has nothing to do with theirs.
const stall = 3 * time.Second

// TestListenersComeAndGo: beside a listener under load, others are added,
// handle some records and are removed, some of them broadcast. The neighbour
// goes on all the time; nothing of the others stays here or on the broker.
func TestListenersComeAndGo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time")
	}
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		const parts = 4
		j := newSubjectJob(t, b, parts)
		j.Settings = session(nil, unhurried)
		s := j.start(t)
		s.warmUp(b)
		side := b.NewTopic("side", 2)
		kafkatest.ProduceValues(b, side, numbers(10)...)
		s.must(order{Do: "start"})
		for i := range 4 { // what is set up a single time
			s.comeAndGo(b, side, i)
		}
		calm := s.must(order{Do: "usage"}).Usage
		before := s.must(order{Do: "stop"}).Usage
		s.must(order{Do: "start"})
		b.WaitMembers(j.Group, 1)

		f := pourOut(t, b, j.Topic, 500)
		waitAssigned(t, b, j.Group, parts)
		p := watch(t, b, j.Group, j.Topic)
		began := time.Now()
		for i := range rounds() {
			s.comeAndGo(b, side, i)
		}
		p.stop()
		busy := s.must(order{Do: "usage"}).Usage
		took := time.Since(began)
		f.stop()
		repeats, faults := j.settled(t, b).ordered()
		require.Empty(t, faults)
		require.Zero(t, repeats)
		t.Logf("%d listeners came and went in %s; the neighbour handled %d records, its longest gap was %s (a partition's %s, the producer's %s); held %+v before, %+v after",
			rounds(), took, f.produced.Load(), p.group, p.partition, time.Duration(f.gap.Load()), calm, busy)
		require.Less(t, p.group, stall+time.Duration(f.gap.Load()))
		require.LessOrEqual(t, busy.Client, calm.Client, "threads of the client, while the neighbour runs")
		require.LessOrEqual(t, busy.Files, calm.Files+4, "descriptors, while the neighbour runs")
		s.leaksNothing(before, 24)
	}, quickHeartbeats)
}

// comeAndGo adds a listener, waits until it has handled something, and removes
// it. Every second one is broadcast, whose group goes with it.
func (s *remote) comeAndGo(b *kafkatest.Broker, topic string, i int) {
	s.t.Helper()
	o := order{ID: b.Unique(fmt.Sprint("guest-", i)), Topic: topic, Broadcast: i%2 == 1}
	o.Do = "add"
	group := s.must(o).Group
	o.Do = "calls"
	eventually(s.t, o.ID+" handles records", func() (bool, string) {
		if o.Broadcast { // it reads what is written from now on
			kafkatest.ProduceValues(b, topic, "now")
		}
		n := s.must(o).Counts[o.ID]
		return n >= 1, fmt.Sprint(n, " records")
	})
	o.Do = "remove"
	s.must(o)
	want := "Empty"
	if o.Broadcast {
		want = "Dead"
	}
	eventually(s.t, "nobody is left in "+group, func() (bool, string) {
		g := b.Group(group)
		return g.State == want, g.State
	})
}
