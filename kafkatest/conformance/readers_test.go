package conformance

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// A taker reads partitions from their beginning, without a group. It reads
// into the same arrays again and again: what is in one record must not show in another.
type taker struct {
	t      testing.TB
	c      broker.Consumer
	limits broker.Limits
	got    []listener.RawRecord
	errs   []error
	turn   broker.Turn
}

func (k *taker) Assigned(parts []broker.Partition) (out []broker.Assignment) {
	for _, p := range parts {
		out = append(out, broker.Assignment{Partition: p, Start: broker.Offset{Partition: p, Offset: broker.Beginning}})
	}
	return out
}
func (k *taker) Revoked([]broker.Partition) {}
func (k *taker) Lost([]broker.Partition)    {}

// take opens a client by reader; it is closed with the test.
func take(t testing.TB, b *kafkatest.Broker, r spec.Reader, config map[string]string, parts ...broker.Partition) *taker {
	t.Helper()
	full := map[string]string{"bootstrap.servers": b.Brokers(), "group.id": b.Unique("readers"), "auto.offset.reset": "earliest"}
	for k, v := range config {
		full[k] = v
	}
	c, err := broker.Open(broker.Params{Config: full, Reader: r})
	require.NoError(t, err)
	how, err := c.Reading()
	require.NoError(t, err)
	require.Equal(t, r, how)
	k := &taker{t: t, c: c, limits: broker.Limits{Records: 50, Bytes: 1 << 20, Spare: broker.NewShelf(4)}}
	require.NoError(t, c.Assign(parts, k))
	t.Cleanup(func() { _ = c.Close() })
	return k
}

// until reads until n records are there.
func (k *taker) until(n int) []listener.RawRecord {
	k.t.Helper()
	for deadline := time.Now().Add(time.Minute); len(k.got) < n; {
		if time.Now().After(deadline) {
			k.t.Fatalf("%d of %d records after a minute; errors %v", len(k.got), n, k.errs)
		}
		k.next(100 * time.Millisecond)
	}
	return k.got
}

func (k *taker) next(wait time.Duration) {
	k.limits.Wait = wait
	k.c.Next(k.limits, &k.turn)
	k.errs = append(k.errs, k.turn.Errors...)
	for _, c := range k.turn.Chunks {
		k.got = append(k.got, c.Records...)
		k.limits.Spare.Put(c.Records)
	}
}

// sameByBoth reads n records with both readers and compares them one by one.
func sameByBoth(t *testing.T, b *kafkatest.Broker, n int, config map[string]string, p broker.Partition) []listener.RawRecord {
	t.Helper()
	want := take(t, b, spec.Poll, config, p).until(n)
	queues := take(t, b, spec.Queues, config, p)
	got := queues.until(n)
	queues.next(50 * time.Millisecond)
	require.Len(t, queues.got, len(want))
	require.Empty(t, queues.errs)
	for i := range want {
		require.True(t, reflect.DeepEqual(want[i], got[i]), "record %d at offset %d (by poll) and %d (by queues) differ", i, want[i].Offset, got[i].Offset)
	}
	return got
}

// oddities are records at the edges of what a record can be.
func oddities() []*kgo.Record {
	many := make([]kgo.RecordHeader, 10)
	for i := range many {
		many[i] = kgo.RecordHeader{Key: fmt.Sprint("header-", i), Value: bytes.Repeat([]byte{byte(i)}, i)}
	}
	out := []*kgo.Record{
		{},
		{Key: []byte{}, Value: []byte{}},
		{Key: []byte("k")},
		{Value: []byte("v")},
		{Key: []byte("k"), Value: []byte{}},
		{Key: []byte("k"), Value: []byte("v"), Headers: many},
		{Key: []byte("k"), Headers: many},
		{Key: []byte("k"), Value: []byte{}, Headers: many},
		{Value: []byte{}, Headers: []kgo.RecordHeader{{}}},
		{Value: []byte("v"), Headers: []kgo.RecordHeader{{}}},
		{Key: []byte("k"), Value: []byte("v"), Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a"}, {Key: "a", Value: []byte{}}, {Value: []byte("no name")}}},
		{Key: bytes.Repeat([]byte("key"), 30_000), Value: bytes.Repeat([]byte("value "), 150_000)},
		{Value: bytes.Repeat([]byte{0, 255}, 490_000), Headers: many[:1]},
	}
	for i := range 200 {
		out = append(out, &kgo.Record{Key: fmt.Append(nil, i), Value: bytes.Repeat([]byte{byte(i)}, i*37%2000), Headers: many[:i%10]})
	}
	for i, r := range out {
		r.Timestamp = time.UnixMilli(1_600_000_000_000 + int64(i))
	}
	return out
}

// TestReadersReadTheSame compares the two readers record by record: codecs,
// nulls, headers, sizes, aborted transactions, compacted gaps.
func TestReadersReadTheSame(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		for name, codec := range map[string]kgo.CompressionCodec{
			"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(), "snappy": kgo.SnappyCompression(),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := kafkatest.At(t, b.Brokers())
				topic := b.NewTopic("codec-"+name, 1)
				recs := oddities()
				send(t, b, topic, recs, kgo.ProducerBatchCompression(codec))
				sameByBoth(t, b, len(recs), nil, broker.Partition{Topic: topic})
			})
		}
		t.Run("transactions", func(t *testing.T) {
			t.Parallel()
			b := kafkatest.At(t, b.Brokers())
			topic := b.NewTopic("aborted", 1)
			transactions(t, b, topic)
			p := broker.Partition{Topic: topic}
			committed := sameByBoth(t, b, 50, map[string]string{"isolation.level": "read_committed", "enable.partition.eof": "true"}, p)
			require.False(t, slices.ContainsFunc(committed, func(r listener.RawRecord) bool { return string(r.Value) == "aborted" }))
			sameByBoth(t, b, 90, map[string]string{"isolation.level": "read_uncommitted"}, p)
		})
		t.Run("compacted", func(t *testing.T) {
			t.Parallel()
			if !b.Embedded() {
				t.Skip("a real broker compacts when it pleases")
			}
			b := kafkatest.New(t)
			topic := b.NewTopic("compacted", 1, kafkatest.TopicSetting{Key: "cleanup.policy", Value: "compact"}, kafkatest.TopicSetting{Key: "segment.bytes", Value: "16384"})
			recs := make([]*kgo.Record, 3000)
			for i := range recs {
				recs[i] = &kgo.Record{Key: fmt.Append(nil, i*i%1000), Value: fmt.Append(nil, i)}
			}
			for part := range slices.Chunk(recs, 100) { // a segment is whole batches
				send(t, b, topic, part)
			}
			b.Cluster().Compact()
			left := len(b.Records(topic))
			require.Less(t, left, 1500)
			sameByBoth(t, b, left, nil, broker.Partition{Topic: topic})
		})
	})
}

