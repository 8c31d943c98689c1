package e2e

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestTheQueueReaderWaitsShortlyWhileRecordsComeFast: the client asks for
// nothing more of a partition while the broker waits for those that have
// nothing. With many partitions that share a queue, that wait is most of the
// time. So a broker is asked to wait 10 ms while records come fast, and 100 ms
// when they do not; and what is configured stays.
func TestTheQueueReaderWaitsShortlyWhileRecordsComeFast(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	var first, asked atomic.Int32           // the wait of the first and of the last fetch
	var short, calm atomic.Int32            // fetches that waited 10 ms, and those of 100 since the last one
	var joined, until, handled atomic.Int64 // when the last member joined, and how long later it fetched first
	b.Cluster().ControlKey(int16(kmsg.SyncGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		joined.Store(time.Now().UnixNano())
		return nil, nil, false
	})
	b.Cluster().ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		ms := r.(*kmsg.FetchRequest).MaxWaitMillis
		if first.Load() == 0 { // one broker, one fetch at a time
			until.Store(time.Now().UnixNano() - joined.Load())
			first.Store(ms)
		}
		calm.Add(1)
		if ms == 10 {
			short.Add(1)
			calm.Store(0)
		}
		asked.Store(ms)
		return nil, nil, false
	})
	topic := b.NewTopic("busy", 3)
	flood := make([]kafkatest.Record, 5000)
	for i := range flood {
		flood[i] = kafkatest.Value(make([]byte, 100)).OnPartition(1)
	}
	b.Produce(topic, flood[0])
	reader := func(name string, properties map[string]any) *service {
		l := listener.On(name, func(context.Context, listener.Record[[]byte]) error { handled.Add(1); return nil }, listener.Topics(topic), listener.GroupID(b.Unique(name)))
		return serveWith(t, b, map[string]any{"kafka.listener.reader": "queues", propertiesKey: properties}, l)
	}
	wait := func(ms int32, when string) {
		t.Helper()
		require.Eventually(t, func() bool { return asked.Load() == ms }, patience, time.Millisecond, "%s: not %d ms", when, ms)
	}
	stays := func(ms int32) {
		t.Helper()
		require.Never(t, func() bool { return asked.Load() != ms }, 200*time.Millisecond, time.Millisecond)
	}
	read := func(n int64) {
		t.Helper()
		eventually(t, "all is read", func() (bool, string) { return handled.Load() == n, fmt.Sprint(handled.Load()) })
	}
	var paced *service
	for tries := 1; first.Load() != 10; tries++ { // a machine too busy to ask within the first 100 ms is not asked to be quick
		require.LessOrEqual(t, tries, 50, "no member asked in time")
		if paced != nil {
			paced.close()
		}
		first.Store(0)
		asked.Store(0)
		paced = reader("paced", nil)
		read(int64(tries)) // the only record, by each group anew
		wait(100, "when all is read")
		if first.Load() != 10 {
			require.GreaterOrEqual(t, until.Load(), int64(100*time.Millisecond), "the first fetch waited %d ms", first.Load())
		}
	}
	short.Store(0)
	for floods := 1; short.Load() == 0; floods++ { // one is enough, unless the machine is too busy to be fast
		require.LessOrEqual(t, floods, 20, "no fetch beside a flood waited 10 ms")
		before := handled.Load()
		b.Produce(topic, flood...)
		read(before + int64(len(flood)))
	}
	calm.Store(0) // the last of the flood may have come with a fetch of 100 ms, and make the next ones short
	eventually(t, "fetches wait 100 ms after the flood", func() (bool, string) { return calm.Load() >= 5, fmt.Sprint(calm.Load()) })
	require.EqualValues(t, 100, asked.Load())
	b.Produce(topic, flood[:10]...)
	stays(100)
	paced.close()

	for i, properties := range []map[string]any{{"fetch.wait.max.ms": "50"}, {"fetch.min.bytes": "2"}} {
		asked.Store(0)
		s := reader(fmt.Sprint("configured", i), properties)
		want := int32(50 + 50*i)
		wait(want, "configured")
		b.Produce(topic, flood...)
		stays(want)
		s.close()
	}
}
