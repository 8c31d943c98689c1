package container_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
)

// A group without offsets begins at the oldest records, which all of its partitions are asked
// for at once. Whatever becomes of the answer, no record is left out.
func TestTheOldestRecordsAreAskedForAtOnce(t *testing.T) {
	unknown := int64(broker.Beginning)
	for name, c := range map[string]struct {
		fault  brokertest.Fault
		reset  spec.Reset
		starts []int64 // of the partitions 0 to 3
		wait   time.Duration
	}{
		"answered":        {brokertest.Fault{Delay: 300 * time.Millisecond, Count: 1}, spec.Earliest, []int64{2, 0, 0, 0}, 300 * time.Millisecond},
		"not answered":    {brokertest.Fault{Err: clientError(broker.Transient, -185)}, spec.Earliest, []int64{unknown, unknown, unknown, unknown}, 0},
		"without leaders": {brokertest.Fault{Err: clientError(broker.Retriable, 5), Parts: []broker.Partition{part(1), part(3)}}, spec.Earliest, []int64{2, unknown, 0, unknown}, 0},
		"latest":          {brokertest.Fault{Delay: time.Hour}, spec.Latest, []int64{5, 3, 3, 3}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.spec.Reset = c.reset
				c.fault.Op = brokertest.OpLogStart
				e.cluster.Inject(c.fault)
				e.cluster.Fill(topic, 0, 2)
				e.cluster.Trim(part(0), 2)
				for id := range int32(4) {
					e.cluster.Fill(topic, id, 3)
				}
				e.start(done)
				e.pass(5 * time.Second)
				was := found[event.Assigned](e)
				require.Len(t, was, 1)
				require.Equal(t, c.starts, was[0].Starts)
				require.Empty(t, found[event.ClientError](e))
				if c.reset == spec.Earliest {
					require.Len(t, e.seen(), 12)
					require.Equal(t, c.wait, e.of(1)[0].at)
				}
			})
		})
	}
}

// A trimming is a client whose logs lose a record between the answer and the first fetch.
type trimming struct {
	*client
	cluster *brokertest.Cluster
}

func (c trimming) LogStart(parts []broker.Partition, d time.Duration) ([]broker.Offset, error) {
	defer c.cluster.Trim(part(0), 1)
	return c.client.LogStart(parts, d)
}

func TestAnOldestRecordThatGoesBeforeItIsReadCostsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.open = func(i int) (broker.Consumer, error) {
			c, err := e.newClient(i)
			return trimming{c.(*client), e.cluster}, err
		}
		e.cluster.Fill(topic, 0, 3)
		e.start(done)
		e.pass(time.Second)
		require.Equal(t, []int64{1, 2}, e.seen())
		require.EqualValues(t, 3, e.committed(0))
	})
}
