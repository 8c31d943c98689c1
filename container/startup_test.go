package container_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func waits(d time.Duration) spec.StartPolicy {
	return spec.StartPolicy{Kind: spec.StartWait, Within: d}
}

func fails(d time.Duration) spec.StartPolicy {
	return spec.StartPolicy{Kind: spec.StartFail, Within: d}
}

func nothing(context.Context, *listener.Delivery) error { return nil }

// timed starts the container and returns how long that took.
func (e *engine) timed(ctx context.Context, k *container.Container) (time.Duration, error) {
	began := time.Now()
	err := k.Start(ctx)
	return time.Since(began), err
}

// prepared makes the container without starting it.
func (e *engine) prepared() *container.Container {
	e.reg = e.registry(e.complete(e.spec, nothing))
	return e.container(e.spec.ID)
}

func TestStartInTheBackgroundWaitsForNothing(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Topics = []string{"later"}
		k := e.prepared()
		took, err := e.timed(context.Background(), k)
		require.NoError(t, err)
		require.Zero(t, took)
		require.Equal(t, container.Running, k.Status().State)
	})
}

func TestStartWaitsForEveryFirstAssignment(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Concurrency = waits(time.Minute), 2
		e.group.Manual()
		k := e.prepared()
		go func() {
			e.pass(2 * time.Second)
			e.member(0).Give(part(0))
			e.pass(3 * time.Second)
			e.member(1).idle.Store(true) // an empty one counts
		}()
		took, err := e.timed(context.Background(), k)
		require.NoError(t, err)
		require.InDelta(t, 5, took.Seconds(), 0.2)
	})
}

func TestStartThatWaitedLongEnoughGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Topics = waits(3*time.Second), []string{"later"}
		k := e.prepared()
		took, err := e.timed(context.Background(), k)
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, took)
		e.pass(300 * time.Millisecond)
		said := found[event.NotAssigned](e)
		require.Len(t, said, 1, "it says at once what it waits for")
		require.Equal(t, "waits for topic later", said[0].Reason)
		e.cluster.CreateTopic("later", 1)
		e.pass(100 * time.Millisecond)
		require.Equal(t, container.HealthUp, k.Health().Status)
		require.True(t, found[event.NotAssigned](e)[1].Resolved)
	})
}

func TestStartThatWaitsHonoursItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Topics = waits(time.Minute), []string{"later"}
		k := e.prepared()
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		took, err := e.timed(ctx, k)
		require.NoError(t, err, "a second before the deadline it goes on in the background")
		require.Equal(t, 14*time.Second, took)
		_, err = e.stop(k)
		require.NoError(t, err)

		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(2*time.Second, cancel)
		took, err = e.timed(ctx, k)
		require.ErrorIs(t, err, context.Canceled)
		require.InDelta(t, 2, took.Seconds(), 0.2)
		require.Equal(t, container.Stopped, k.Status().State, "nothing runs")
		require.Empty(t, e.group.Members())
	})
}

func TestStartThatWaitsHearsOfAFatalEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Reset = waits(time.Minute), spec.NoReset
		k := e.prepared()
		_, err := e.timed(context.Background(), k)
		var fatal *container.FatalError
		require.ErrorAs(t, err, &fatal)
		require.Equal(t, container.ReasonNoOffset, fatal.Reason)
		require.Equal(t, container.Failed, k.Status().State)
	})
}

func TestStartIsStoppedWhileItWaits(t *testing.T) {
	for _, policy := range []spec.StartPolicy{waits(time.Minute), fails(time.Minute)} {
		bubble(t, func(t *testing.T, e *engine) {
			e.spec.Start, e.spec.Topics = policy, []string{"later"}
			k := e.prepared()
			answer := make(chan error, 1)
			go func() { answer <- k.Start(context.Background()) }()
			e.pass(5 * time.Second)
			_, err := e.stop(k)
			require.NoError(t, err)
			require.ErrorContains(t, <-answer, "stopped while it started")
			require.Equal(t, container.Stopped, k.Status().State)
			require.Empty(t, e.group.Members())
		})
	}
}

func TestStartFailsForAMissingTopic(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Topics = fails(5*time.Second), []string{topic, "later"}
		k := e.prepared()
		took, err := e.timed(context.Background(), k)
		require.ErrorIs(t, err, container.ErrNoTopic)
		require.ErrorContains(t, err, "listener billing: did not start within 5s: waits for topic later")
		require.ErrorContains(t, err, "create it or correct the listener's topics")
		require.InDelta(t, 5, took.Seconds(), 0.2)
		require.Equal(t, container.Stopped, k.Status().State)
		require.Contains(t, k.Health().Reason, "did not start within 5s: waits for topic later")
		require.Len(t, found[event.ListenerStopped](e), 1)
		require.ErrorIs(t, e.member(0).Close(), broker.ErrClosed, "the client is closed")

		go func() {
			e.pass(2 * time.Second)
			e.cluster.CreateTopic("later", 1)
		}()
		took, err = e.timed(context.Background(), k)
		require.NoError(t, err, "it is asked again until it is there")
		require.InDelta(t, 2, took.Seconds(), 0.2)
	})
}

