package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	groupsession "github.com/hearken-go/hearken/kafkatest/internal/session"
	"github.com/hearken-go/hearken/listener"
)

// rebalances is how many of them TestRebalances makes: 6, or
// HEARKEN_REBALANCES (10 in CI, and `make kill-test` sets 100).
func rebalances() int {
	if n, err := strconv.Atoi(os.Getenv("HEARKEN_REBALANCES")); err == nil {
		return n
	}
	return 6
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

// A protocol is a way to rebalance, by the client properties that choose it.
type protocol struct {
	name       string
	properties map[string]any
}

var protocols = []protocol{
	{"cooperative", map[string]any{"partition.assignment.strategy": "cooperative-sticky", "session.timeout.ms": "6000", "heartbeat.interval.ms": "200"}},
	{"eager", map[string]any{"partition.assignment.strategy": "range", "session.timeout.ms": "6000", "heartbeat.interval.ms": "200"}},
	{"consumer", map[string]any{"group.protocol": "consumer"}},
}

// settings is what serveWith takes.
func (p protocol) settings() map[string]any {
	properties := maps.Clone(p.properties)
	properties["fetch.wait.max.ms"] = "50"
	return map[string]any{propertiesKey: properties}
}

// steady is settings for a group of which nobody is killed: unhurried sessions,
// because a busy machine may stand still for longer than the 6 s after which
// the dead are to be noticed.
func (p protocol) steady(t testing.TB, b *kafkatest.Broker, group string) map[string]any {
	t.Helper()
	if p.properties["group.protocol"] == "consumer" {
		require.NoError(t, groupsession.Set(t.Context(), b.Client(), group, unhurried))
	}
	return session(p.settings(), unhurried)
}

// quickHeartbeats is for group.protocol=consumer, where the broker sets the pace.
var quickHeartbeats = kafkatest.Fake(kfake.BrokerConfigs(map[string]string{"group.consumer.heartbeat.interval.ms": "500"}))

// TestRebalances: a second member comes and goes under load. Nothing is lost
// or redone, the order of each partition is kept across members, and nothing
// starts after its revoke: handlers end in time, so the sequence is exact.
func TestRebalances(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				t.Parallel()
				for _, reader := range []factory.ReaderStyle{factory.Poll, factory.Queues} {
					t.Run(reader.String(), func(t *testing.T) {
						t.Parallel()
						rebalanceRun(t, kafkatest.At(t, b.Brokers()), p, reader)
					})
				}
			}, quickHeartbeats)
		})
	}
}

func rebalanceRun(t *testing.T, b *kafkatest.Broker, protocol protocol, reader factory.ReaderStyle) {
	const parts = 6
	topic, group := b.NewTopic("rebalances", parts), b.Unique("rebalances")
	o := &overseer{running: map[int32]string{}, last: map[int32]int64{}}
	for p := range int32(parts) {
		o.last[p] = -1
	}
	steady := protocol.steady(t, b, group)
	member := func(name string) *service {
		return serveWith(t, b, steady, listener.On("member", func(_ context.Context, r listener.Record[string]) error {
			o.start(name, r.Partition, r.Offset)
			<-time.After(time.Duration(rand.IntN(3)) * time.Millisecond)
			o.end(r.Partition)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Batch), factory.MaxPollRecords(20), factory.Reader(reader)))
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
	waitDone(t, b, group, topic, nil)
	o.mu.Lock()
	defer o.mu.Unlock()
	require.Empty(t, o.faults)
	require.EqualValues(t, produced.Load(), o.total)
	t.Logf("%s by %s: %d rebalances, %d records, each once and in order", protocol.name, reader, 2*n, o.total)
}

// load produces about 250 records a second until the returned function is
// called, which ends the test where they could not be produced.
func load(t *testing.T, b *kafkatest.Broker, topic string, produced *atomic.Int64) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	finish := sync.OnceFunc(func() { close(end); <-done })
	t.Cleanup(finish)
	records := make([]*kgo.Record, 5)
	var failed error
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
			}
			for i := range records {
				records[i] = &kgo.Record{Topic: topic, Value: strconv.AppendInt(nil, int64(i), 10)}
			}
			if failed = deliver(t, b, records...); failed != nil {
				return
			}
			produced.Add(int64(len(records)))
		}
	}()
	return func() {
		t.Helper()
		finish()
		require.NoError(t, failed, "the load ended")
	}
}

// deliver is Produce for any goroutine, and for what a dying broker makes wait:
// where the records are not acknowledged, the test has failed and goes on until
// its goroutine sees the error. The end of the test is none.
func deliver(t *testing.T, b *kafkatest.Broker, records ...*kgo.Record) error {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	acks := make(chan error, len(records))
	for _, r := range records {
		b.Client().Produce(ctx, r, func(_ *kgo.Record, err error) { acks <- err })
	}
	for i := range records {
		var err error
		select {
		case err = <-acks:
		case <-ctx.Done(): // what is under way is not taken back by that
			err = ctx.Err()
		}
		if err != nil && t.Context().Err() == nil {
			t.Errorf("%d of %d records to %s are not acknowledged: %v", len(records)-i, len(records), records[0].Topic, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
