package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// rebalances is how many of them TestRebalances makes: 10, or
// HEARKEN_REBALANCES (`make kill-test` sets 100).
func rebalances() int {
	if n, err := strconv.Atoi(os.Getenv("HEARKEN_REBALANCES")); err == nil {
		return n
	}
	return 10
}

// An overseer watches all members of a group at once: who handles what, in
// which order, and whether two ever have the same partition.
type overseer struct {
	mu      sync.Mutex
	running map[int32]string
	last    map[int32]int64
	total   int
	faults  []string
}

func (o *overseer) start(who string, p int32, offset int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if other := o.running[p]; other != "" {
		o.faults = append(o.faults, fmt.Sprintf("%s starts [%d]@%d while %s runs", who, p, offset, other))
	}
	if want := o.last[p] + 1; offset != want {
		o.faults = append(o.faults, fmt.Sprintf("%s starts [%d]@%d, expected %d", who, p, offset, want))
	}
	o.running[p], o.last[p] = who, offset
}

func (o *overseer) end(p int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running[p] = ""
	o.total++
}

// TestRebalances: a second member comes and goes under load. Nothing is lost
// or redone, the order of each partition is kept across members, and nothing
// starts after its revoke: handlers end in time, so the sequence is exact.
func TestRebalances(t *testing.T) {
	for _, assignor := range []string{"cooperative-sticky", "range"} {
		t.Run(assignor, func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				t.Parallel()
				rebalanceRun(t, b, assignor)
			}, kafkatest.MinSessionTimeout(time.Second))
		})
	}
}

func rebalanceRun(t *testing.T, b *kafkatest.Broker, assignor string) {
	const parts = 6
	topic, group := b.NewTopic("rebalances", parts), b.Unique("rebalances")
	o := &overseer{running: map[int32]string{}, last: map[int32]int64{}}
	for p := range int32(parts) {
		o.last[p] = -1
	}
	member := func(name string) *service {
		return serveWith(t, b, nil, listener.On("member", func(_ context.Context, r listener.Record[string]) error {
			o.start(name, r.Partition, r.Offset)
			<-time.After(time.Duration(rand.IntN(3)) * time.Millisecond)
			o.end(r.Partition)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Batch), factory.MaxPollRecords(20),
			factory.Property("partition.assignment.strategy", assignor)))
	}
	member("base")
	n := rebalances() / 2 // each coming and each going is one
	var produced atomic.Int64
	stop := load(t, b, topic, &produced)
	for i := range n {
		s := member(fmt.Sprint("guest ", i))
		b.WaitMembers(group, 2)
		waitAssigned(t, b, group, parts)
		_, err := s.stop()
		require.NoError(t, err)
		b.WaitMembers(group, 1)
	}
	stop()
	for p, end := range b.LogEnds(topic) {
		b.WaitCommitted(group, topic, p, end)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	require.Empty(t, o.faults)
	require.EqualValues(t, produced.Load(), o.total)
	t.Logf("%s: %d rebalances, %d records, each once and in order", assignor, 2*n, o.total)
}

// load produces about 1,000 records a second until the returned function is called.
func load(t *testing.T, b *kafkatest.Broker, topic string, produced *atomic.Int64) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	var once sync.Once
	stop = func() { once.Do(func() { close(end); <-done }) }
	t.Cleanup(stop)
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				kafkatest.ProduceValues(b, topic, numbers(20)...)
				produced.Add(20)
			}
		}
	}()
	return stop
}
