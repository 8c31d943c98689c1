package container_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
)

// health returns status and reason.
func health(k *container.Container) [2]string {
	h := k.Health()
	return [2]string{h.Status.String(), h.Reason}
}

func up() [2]string { return [2]string{"up", ""} }

// story returns the health changes, in order.
func (e *engine) story() (out [][2]string) {
	for _, ev := range found[event.HealthChanged](e) {
		out = append(out, [2]string{ev.Status, ev.Reason})
	}
	return out
}

const starting = "starting: no partition was assigned yet"

func TestHealthOfAQuietLife(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		e.pass(time.Hour)
		require.Equal(t, up(), health(k))
		h := e.reg.Health()
		require.Len(t, h, 1)
		require.Equal(t, "billing", h[0].Listener)
		require.Len(t, h[0].Consumers[0].Partitions, 4)
		k.PausePartition(topic, 2)
		require.Equal(t, [2]string{"up", "paused by request: orders[2]"}, health(k))
		k.ResumePartition(topic, 2)
		k.Pause()
		require.Equal(t, [2]string{"up", "paused by request"}, health(k))
		k.Resume()
		_, err := e.stop(k)
		require.NoError(t, err)
		require.Equal(t, [][2]string{
			{"degraded", starting},
			up(),
			{"up", "paused by request: orders[2]"},
			up(),
			{"up", "paused by request"},
			up(),
			{"stopped", "stopping"},
			{"stopped", "stopped"},
		}, e.story())
	})
}

func TestHealthOfAListenerThatIsNotStarted(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.AutoStartup = false
		k := e.start(done)
		require.Equal(t, [2]string{"stopped", "auto-startup is off"}, health(k))
		require.Equal(t, [][2]string{{"stopped", "auto-startup is off"}}, e.story(), "it is said once, at the application's start")
		require.NoError(t, k.Start(context.Background()))
		e.pass(time.Second)
		require.Equal(t, up(), health(k))
	})
}

func TestTopicThatIsCreatedLate(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Topics = []string{"later"}
		k := e.start(done)
		e.pass(9 * time.Second)
		require.Equal(t, [2]string{"degraded", starting}, health(k))
		e.pass(2 * time.Second)
		require.Equal(t, [2]string{"down", "waits for topic later"}, health(k))
		e.pass(time.Hour)
		require.Len(t, found[event.NotAssigned](e), 1, "it is said once")
		e.cluster.CreateTopic("later", 1)
		e.pass(time.Second)
		require.Equal(t, up(), health(k))
		require.Equal(t, []string{"waits for topic later", "waits for topic later"}, e.reasons())
		require.True(t, found[event.NotAssigned](e)[1].Resolved)
	})
}

// reasons returns those of all NotAssigned events.
func (e *engine) reasons() (out []string) {
	for _, ev := range found[event.NotAssigned](e) {
		out = append(out, ev.Reason)
	}
	return out
}

func TestPatternWithoutATopic(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Topics = []string{"^later.*"}
		k := e.start(done)
		e.pass(12 * time.Second)
		require.Equal(t, [2]string{"degraded", "waits for a topic that matches the pattern"}, health(k))
		e.cluster.CreateTopic("later-1", 1)
		e.pass(time.Second)
		require.Equal(t, up(), health(k))
	})
}

func TestMemberForWhichThereIsNoPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Concurrency = 5 // of 4 partitions
		k := e.start(done)
		e.pass(time.Second)
		spare := slices.IndexFunc(e.clients, func(c *client) bool { return len(c.Assigned()) == 0 })
		e.member(spare).idle.Store(true)
		e.pass(11 * time.Second)
		h := k.Health()
		require.Equal(t, container.HealthUp, h.Status, "that is fine")
		require.Equal(t, fmt.Sprintf("consumer %d: idle member: the group has more consumers than the 4 partitions", spare), h.Reason)
		require.True(t, found[event.NotAssigned](e)[0].Idle)
		e.member((spare + 1) % 5).Emit(clientError(broker.Dead, -150))
		e.pass(500 * time.Millisecond)
		require.True(t, found[event.NotAssigned](e)[1].Resolved, "it stepped in")
	})
}

