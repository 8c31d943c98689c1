package e2e

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func TestManualImmediateOutOfOrder(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("acks", 1), b.Unique("acks")
		kafkatest.ProduceValues(b, topic, numbers(4)...)
		var acks log[listener.Acknowledgment]
		serve(t, b, listener.OnAck("acks", func(_ context.Context, _ listener.Record[string], ack listener.Acknowledgment) error {
			acks.add(ack)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.ManualImmediate)))
		all := acks.wait(t, 4)
		for _, s := range []struct{ ack, want int64 }{{3, -1}, {1, -1}, {0, 2}, {2, 4}} {
			require.NoError(t, all[s.ack].Acknowledge())
			require.Equal(t, s.want, offset(b, group, topic, 0), "after the ack of %d", s.ack)
		}
	})
}

func TestManualWithAGap(t *testing.T) {
	for _, scope := range []spec.AckScope{spec.ScopeRecord, spec.ScopeCumulative} {
		t.Run(scope.String(), func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				topic, group := b.NewTopic("gap", 1), b.Unique("gap")
				kafkatest.ProduceValues(b, topic, numbers(4)...)
				var seen log[int64]
				s := serve(t, b, listener.OnAck("gap", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
					seen.add(r.Offset)
					if r.Offset == 1 {
						return nil
					}
					return ack.Acknowledge()
				}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Manual), factory.AckScope(scope)))
				seen.wait(t, 4)
				if scope == spec.ScopeCumulative {
					b.WaitCommitted(group, topic, 0, 4)
					return
				}
				b.WaitCommitted(group, topic, 0, 1)
				k := s.container("gap")
				require.NoError(t, k.Stop(context.Background()))
				require.EqualValues(t, 1, offset(b, group, topic, 0), "a clean stop does not jump the gap")
				require.NoError(t, k.Start(context.Background()))
				require.Equal(t, []int64{0, 1, 2, 3, 1, 2, 3}, seen.wait(t, 7))
			})
		})
	}
}

// TestNeverAcknowledging: everything is delivered, memory stays bounded,
// nothing is committed, and a restart brings all of it back.
func TestNeverAcknowledging(t *testing.T) {
	const records, size = 100_000, 1000
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("never", 1), b.Unique("never")
		value := make([]byte, size)
		for range records / 5000 {
			batch := make([]kafkatest.Record, 5000)
			for i := range batch {
				batch[i] = kafkatest.Value(value)
			}
			b.Produce(topic, batch...)
		}
		var seen atomic.Int64
		s := serve(t, b, listener.OnAck("never", func(context.Context, listener.Record[[]byte], listener.Acknowledgment) error {
			seen.Add(1)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Manual)))
		all := func(n int64) {
			eventually(t, "all records", func() (bool, string) { return seen.Load() >= n, fmt.Sprint(seen.Load()) })
		}
		all(records)
		if !b.Embedded() { // the embedded broker keeps its log in this process
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			require.Less(t, m.HeapAlloc>>20, uint64(40), "MiB of heap; the payloads are %d MiB", records*size>>20)
		}
		require.EqualValues(t, -1, offset(b, group, topic, 0))
		k := s.container("never")
		require.NoError(t, k.Stop(context.Background()))
		require.EqualValues(t, -1, offset(b, group, topic, 0))
		require.EqualValues(t, records, seen.Load())
		require.NoError(t, k.Start(context.Background()))
		all(2 * records)
	})
}

// TestNackOnABroker: never early, soon enough, in order, and the member's
// other partition goes on meanwhile.
func TestNackOnABroker(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		const parts, delay = 20, time.Second
		topic, group := b.NewTopic("nack", parts+1), b.Unique("nack")
		for p := range int32(parts + 1) {
			for i := range 3 {
				b.Produce(topic, kafkatest.Value(fmt.Sprint(i)).OnPartition(p))
			}
		}
		type call struct {
			partition int32
			offset    int64
			attempt   int
			at        moment
		}
		var calls log[call]
		hunger := watchHunger(t)
		serve(t, b, listener.OnAck("nack", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
			calls.add(call{r.Partition, r.Offset, r.Attempt, hunger.now()})
			if r.Partition < parts && r.Offset == 1 && r.Attempt == 1 {
				return ack.Nack(delay)
			}
			return ack.Acknowledge()
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.Manual)))
		all := calls.wait(t, 4*parts+3)
		late, starved := map[int32]time.Duration{}, map[int32]time.Duration{}
		nacked := map[int32]moment{}
		order := map[int32][]int64{}
		for _, c := range all {
			order[c.partition] = append(order[c.partition], c.offset)
			switch {
			case c.partition == parts:
			case c.offset == 1 && c.attempt == 1:
				nacked[c.partition] = c.at
			case c.offset == 1:
				require.Equal(t, 2, c.attempt)
				late[c.partition], starved[c.partition] = nacked[c.partition].until(c.at)
			}
		}
		slow := 0
		for p := range int32(parts) {
			require.Equal(t, []int64{0, 1, 1, 2}, order[p])
			require.GreaterOrEqual(t, late[p], delay, "never early")
			if late[p]-starved[p] > 1250*time.Millisecond {
				slow++
			}
		}
		require.LessOrEqual(t, slow, parts/20, "p95 within 1.25 s: %v, %v of it without a processor", late, starved)
		require.Equal(t, []int64{0, 1, 2}, order[parts])
		for p := range int32(parts + 1) {
			b.WaitCommitted(group, topic, p, 3)
		}
	})
}

