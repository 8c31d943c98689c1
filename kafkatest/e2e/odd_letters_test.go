package e2e

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestOddRecordsDie: 10 MB, 1,000 headers, keys that are null or only empty, an
// empty value and a tombstone go through a retry topic to the dead-letter topic,
// as they were.
func TestOddRecordsDie(t *testing.T) {
	t.Parallel()
	const size, headers = 10 << 20, 1000
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.Unique("oddly"), b.Unique("oddly")
		b.CreateTopic(topic, 1, kafkatest.TopicSetting{Key: "max.message.bytes", Value: fmt.Sprint(size + 1000)})
		producer, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(b.Brokers(), ",")...),
			kgo.ProducerBatchMaxBytes(size+1000), kgo.ProducerBatchCompression(kgo.NoCompression()))
		require.NoError(t, err)
		defer producer.Close()
		large := make([]byte, size)
		_, _ = rand.Read(large)
		many := kafkatest.KV("many", "headers")
		for i := range headers {
			many = many.WithHeader(fmt.Sprint("h", i), fmt.Sprint(i))
		}
		require.NoError(t, producer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: []byte("large"), Value: large}).FirstErr())
		b.Produce(topic, many, kafkatest.KV("", "empty key"), kafkatest.KV(nil, "null key"), kafkatest.KV("k", ""), kafkatest.Tombstone("k"))

		var tries log[string]
		s := serve(t, b, listener.On("oddly", func(_ context.Context, r listener.Record[[]byte]) error {
			tries.add(fmt.Sprint(r.Offset, "/", r.Attempt))
			return errBad
		}, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(100*time.Millisecond)))
		waitMade(t, s, topic+"-dlt")
		waitDone(t, b, group, topic, func() string { return fmt.Sprintf("%+v", s.failing("oddly")) })
		dead := map[int64]listener.RawRecord{}
		for _, r := range b.WaitRecords(topic+"-dlt", 6) {
			dead[letterOf(t, r).Offset] = r
		}
		require.Len(t, dead, 6)
		require.Equal(t, sha256.Sum256(large), sha256.Sum256(dead[0].Value))
		for i := range headers {
			v, ok := dead[1].Headers.Get(fmt.Sprint("h", i))
			require.True(t, ok)
			require.Equal(t, fmt.Sprint(i), string(v))
		}
		require.Less(t, len(dead[1].Headers), headers+20)
		require.NotNil(t, dead[2].Key)
		require.Empty(t, dead[2].Key)
		require.Nil(t, dead[3].Key)
		require.NotNil(t, dead[4].Value)
		require.Empty(t, dead[4].Value)
		require.Nil(t, dead[5].Value)
		require.Len(t, tries.list(), 12, "each twice")
	})
}
