package e2e

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// refuse makes a topic that can't be written to, until it is told otherwise.
func refuse(t *testing.T, b *kafkatest.Broker, topic string) (restore func()) {
	t.Helper()
	if b.Embedded() {
		var mu sync.Mutex
		refused := true
		b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
			b.Cluster().KeepControl()
			mu.Lock()
			defer mu.Unlock()
			p := req.(*kmsg.ProduceRequest)
			if !refused || p.Topics[0].Topic != topic {
				return nil, nil, false
			}
			res := p.ResponseKind().(*kmsg.ProduceResponse)
			res.Version = p.Version
			for _, rt := range p.Topics {
				out := kmsg.NewProduceResponseTopic()
				out.Topic = rt.Topic
				for _, rp := range rt.Partitions {
					part := kmsg.NewProduceResponseTopicPartition()
					part.Partition, part.ErrorCode = rp.Partition, kerr.NotEnoughReplicas.Code
					out.Partitions = append(out.Partitions, part)
				}
				res.Topics = append(res.Topics, out)
			}
			return res, nil, true
		})
		return func() {
			mu.Lock()
			defer mu.Unlock()
			refused = false
		}
	}
	a, err := admin.Connect(map[string]string{"bootstrap.servers": b.Brokers()})
	require.NoError(t, err)
	t.Cleanup(a.Close)
	declare := func(most string) {
		_, err := a.Declare(t.Context(), true, admin.NewTopic(topic, admin.Config("max.message.bytes", most)))
		require.NoError(t, err)
	}
	declare("10")
	return func() { declare("1048588") }
}

// A dead-letter topic that can't be written to holds the records that are to go
// there, and no others; nothing is lost, nothing is skipped, and it flows by itself again.
func TestADeadLetterTopicThatIsAway(t *testing.T) {
	t.Parallel()
	away, records := 6*time.Second, 400
	if long() {
		away, records = time.Minute, 20_000
	}
	bad := func(n int) bool { return n%20 == 17 } // all of them in partition 1
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 4), b.Unique("billing")
		dlt := b.NewTopic("dead", 4)
		restore := refuse(t, b, dlt)
		var good log[string]
		serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
			if n, _ := strconv.Atoi(r.Value); bad(n) {
				return errBad
			}
			good.add(r.Value)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.DeadLetterTopic(dlt), giveUp, factory.Workers(4)))
		began := time.Now()
		var all []kafkatest.Record
		for n := range records {
			all = append(all, kafkatest.Value(strconv.Itoa(n)).OnPartition(int32(n%4)))
		}
		b.Produce(topic, all...)
		for _, p := range []int32{0, 2, 3} {
			b.WaitCommitted(group, topic, p, int64(records/4))
		}
		timer := time.NewTimer(time.Until(began.Add(away)))
		defer timer.Stop()
		<-timer.C
		require.LessOrEqual(t, offset(b, group, topic, 1), int64(17/4), "the first bad one holds its partition")
		require.Empty(t, b.Records(dlt))
		restore()
		dead := b.WaitRecords(dlt, records/20)
		waitDone(t, b, group, topic, nil)
		values := map[string]int{}
		for _, r := range dead {
			values[string(r.Value)]++
		}
		for _, v := range good.list() {
			values[v]++
		}
		require.Len(t, values, records, "each is done or dead")
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(good.list()))), records-records/20)
		t.Logf("away for %s: %d dead letters of %d records, %d copies", time.Since(began), records/20, records, len(dead))
	})
}

// Poison that comes in a row goes to the dead-letter topic, all of it, and the
// neighbours hardly notice.
func TestPoisonInARow(t *testing.T) {
	t.Parallel()
	poison := 500
	if long() {
		poison = 10_000
	}
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 2), b.Unique("billing")
		type order struct{ Sent time.Time }
		var took log[time.Duration]
		s := serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[order]) error {
			took.add(time.Since(r.Value.Sent))
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.DeadLetter(), giveUp, factory.Workers(2)))
		waitAssigned(t, b, group, 2)
		waitMade(t, s, topic+"-dlt")
		neighbours := func(until func() bool) time.Duration {
			before := took.len()
			for n := 1; !until(); n++ {
				b.Produce(topic, kafkatest.Value(order{time.Now()}).OnPartition(1))
				took.wait(t, before+n)
			}
			sorted := took.list()[before:]
			slices.Sort(sorted)
			return sorted[len(sorted)*99/100]
		}
		count := 0
		base := neighbours(func() bool { count++; return count > 300 })
		var all []kafkatest.Record
		for n := range poison {
			all = append(all, kafkatest.Value("poison "+strconv.Itoa(n)).OnPartition(0))
		}
		began := time.Now()
		b.Produce(topic, all...)
		during := neighbours(func() bool {
			return offset(b, group, topic, 0) == int64(poison) || time.Since(began) > 2*time.Minute
		})
		spent := time.Since(began)
		dead := b.WaitRecords(topic+"-dlt", poison)
		require.Len(t, dead, poison)
		for n, r := range dead {
			l := letterOf(t, r)
			require.EqualValues(t, n, l.Offset)
			require.Equal(t, "*listener.DecodeError", l.ErrorType)
			require.Equal(t, 1, l.Attempts, "it is not tried again")
		}
		t.Logf("%d dead letters in %s; neighbours' p99: %s before, %s meanwhile", poison, spent, base, during)
		if long() {
			require.Less(t, during, max(2*base, 5*time.Millisecond))
		}
	})
}