func send(t testing.TB, b *kafkatest.Broker, topic string, recs []*kgo.Record, opts ...kgo.Opt) {
	t.Helper()
	opts = append(opts, kgo.SeedBrokers(b.Brokers()), kgo.DefaultProduceTopic(topic), kgo.ProducerBatchMaxBytes(1<<20))
	c, err := kgo.NewClient(opts...)
	require.NoError(t, err)
	defer c.Close()
	for _, r := range recs {
		r.Topic = topic
	}
	require.NoError(t, c.ProduceSync(t.Context(), recs...).FirstErr())
}

// transactions writes 5 committed and 4 aborted records, ten times.
func transactions(t *testing.T, b *kafkatest.Broker, topic string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Brokers()), kgo.DefaultProduceTopic(topic), kgo.TransactionalID(b.Unique("tx")))
	require.NoError(t, err)
	defer c.Close()
	for range 10 {
		for _, commit := range []bool{true, false} {
			require.NoError(t, c.BeginTransaction())
			n, value := 5, "committed"
			if !commit {
				n, value = 4, "aborted"
			}
			for range n {
				c.Produce(t.Context(), &kgo.Record{Value: []byte(value)}, nil)
			}
			require.NoError(t, c.Flush(t.Context()))
			require.NoError(t, c.EndTransaction(t.Context(), kgo.TransactionEndTry(commit)))
		}
	}
}

// FuzzReaders: whatever is produced, both readers read the same.
func FuzzReaders(f *testing.F) {
	b := kafkatest.New(f)
	topic := b.NewTopic("fuzz", 1)
	p := broker.Partition{Topic: topic}
	poll, queues := take(f, b, spec.Poll, nil, p), take(f, b, spec.Queues, nil, p)
	n := 0
	f.Add([]byte("keys and values"), uint64(123456789))
	f.Fuzz(func(t *testing.T, data []byte, shape uint64) {
		poll.t, queues.t = t, t
		next := func() []byte {
			kind := int(shape % 7)
			shape = shape/7 + uint64(len(data))*977
			switch {
			case kind == 0:
				return nil
			case kind == 1 || len(data) == 0:
				return []byte{}
			}
			size := min(kind*kind, len(data))
			out := data[:size]
			data = data[size:]
			return out
		}
		var recs []*kgo.Record
		for range 1 + shape%20 {
			r := &kgo.Record{Key: next(), Value: next(), Timestamp: time.UnixMilli(int64(shape % (1 << 41)))}
			for range shape % 4 {
				r.Headers = append(r.Headers, kgo.RecordHeader{Key: string(bytes.ReplaceAll(next(), []byte{0}, []byte("0"))), Value: next()})
			}
			r.Topic = topic
			recs = append(recs, r)
		}
		if err := b.Client().ProduceSync(context.Background(), recs...).FirstErr(); err != nil {
			t.Skip(err)
		}
		n += len(recs)
		want, got := poll.until(n)[n-len(recs):], queues.until(n)[n-len(recs):]
		for i := range want {
			if !reflect.DeepEqual(want[i], got[i]) {
				t.Fatalf("record %d: by poll %#v, by queues %#v", i, want[i], got[i])
			}
		}
	})
}
