package e2e

import (
	"context"
	"maps"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
	"github.com/hearken-go/hearken/listener"
)

const shutdown = 5 * time.Second

// TestStopWithAHungHandler: the stop ends within its budget, names the
// handler, and the record comes back: here when the old handler has returned.
func TestStopWithAHungHandler(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("hung", 1), b.Unique("hung")
		kafkatest.ProduceValues(b, topic, numbers(3)...)
		release, started := make(chan struct{}), make(chan struct{})
		var calls atomic.Int64
		s := serve(t, b, listener.On("hung", func(_ context.Context, r listener.Record[string]) error {
			if r.Offset == 1 && calls.Add(1) == 1 {
				close(started)
				<-release // deaf to its context
			}
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Record), factory.ShutdownTimeout(shutdown)))
		var once sync.Once
		end := func() { once.Do(func() { close(release) }) }
		t.Cleanup(end)
		<-started
		took, err := s.stop()
		require.ErrorAs(t, err, new(*container.StopError))
		require.ErrorContains(t, err, topic+"[0]@1")
		require.LessOrEqual(t, took, shutdown)
		require.EqualValues(t, 1, offset(b, group, topic, 0), "what was settled is committed")
		again, err := s.stop()
		require.NoError(t, err, "it has stopped already")
		require.Less(t, again, time.Second)
		require.NoError(t, s.container("hung").Start(context.Background()))
		waitAssigned(t, b, group, 1)
		require.EqualValues(t, 1, calls.Load(), "one handler per partition, across a restart, too")
		end()
		b.WaitCommitted(group, topic, 0, 3)
		require.EqualValues(t, 2, calls.Load())
	})
}

// TestStopDuringANackDelay: waits of any kind end at once.
func TestStopDuringANackDelay(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("delay", 1), b.Unique("delay")
		kafkatest.ProduceValues(b, topic, numbers(2)...)
		nacked := make(chan struct{})
		s := serve(t, b, listener.OnAck("delay", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
			if r.Offset == 1 {
				defer close(nacked)
				return ack.Nack(time.Hour)
			}
			return ack.Acknowledge()
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Manual)))
		<-nacked
		took, err := s.stop()
		require.NoError(t, err)
		require.Less(t, took, 3*time.Second)
		require.EqualValues(t, 1, offset(b, group, topic, 0))
	})
}

// TestStopWithADeadBroker: the last commit can't be answered. The stop ends
// within its budget all the same and says so. The client that it leaves behind
// has a commit under way, which the client library keeps until the broker is
// back; then that one is closed, too.
func TestStopWithADeadBroker(t *testing.T) {
	t.Run("kfake", func(t *testing.T) {
		b := kafkatest.New(t)
		_, port, err := net.SplitHostPort(b.Brokers())
		require.NoError(t, err)
		stopWithout(t, b, b.Cluster().Close)
		number, err := strconv.Atoi(port)
		require.NoError(t, err)
		kafkatest.New(t, kafkatest.Fake(kfake.Ports(number))) // with nothing in it: the commit is refused
		noClientLeft(t)
	})
	t.Run("kafka", func(t *testing.T) {
		kafkatest.Real(t) // a private one, but only where there are any
		cluster, err := devkafka.Start(t.Context(), devkafka.Options{})
		require.NoError(t, err)
		t.Cleanup(cluster.Stop)
		b := kafkatest.At(t, cluster.Brokers())
		group := stopWithout(t, b, func() { require.NoError(t, cluster.Kill(1)) })
		require.NoError(t, cluster.Restart(t.Context(), 1))
		noClientLeft(t)
		b.WaitMembers(group, 0) // it does not keep its partitions as a ghost
	})
}

// noClientLeft waits until every client that a stop has left behind is closed.
func noClientLeft(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 4<<20)
	eventually(t, "no client is left behind", func() (bool, string) {
		all := string(stacks[:runtime.Stack(stacks, true)])
		return !strings.Contains(all, ".closeLate"), all
	})
}

func stopWithout(t *testing.T, b *kafkatest.Broker, kill func()) (group string) {
	topic := b.NewTopic("dead", 1)
	group = b.Unique("dead")
	kafkatest.ProduceValues(b, topic, "0")
	gate, started := make(chan struct{}), make(chan struct{})
	properties := maps.Clone(quick)
	properties["reconnect.backoff.max.ms"] = "1000"
	s := serveWith(t, b, map[string]any{propertiesKey: properties}, listener.On("dead", func(context.Context, listener.Record[string]) error {
		close(started)
		<-gate
		return nil
	}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Batch), factory.ShutdownTimeout(shutdown)))
	<-started
	kill()
	close(gate) // the record is done, and can't be committed any more
	took, err := s.stop()
	require.ErrorAs(t, err, new(*container.StopError))
	require.ErrorContains(t, err, "commit")
	require.LessOrEqual(t, took, shutdown+shutdown/10)
	t.Logf("took %s: %v", took, err)
	return group
}
