package container_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestDeadClientIsRebuiltWithBackOff(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 3)
		k := e.start(done)
		e.pass(time.Second)
		dead := &broker.ClientError{Class: broker.Dead, Code: -150, Op: "poll", Text: "fatal"}
		var waits []time.Duration
		for i := range 7 {
			e.member(i).Emit(dead)
			e.pass(time.Millisecond)
			e.cluster.Fill(topic, 0, 1)
			failed := found[event.ConsumerFailed](e)
			require.Len(t, failed, i+1)
			require.ErrorIs(t, failed[i].Err, dead)
			waits = append(waits, failed[i].Retry)
			require.Empty(t, e.group.Members())
			e.pass(failed[i].Retry)
			require.Len(t, e.group.Members(), 1)
		}
		s := time.Second
		require.Equal(t, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s}, waits)
		require.Equal(t, []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, e.seen(), "it goes on from the committed offset")
		require.EqualValues(t, 10, e.committed(0))
		e.pass(2 * time.Minute)
		e.member(7).Emit(dead)
		e.pass(time.Millisecond)
		require.Equal(t, time.Second, found[event.ConsumerFailed](e)[7].Retry, "a minute of life resets the back-off")
		took, err := e.stop(k)
		require.NoError(t, err)
		require.Zero(t, took, "a stop ends the back-off")
	})
}

func TestOpenErrorAtStartIsReturned(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		wrong := errors.New("no such property")
		e.spec.Concurrency = 3
		e.open = func(i int) (broker.Consumer, error) {
			if i == 2 {
				return nil, wrong
			}
			return e.newClient(i)
		}
		two := e.spec
		two.ID = "a"
		ok := e.another()
		h := func(context.Context, *listener.Delivery) error { return nil }
		e.reg = e.registry(e.complete(e.spec, h), ok.complete(two, h))
		err := e.reg.Start(context.Background())
		require.ErrorIs(t, err, wrong)
		require.ErrorContains(t, err, "listener billing")
		for _, k := range e.reg.Containers() {
			require.Equal(t, container.Stopped, k.Status().State, "those that were started are stopped")
		}
		require.Empty(t, e.group.Members())
	})
}

func TestReopenErrorsAreRetried(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		opened := 0
		e.open = func(i int) (broker.Consumer, error) {
			if opened++; opened == 2 || opened == 3 {
				return nil, errBoom
			}
			return e.newClient(i)
		}
		e.start(done)
		e.member(0).Emit(&broker.ClientError{Class: broker.Dead, Code: -150})
		e.pass(time.Second + 2*time.Second + 4*time.Second + time.Millisecond)
		require.Equal(t, 4, opened)
		require.Len(t, e.group.Members(), 1)
		require.Len(t, found[event.ConsumerFailed](e), 3)
	})
}

func TestSubscribeErrorIsRetried(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpSubscribe, Count: 1, Err: errBoom})
		e.cluster.Fill(topic, 0, 1)
		e.start(done)
		e.pass(1100 * time.Millisecond)
		require.Len(t, e.seen(), 1)
	})
}

func TestNoOffsetUnderNoneEndsTheListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.conf = map[string]string{"auto.offset.reset": "error"}
		e.spec.Reset, e.spec.Concurrency = spec.NoReset, 2
		for id := range int32(3) {
			e.group.SetCommitted(broker.Offset{Partition: part(id), Offset: 0})
		}
		e.cluster.Fill(topic, 0, 1)
		k := e.start(done)
		e.pass(time.Second)
		require.Equal(t, container.Failed, k.Status().State)
		var fatal *container.FatalError
		require.ErrorAs(t, k.Err(), &fatal)
		require.Equal(t, container.ReasonNoOffset, fatal.Reason)
		require.ErrorContains(t, k.Err(), "group billing has no committed offset for orders[3]")
		require.Empty(t, e.group.Members())
		stopped := found[event.ListenerStopped](e)
		require.Len(t, stopped, 1)
		require.Equal(t, k.Err().Error(), stopped[0].Reason)
	})
}

func TestFencedInstanceEndsTheListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.conf = map[string]string{"group.instance.id": "one"}
		e.mode(ackmode.Time)
		e.cluster.Fill(topic, 0, 2)
		k := e.start(done)
		other := e.another()
		other.start(done)
		e.pass(time.Second)
		require.Equal(t, container.Failed, k.Status().State)
		require.ErrorContains(t, k.Err(), "another member has its group.instance.id")
		require.Empty(t, e.group.Commits())
		require.Len(t, other.seen(), 2)
	})
}

func TestLatestInANewGroupClaimsTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Reset = spec.Latest
		e.conf = map[string]string{"auto.offset.reset": "latest"}
		e.cluster.Fill(topic, 0, 5)
		e.group.SetCommitted(broker.Offset{Partition: part(2), Offset: 0})
		e.cluster.Fill(topic, 2, 1)
		k := e.start(done)
		require.EqualValues(t, 5, e.committed(0), "at once")
		require.EqualValues(t, 0, e.committed(1))
		_, err := e.stop(k)
		require.NoError(t, err)
		e.cluster.Fill(topic, 0, 2)
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Len(t, e.of(0), 2, "what came while it was away is not skipped")
		require.Len(t, e.of(2), 1)
	})
}

func TestClaimIsSentAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Reset = spec.Latest
		e.cluster.Fill(topic, 0, 5)
		e.commitFault(clientError(broker.Retriable, 27), 2)
		e.start(done)
		require.EqualValues(t, -1, e.committed(0))
		e.pass(time.Second)
		require.EqualValues(t, 5, e.committed(0))
	})
}

func TestCommittedLookupFails(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 2})
		e.cluster.Fill(topic, 0, 4)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommitted, Count: 1, Err: errBoom})
		e.start(done)
		e.pass(time.Second)
		require.Equal(t, []int64{2, 3}, e.seen(), "it was asked again")
		require.EqualValues(t, 4, e.committed(0))
	})
}

// Found against a coordinator that moved: the client, left to look the offsets
// up itself, gave up on the partitions in silence.
func TestCommittedLookupKeepsFailing(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 2})
		e.cluster.Fill(topic, 0, 4)
		remove := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommitted, Err: errBoom})
		e.start(done)
		e.pass(10 * time.Second)
		require.Empty(t, e.seen(), "nothing starts from a guess")
		require.ErrorIs(t, found[event.ConsumerFailed](e)[0].Err, errBoom, "and it is said")
		remove()
		e.pass(time.Minute)
		require.Equal(t, []int64{2, 3}, e.seen(), "a new client goes on")
		require.EqualValues(t, 4, e.committed(0))
	})
}

func TestOffsetThatWentBackEndsTheListener(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 4)
		k := e.start(done)
		e.pass(time.Second)
		require.NoError(t, e.member(0).Seek(broker.Offset{Partition: part(0), Offset: 1}, e.member(0).Epoch(part(0))))
		e.pass(time.Second)
		require.ErrorContains(t, k.Err(), "an offset went back")
		require.EqualValues(t, 4, e.committed(0))
	})
}
