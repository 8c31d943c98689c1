package conformance

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestReadersKeepTheirLimits: partitions that share a queue, records with more
// bytes and headers than are copied at once, and limits that end just behind such a
// piece. A turn brings no more than it may, and all comes once, in order.
func TestReadersKeepTheirLimits(t *testing.T) {
	const partitions, each, size = 4, 150, 1000
	b := kafkatest.New(t)
	topic := b.NewTopic("shared", partitions)
	var recs []*kgo.Record
	for i := range partitions * each {
		recs = append(recs, &kgo.Record{
			Partition: int32(i % partitions), Value: bytes.Repeat([]byte{byte(i)}, size),
			Headers: make([]kgo.RecordHeader, i/partitions%30),
		})
	}
	send(t, b, topic, recs, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var all []broker.Partition
	for p := range partitions {
		all = append(all, broker.Partition{Topic: topic, ID: int32(p)})
	}
	for _, limits := range []broker.Limits{
		{Records: 17, Bytes: 1 << 20}, {Records: 500, Bytes: 16<<10 + 1}, {Records: 60, Bytes: 33 << 10}, {Bytes: 5000}, {Records: 1},
	} {
		t.Run(fmt.Sprint(limits.Records, "x", limits.Bytes), func(t *testing.T) {
			for _, reader := range []spec.Reader{spec.Poll, spec.Queues} {
				k := take(t, b, reader, map[string]string{"queued.max.messages.kbytes": "64"}, all...) // two queues: one partition's, and one for three
				k.limits = limits
				k.limits.Spare = broker.NewShelf(4)
				next := make([]int64, partitions)
				for deadline := time.Now().Add(time.Minute); len(k.got) < len(recs) && time.Now().Before(deadline); {
					k.next(100 * time.Millisecond)
					for _, c := range k.turn.Chunks {
						require.True(t, limits.Records <= 0 || len(c.Records) <= limits.Records, "%s: %d records", reader, len(c.Records))
						require.True(t, limits.Bytes <= 0 || len(c.Records)*size < limits.Bytes+size, "%s: %d records", reader, len(c.Records))
					}
				}
				require.Len(t, k.got, len(recs), "%s: %v", reader, k.errs)
				for _, r := range k.got {
					require.Equal(t, next[r.Partition], r.Offset)
					next[r.Partition]++
					require.Len(t, r.Headers, int(r.Offset)%30)
					require.Equal(t, bytes.Repeat([]byte{byte(r.Offset*partitions + int64(r.Partition))}, size), r.Value)
				}
			}
		})
	}
}
