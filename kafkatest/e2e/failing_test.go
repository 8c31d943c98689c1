package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

const (
	tenParts    = 10
	perPart     = 500
	failsAlways = 7 // the first record of this partition
)

// TestOneOfTenFailsForEver: the record of one partition fails until its cause is
// mended. The other nine are handled and committed as fast as beside no failure at
// all; what fails is seen from outside; and then it goes through, without a restart.
func TestOneOfTenFailsForEver(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group, other := b.NewTopic("nine", tenParts), b.Unique("nine"), b.Unique("nine-sound")
		var mended atomic.Bool
		var failing, sound, behind meter
		began := time.Now()
		opts := func(group string) []listener.Option {
			return []listener.Option{listener.Topics(topic), listener.GroupID(group), factory.BackOffInitial(50 * time.Millisecond), factory.BackOffMax(100 * time.Millisecond)}
		}
		s := serve(t, b,
			listener.On("failing", func(_ context.Context, r listener.Record[string]) error {
				if r.Partition != failsAlways {
					failing.count()
					return nil
				}
				if r.Offset == 0 && !mended.Load() {
					return errors.New("the cause")
				}
				behind.count()
				return nil
			}, opts(group)...),
			listener.On("sound", func(_ context.Context, r listener.Record[string]) error {
				if r.Partition != failsAlways {
					sound.count()
				}
				return nil
			}, opts(other)...))
		waitAssigned(t, b, group, tenParts)
		waitAssigned(t, b, other, tenParts)
		b.Produce(topic, kafkatest.KV(nil, "first").OnPartition(failsAlways))
		eventually(t, "it has failed some times", func() (bool, string) {
			f := s.failing("failing")
			return len(f) == 1 && f[0].Attempts >= 3, fmt.Sprintf("%+v", f)
		})
		var rest []kafkatest.Record
		for i := range tenParts * perPart {
			rest = append(rest, kafkatest.KV(nil, fmt.Sprint(i)).OnPartition(int32(i%tenParts)))
		}
		b.Produce(topic, rest...)
		for p := range int32(tenParts) {
			if p != failsAlways {
				b.WaitCommitted(group, topic, p, perPart)
				b.WaitCommitted(other, topic, p, perPart)
			}
		}
		took, without := failing.took(), sound.took()
		t.Logf("nine partitions in %s, in %s where nothing fails", took, without)
		require.Less(t, took, 2*without+500*time.Millisecond)

		require.LessOrEqual(t, offset(b, group, topic, failsAlways), int64(0))
		seen := s.failing("failing")
		require.Len(t, seen, 1)
		require.Equal(t, event.Partition{Topic: topic, ID: failsAlways}, seen[0].Partition)
		require.Zero(t, seen[0].Offset)
		require.GreaterOrEqual(t, seen[0].Attempts, 3)
		require.Equal(t, "the cause", seen[0].Error)
		require.WithinRange(t, seen[0].Since, began, time.Now())
		require.Empty(t, s.failing("sound"))
		require.Zero(t, behind.n.Load(), "its own partition waits, in order")

		mended.Store(true)
		b.WaitCommitted(group, topic, failsAlways, perPart+1)
		require.EqualValues(t, perPart+1, behind.n.Load())
		require.EqualValues(t, (tenParts-1)*perPart, failing.n.Load(), "each once")
		require.Empty(t, s.failing("failing"))
		require.Empty(t, found[event.ConsumerEnded](s), "nothing was restarted")
	})
}

// failing is what fails of a listener with one consumer, as the registry's health has it.
func (s *service) failing(id string) []container.FailingRecord {
	for _, h := range s.reg.Health() {
		if h.Listener == id && len(h.Consumers) > 0 {
			return h.Consumers[0].Failing
		}
	}
	return nil
}

// A meter is how many calls there were, from the first one to the last.
type meter struct{ n, first, last atomic.Int64 }

func (m *meter) count() {
	now := time.Now().UnixNano()
	m.first.CompareAndSwap(0, now)
	m.last.Store(now)
	m.n.Add(1)
}

func (m *meter) took() time.Duration { return time.Duration(m.last.Load() - m.first.Load()) }