// TestLateAck: one member holds the acknowledgments of two partitions when a
// second one joins. Those of the partition that moves are refused, and the
// group's offset stays where its new owner has put it. The other partition's
// are good as long as its assignment lives: eager rebalancing ends that, too.
func TestLateAck(t *testing.T) {
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) { lateAck(t, b, p) }, quickHeartbeats)
		})
	}
}

func lateAck(t *testing.T, b *kafkatest.Broker, protocol protocol) {
	const parts, each = 2, 10
	topic, group := b.NewTopic("late", parts), b.Unique("late")
	for p := range int32(parts) {
		for i := range each {
			b.Produce(topic, kafkatest.Value(fmt.Sprint(i)).OnPartition(p))
		}
	}
	type held struct {
		partition int32
		ack       listener.Acknowledgment
	}
	var acks log[held]
	member := func(handle func(listener.Record[string], listener.Acknowledgment) error) *service {
		return serveWith(t, b, protocol.settings(), listener.OnAck("late", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
			return handle(r, ack)
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.ManualImmediate)))
	}
	first := member(func(r listener.Record[string], ack listener.Acknowledgment) error {
		acks.add(held{r.Partition, ack})
		return nil
	})
	all := acks.wait(t, parts*each)[:parts*each]
	member(func(_ listener.Record[string], ack listener.Acknowledgment) error { return ack.Acknowledge() })
	moved := int32(-1)
	eventually(t, "the new owner has done a partition", func() (bool, string) {
		committed := b.Committed(group, topic)
		for p := range int32(parts) {
			if committed[p] == each {
				moved = p
			}
		}
		return moved >= 0, fmt.Sprint(committed)
	})
	refused := 0
	for _, h := range all {
		err := h.ack.Acknowledge()
		if h.partition != moved && protocol.name != "eager" {
			require.NoError(t, err, "partition %d did not move", h.partition)
			continue
		}
		require.ErrorIs(t, err, listener.ErrRevoked)
		refused++
	}
	eventually(t, "each late ack is reported", func() (bool, string) {
		n := len(found[event.LateAck](first))
		return n == refused, fmt.Sprintf("%d of %d", n, refused)
	})
	kept := map[bool]int64{true: -1, false: each}[protocol.name == "eager"]
	require.EqualValues(t, each, offset(b, group, topic, moved))
	require.Equal(t, kept, offset(b, group, topic, 1-moved))
	_, err := first.stop()
	require.NoError(t, err)
	require.EqualValues(t, each, offset(b, group, topic, moved), "its last commit does not move it, either")
}

// TestLateAckAfterAStop: the same when the first member has stopped and another
// one has done the partition.
func TestLateAckAfterAStop(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("late", 1), b.Unique("late")
		kafkatest.ProduceValues(b, topic, numbers(10)...)
		var acks log[listener.Acknowledgment]
		first := serve(t, b, listener.OnAck("late", func(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
			acks.add(ack)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.ManualImmediate)))
		held := acks.wait(t, 10)
		_, err := first.stop()
		require.NoError(t, err)
		serve(t, b, listener.OnAck("late", func(_ context.Context, _ listener.Record[string], ack listener.Acknowledgment) error {
			return ack.Acknowledge()
		}, listener.Topics(topic), listener.GroupID(group), factory.AckMode(ackmode.ManualImmediate)))
		b.WaitCommitted(group, topic, 0, 10)
		for _, ack := range held[:3] {
			require.ErrorIs(t, ack.Acknowledge(), listener.ErrRevoked)
		}
		require.EqualValues(t, 10, offset(b, group, topic, 0))
	})
}
