package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// remake deletes the topic and makes it again at once: outside of a group's
// hands nobody is told. It has n records then.
func (e *engine) remake(n int) {
	e.cluster.DeleteTopic(topic)
	e.cluster.CreateTopic(topic, 4)
	e.settle() // so that both ends of the log are 0 when the client looks
	e.cluster.Fill(topic, 0, n)
}

// A group that is not rebalanced goes on reading the new log by its own reset.
func TestTopicMadeAgainUnderARunningListener(t *testing.T) {
	for reset, s := range map[string]spec.Reset{"earliest": spec.Earliest, "latest": spec.Latest} {
		t.Run(reset, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.spec.Reset = s
				e.conf = map[string]string{"auto.offset.reset": reset}
				e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 0})
				e.cluster.Fill(topic, 0, 4)
				m := e.manual(done)
				e.pass(time.Second)
				require.EqualValues(t, 4, e.committed(0))
				e.remake(2)
				e.pass(time.Second)
				e.cluster.Fill(topic, 0, 1)
				e.pass(time.Second)
				require.Equal(t, []int64{0, 1, 2, 3, 0, 1, 2}, e.seen())
				require.EqualValues(t, 3, e.committed(0), "the offset of the old log does not stay")
				require.Contains(t, found[event.ClientError](e)[0].Err.Error(), "Unknown topic")
				moved := found[event.Sought](e)
				require.Len(t, moved, 1)
				require.EqualValues(t, 4, moved[0].From)
				require.Zero(t, moved[0].To)
				require.NoError(t, e.container("billing").Err())
				m.Revoke(part(0))
				e.pass(time.Second)
				m.Give(part(0))
				e.pass(time.Second)
				require.Len(t, e.seen(), 7, "nothing is done twice")
			})
		})
	}
}

func TestTopicMadeAgainUnderNoneEndsTheListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Reset = spec.NoReset
		e.conf = map[string]string{"auto.offset.reset": "error"}
		for id := range int32(2) {
			e.group.SetCommitted(broker.Offset{Partition: part(id), Offset: 0})
		}
		e.cluster.Fill(topic, 0, 4)
		e.manual(done)
		e.pass(time.Second)
		e.remake(2)
		e.pass(time.Second)
		require.ErrorContains(t, e.container("billing").Err(), "auto-offset-reset is none")
		require.Equal(t, []int64{0, 1, 2, 3}, e.seen())
	})
}

// What the old log still has to do neither counts nor blocks the new one.
func TestLogThatWentBackWaitsForTheRunningHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		e.spec.Workers = 2
		var first box[bool]
		e.cluster.Fill(topic, 0, 4)
		e.manual(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 2 && !first.get() {
				first.set(true)
				hung.wait()
			}
			return nil
		})
		e.pass(time.Second)
		e.remake(3)
		e.pass(time.Second)
		require.Equal(t, []int64{0, 1, 2}, e.seen())
		require.EqualValues(t, 0, e.committed(0), "claimed, so that a restart begins there")
		hung.free()
		e.pass(time.Second)
		require.Equal(t, []int64{0, 1, 2, 0, 1, 2}, e.seen())
		require.EqualValues(t, 3, e.committed(0))
	})
}

// A group takes the partitions of a deleted topic back, and gives those of the new one out.
func TestTopicDeletedAndMadeAgainInAGroup(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 4)
		k := e.start(done)
		e.pass(time.Second)
		e.cluster.DeleteTopic(topic)
		e.pass(time.Minute)
		require.Empty(t, k.Status().Consumers[0].Partitions)
		e.cluster.CreateTopic(topic, 6)
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 5, 1)
		e.pass(time.Second)
		require.Equal(t, []int64{0, 1, 2, 3, 0, 1, 0}, e.seen())
		require.EqualValues(t, 2, e.committed(0))
		e.cluster.CreateTopic(topic, 7) // partitions that are added
		e.cluster.Fill(topic, 6, 1)
		e.pass(time.Second)
		require.Len(t, e.of(6), 1)
	})
}

// The offsets of a topic that was made again are deleted with it. Asserted anew,
// one of the old log would make a restart skip what is new.
func TestPositionInALogThatIsGoneIsNotAssertedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 4)
		e.cluster.Fill(topic, 1, 2)
		m := e.manual(done)
		e.pass(time.Second)
		e.remake(0)
		e.pass(3 * time.Minute)
		require.EqualValues(t, -1, e.committed(0))
		m.Revoke(part(0))
		e.pass(time.Second)
		require.EqualValues(t, -1, e.committed(0))
		e.cluster.Fill(topic, 0, 5)
		m.Give(part(0))
		e.pass(time.Second)
		require.Len(t, e.of(0), 9, "from the beginning")
		require.EqualValues(t, 5, e.committed(0))
	})
}

// A broker that does not say where the log ends delays a re-assertion, and nothing else.
func TestAssertionWithoutAnAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 4)
		e.manual(done)
		e.pass(time.Second)
		hung := newStuck(t)
		cure := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpLogEnd, Block: hung.gate})
		e.pass(2 * time.Minute)
		e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 1})
		e.cluster.Fill(topic, 1, 1)
		e.pass(time.Second)
		require.EqualValues(t, 1, e.committed(1))
		cure()
		hung.free()
		e.pass(time.Second)
		require.EqualValues(t, 4, e.committed(0), "a late answer is as good")
		e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 1})
		e.pass(time.Minute)
		require.EqualValues(t, 4, e.committed(0))
	})
}

// The end of the log is being claimed when its topic is made again: the answer
// comes when the new log is read. The group must not keep the old log's end, which
// is beyond what the new one has, until a restart skips what is below it.
func TestTopicMadeAgainWhileItsEndIsClaimed(t *testing.T) {
	for name, fault := range map[string]brokertest.Fault{
		"it is taken":                  {},
		"it is taken, and nobody told": {Done: true, Err: clientError(broker.Retriable, 7)},
		"it is refused":                {Err: clientError(broker.Retriable, 27)},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.spec.Reset = spec.Latest
				e.conf = map[string]string{"auto.offset.reset": "latest"}
				e.cluster.Fill(topic, 0, 50)
				under, hung := newStuck(t), newStuck(t)
				fault.Op, fault.Count, fault.Block = brokertest.OpCommit, 1, under.gate
				e.cluster.Inject(fault)
				e.manual(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					if r.Offset == 1 {
						hung.wait()
					}
					return nil
				})
				e.pass(time.Second)
				e.remake(2)
				e.pass(time.Second)
				require.Equal(t, []int64{0, 1}, e.seen())
				under.free()
				e.pass(time.Second)
				require.LessOrEqual(t, e.committed(0), int64(1), "the second record still runs")
				require.GreaterOrEqual(t, e.committed(0), int64(0), "claimed, so that a restart begins there")
				hung.free()
				e.pass(time.Second)
				require.EqualValues(t, 2, e.committed(0))
				require.NoError(t, e.container("billing").Err())
			})
		})
	}
}