func TestMemberThatIsNotAnswered(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.Manual()
		k := e.start(done)
		e.pass(12 * time.Second)
		require.Equal(t, container.HealthDegraded, k.Health().Status)
		require.Contains(t, k.Health().Reason, "a rebalance is under way")
		e.member(0).Give(part(0))
		e.pass(time.Second)
		require.Equal(t, up(), health(k))
		e.member(0).Revoke()
		e.pass(9 * time.Second)
		require.Equal(t, up(), health(k), "a rebalance may take a while")
		e.pass(3 * time.Second)
		require.Contains(t, k.Health().Reason, "a rebalance is under way")
		_, err := e.stop(k)
		require.NoError(t, err)
		said := found[event.NotAssigned](e)
		require.True(t, said[len(said)-1].Resolved, "a stop ends it, too")
	})
}

func TestBrokerThatGoesAndComesBack(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Client = map[string]string{"bootstrap.servers": "kafka-1:9092"}
		k := e.start(done)
		e.pass(time.Minute)
		back := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Err: errBoom})
		e.member(0).Emit(clientError(broker.Transient, -187))
		e.pass(time.Second)
		require.Equal(t, [2]string{"down", "no broker answers at kafka-1:9092"}, health(k))
		since := k.Health().Since
		e.pass(3 * time.Minute)
		require.Equal(t, since, k.Health().Since)
		back()
		e.pass(11 * time.Second)
		require.Equal(t, up(), health(k))
		require.Empty(t, found[event.ConsumerFailed](e), "a client that heals by itself stays")
	})
}

func TestAllBrokersDownMayBeAFalseAlarm(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		e.pass(time.Minute)
		e.member(0).Emit(clientError(broker.Transient, -187))
		e.pass(time.Minute)
		require.Equal(t, up(), health(k))
		require.Len(t, e.story(), 2)
	})
}

// A question that hangs neither holds up the loop nor the stop for long.
func TestQuestionThatHangs(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Topics = []string{"later"}
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Delay: 2 * time.Second, Err: errBoom})
		k := e.start(done)
		e.pass(10*time.Second + 500*time.Millisecond)
		took, err := e.stop(k)
		require.NoError(t, err)
		require.LessOrEqual(t, took, 2*time.Second)
		require.Empty(t, e.member(0).Misuse(), "no Close beside a question")
	})
}

func TestWrongPasswordIsCorrected(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var password box[string]
		password.set("wrong")
		var opened []string
		e.spec.AuthRetry = 20 * time.Second
		e.open = func(i int) (broker.Consumer, error) {
			c, err := e.newClient(i)
			opened = append(opened, password.get())
			if password.get() == "wrong" {
				c.(*client).Emit(clientError(broker.Auth, -169))
			}
			return c, err
		}
		e.cluster.Fill(topic, 0, 1)
		k := e.start(done)
		e.pass(time.Second)
		h := k.Health()
		require.Equal(t, container.HealthDown, h.Status)
		require.Contains(t, h.Reason, "not allowed: ")
		require.Equal(t, e.began.Add(20*time.Second).Unix(), h.Consumers[0].RetryAt.Unix())
		e.pass(50 * time.Second)
		refused := found[event.ConsumerNotAllowed](e)
		require.Len(t, refused, 3, "at 0, 20 and 40 s")
		require.Equal(t, 20*time.Second, refused[2].Retry, "without back-off")
		require.Empty(t, found[event.ConsumerFailed](e))
		require.Empty(t, e.seen())
		password.set("right")
		e.pass(20 * time.Second)
		require.Equal(t, []string{"wrong", "wrong", "wrong", "right"}, opened)
		require.Equal(t, up(), health(k))
		require.Len(t, e.seen(), 1)
		require.Len(t, e.story(), 3, "starting, down, up: nothing in between")
	})
}

func TestACLDeniedAndGranted(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		e.pass(time.Second)
		e.cluster.Deny(topic)
		e.pass(time.Minute)
		require.Equal(t, container.HealthDown, k.Health().Status)
		require.NotEmpty(t, found[event.ConsumerNotAllowed](e))
		e.cluster.Allow(topic)
		e.cluster.Fill(topic, 1, 1)
		e.pass(31 * time.Second)
		require.Equal(t, up(), health(k))
		require.Len(t, e.seen(), 1)
	})
}
