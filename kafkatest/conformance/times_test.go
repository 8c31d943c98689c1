package conformance

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestATimeThatNoRecordHasReached: a record that is written while offsets are
// looked up by a time which has passed is not left out.
func TestATimeThatNoRecordHasReached(t *testing.T) {
	b := kafkatest.New(t)
	topic := b.NewTopic("quiet", 1)
	c, err := broker.Open(broker.Params{Config: map[string]string{"bootstrap.servers": b.Brokers(), "group.id": "g"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	var asked atomic.Int32
	b.Cluster().ControlKey(int16(kmsg.ListOffsets), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		if asked.Add(1) == 2 { // between two questions
			b.Cluster().SleepControl(func() { b.Produce(topic, kafkatest.Value("new")) })
		}
		return nil, nil, false
	})
	got, err := c.OffsetsAt([]broker.Partition{{Topic: topic}}, time.Now().Add(-time.Minute), patience)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.NoError(t, got[0].Err)
	require.Zero(t, got[0].Offset)
	require.EqualValues(t, 2, asked.Load())
	require.EqualValues(t, 1, b.LogEnds(topic)[0])
}
