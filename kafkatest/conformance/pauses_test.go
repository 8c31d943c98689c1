package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestAPauseEndsWithItsAssignment: the client keeps the flag of a partition that goes, and
// would keep it when it comes back.
func TestAPauseEndsWithItsAssignment(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		for _, r := range []spec.Reader{spec.Poll, spec.Queues} {
			t.Run(r.String(), func(t *testing.T) {
				topic := b.NewTopic("paused", 2)
				parts := []broker.Partition{{Topic: topic}, {Topic: topic, ID: 1}}
				var recs []*kgo.Record
				for i := range 20 {
					recs = append(recs, &kgo.Record{Partition: int32(i % 2), Value: []byte("v")})
				}
				send(t, b, topic, recs, kgo.RecordPartitioner(kgo.ManualPartitioner()))
				k := take(t, b, r, nil, parts...)
				k.until(20)
				again := func() { // both partitions go and come back, and are read from their beginnings
					require.NoError(t, k.c.Assign(nil, k))
					k.next(10 * time.Millisecond)
					require.NoError(t, k.c.Assign(parts, k))
					k.got = nil
					k.until(20)
				}
				require.NoError(t, k.c.Pause(parts[:1]))
				again()
				require.NoError(t, k.c.Pause(parts))
				require.NoError(t, k.c.Resume(parts[:1]))
				again()
				again()
			})
		}
	})
}
