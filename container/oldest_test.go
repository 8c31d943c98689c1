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
	const unknown = broker.Beginning
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

// A trimming is a client whose logs lose a record between the answer and the first fetch. It
// has to be given time: the real one drops the connection of a request that is too late.
type trimming struct {
	*client
	e *engine
}

func (c trimming) LogStart(parts []broker.Partition, d time.Duration) ([]broker.Offset, error) {
	require.Greater(c.e.t, d, 3*time.Second)
	defer c.e.cluster.Trim(part(0), 1)
	return c.client.LogStart(parts, d)
}

func TestAnOldestRecordThatGoesBeforeItIsReadCostsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.open = func(i int) (broker.Consumer, error) {
			c, err := e.newClient(i)
			return trimming{c.(*client), e}, err
		}
		e.cluster.Fill(topic, 0, 3)
		e.start(done)
		e.pass(time.Second)
		require.Equal(t, []int64{1, 2}, e.seen())
		require.EqualValues(t, 3, e.committed(0))
	})
}

// Where an oldest record was is no place to go on at: by the next consumer, the topic may
// have been made again.
func TestAnEmptyLogIsLookedUpAnewByTheNextConsumer(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.explicit(spec.PartitionSet{Topic: topic, IDs: []int32{0, 1}})
		e.cluster.Fill(topic, 0, 5)
		e.cluster.Trim(part(0), 5)
		e.start(done)
		e.pass(time.Second)
		require.Equal(t, []int64{5, 0}, found[event.Assigned](e)[0].Starts)
		e.clients[0].Emit(clientError(broker.Dead, -150))
		e.pass(100 * time.Millisecond)
		e.cluster.DeleteTopic(topic)
		e.cluster.CreateTopic(topic, 4)
		e.cluster.Fill(topic, 0, 9)
		e.pass(3 * time.Second)
		require.Len(t, found[event.Assigned](e), 2)
		require.Equal(t, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8}, e.seen())
	})
}