func TestStartFailsWithoutABroker(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		down := errors.New("Local: Broker transport failure")
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Err: down})
		e.spec.Start = fails(5 * time.Second)
		e.spec.Client = map[string]string{"bootstrap.servers": "kafka-1:9092", "sasl.password": "canary"}
		k := e.prepared()
		_, err := e.timed(context.Background(), k)
		require.ErrorIs(t, err, container.ErrNoBroker)
		require.ErrorIs(t, err, down)
		require.ErrorContains(t, err, "no broker answers at kafka-1:9092")
		require.ErrorContains(t, err, "check kafka.bootstrap-servers")
		require.NotContains(t, err.Error(), "canary")

		e.open = func(i int) (broker.Consumer, error) {
			c, err := e.newClient(i)
			c.(*client).Emit(clientError(broker.Transient, -195))
			c.(*client).Emit(clientError(broker.Transient, -187))
			return c, err
		}
		_, err = e.timed(context.Background(), k)
		require.ErrorIs(t, err, container.ErrNoBroker)
		require.ErrorContains(t, err, "injected -195", "what the client says of the connection says more")
	})
}

func TestStartFailsWhereItIsNotAllowed(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Deny(topic)
		e.spec.Start = fails(time.Second)
		k := e.prepared()
		_, err := e.timed(context.Background(), k)
		require.ErrorIs(t, err, container.ErrNotAllowed)
		require.ErrorContains(t, err, "not allowed to read topic orders")
	})
	bubble(t, func(t *testing.T, e *engine) {
		// With a wrong password no question is answered; why is an event.
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Err: errBoom})
		e.spec.Start = fails(time.Second)
		e.open = func(i int) (broker.Consumer, error) {
			c, err := e.newClient(i)
			c.(*client).Emit(clientError(broker.Auth, -169))
			return c, err
		}
		k := e.prepared()
		_, err := e.timed(context.Background(), k)
		require.ErrorIs(t, err, container.ErrNotAllowed)
		require.ErrorContains(t, err, "check the credentials")
	})
}

func TestStartFailsForAMissingPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start = fails(time.Second)
		e.spec.Topics, e.spec.Partitions = nil, []spec.PartitionSet{{Topic: topic, IDs: []int32{1, 7}}}
		_, err := e.timed(context.Background(), e.prepared())
		require.ErrorIs(t, err, container.ErrNoPartition)
		require.ErrorContains(t, err, "orders[7], the topic has 4 partitions")
	})
}

func TestStartFailNeedsNoTopicForAPattern(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Topics = fails(time.Second), []string{"^later.*"}
		took, err := e.timed(context.Background(), e.prepared())
		require.NoError(t, err)
		require.Zero(t, took)
	})
}

func TestRegistryStartsAllAtTheSameTime(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var specs []container.Spec
		for _, id := range []string{"a", "b", "c"} {
			s := e.spec
			s.ID, s.Group, s.Topics, s.Start = id, id, []string{"later"}, waits(10*time.Second)
			specs = append(specs, e.complete(s, nothing))
		}
		e.reg = e.registry(specs...)
		began := time.Now()
		require.NoError(t, e.reg.Start(context.Background()))
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

func TestRegistryStartFailsAsAWhole(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		bad := e.spec
		bad.ID, bad.Topics, bad.Start = "bad", []string{"later"}, fails(3*time.Second)
		e.reg = e.registry(e.complete(e.spec, nothing), e.complete(bad, nothing))
		err := e.reg.Start(context.Background())
		require.ErrorIs(t, err, container.ErrNoTopic)
		require.Empty(t, e.group.Members(), "the others are stopped again")
		require.Equal(t, container.Stopped, e.container("billing").Status().State)
	})
}

func TestRegistryStopEndsAStart(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Start, e.spec.Topics = waits(time.Hour), []string{"later"}
		e.prepared()
		answer := make(chan error, 1)
		go func() { answer <- e.reg.Start(context.Background()) }()
		e.pass(time.Second)
		require.NoError(t, e.reg.Stop(context.Background()))
		require.Error(t, <-answer)
		require.Empty(t, e.group.Members())
	})
}
