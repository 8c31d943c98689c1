package e2e

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestALargeRecord: 10 MB come through a client whose fetches are smaller, and
// so does what follows.
func TestALargeRecord(t *testing.T) {
	t.Parallel()
	const size = 10 << 20
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Unique("large")
		b.CreateTopic(topic, 1, kafkatest.TopicSetting{Key: "max.message.bytes", Value: fmt.Sprint(size + 1000)})
		producer, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(b.Brokers(), ",")...),
			kgo.ProducerBatchMaxBytes(size+1000), kgo.ProducerBatchCompression(kgo.NoCompression()))
		require.NoError(t, err)
		defer producer.Close()
		large := make([]byte, size)
		_, _ = rand.Read(large)
		group := b.Unique("large")
		var got log[[sha256.Size]byte]
		serve(t, b, listener.On("large", func(_ context.Context, r listener.Record[[]byte]) error {
			got.add(sha256.Sum256(r.Value))
			return nil
		}, listener.Topics(topic), listener.GroupID(group)))
		kafkatest.ProduceValues(b, topic, "before")
		require.NoError(t, producer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: large}).FirstErr())
		kafkatest.ProduceValues(b, topic, "after")
		b.WaitCommitted(group, topic, 0, 3)
		want := [][sha256.Size]byte{sha256.Sum256([]byte("before")), sha256.Sum256(large), sha256.Sum256([]byte("after"))}
		require.Equal(t, want, got.list())
	})
}

// TestOddRecords: many headers, and keys that are null or only empty.
func TestOddRecords(t *testing.T) {
	t.Parallel()
	const headers = 1000
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("odd", 1), b.Unique("odd")
		many := kafkatest.Value("headers")
		for i := range headers {
			many = many.WithHeader(fmt.Sprint("h", i), fmt.Sprint(i))
		}
		b.Produce(topic, many, kafkatest.KV("", "empty key"), kafkatest.KV(nil, "null key"), kafkatest.KV("k", ""), kafkatest.Tombstone("k"))
		var got log[listener.Record[string]]
		serve(t, b, listener.On("odd", func(_ context.Context, r listener.Record[string]) error {
			got.add(r)
			return nil
		}, listener.Topics(topic), listener.GroupID(group)))
		all := got.wait(t, 5)
		b.WaitCommitted(group, topic, 0, 5)
		require.Len(t, all[0].Headers, headers)
		for i, h := range all[0].Headers {
			require.Equal(t, fmt.Sprint("h", i), h.Key)
			require.Equal(t, fmt.Sprint(i), string(h.Value))
		}
		require.Empty(t, all[1].Key)
		require.False(t, all[1].NullKey, "an empty key is a key")
		require.Empty(t, all[2].Key)
		require.True(t, all[2].NullKey)
		require.False(t, all[3].Tombstone, "an empty value is a value")
		require.True(t, all[4].Tombstone)
		require.Len(t, got.list(), 5, "each once")
	})
}
