package container_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A broker that comes and goes costs a bounded number of events, however often
// it does, and leaves nothing behind.
func TestFlappingBrokerIsNoStormOfEvents(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Concurrency = 2
		k := e.start(done)
		e.pass(time.Second)
		before := len(found[event.Event](e))
		const minutes = 20
		for i := range minutes * 60 / 4 {
			cures := []func(){
				e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Err: errBoom}),
				e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: clientError(broker.Transient, -195)}),
			}
			for n := range 2 {
				for range 20 {
					e.member(n).Emit(clientError(broker.Transient, -187))
					e.member(n).Emit(clientError(broker.Transient, -195))
				}
			}
			e.cluster.Fill(topic, int32(i%4), 1)
			e.pass(2 * time.Second)
			for _, cure := range cures {
				cure()
			}
			e.pass(2 * time.Second)
		}
		byType := map[string]int{}
		for _, ev := range found[event.Event](e)[before:] {
			switch ev.(type) {
			case event.HealthChanged:
				byType["health"]++
			case event.ClientError:
				byType["client"]++
			case event.NotAssigned:
				byType["not assigned"]++
			case event.CommitFailed:
				byType["commit failed"]++
			}
		}
		t.Logf("in %d minutes: %v", minutes, byType)
		require.LessOrEqual(t, byType["health"], minutes*12)
		require.LessOrEqual(t, byType["client"], minutes*2*2*7, "one per kind, consumer and 10 s")
		require.LessOrEqual(t, byType["commit failed"], minutes*100)
		require.Zero(t, byType["not assigned"])
		e.pass(time.Minute)
		require.Equal(t, up(), health(k))
	})
}

// Commits that fail for one partition after another are one reason.
func TestFailingCommitsAreOneReason(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		e.pass(time.Second)
		var cures []func()
		for id := range int32(4) {
			fault := clientError(broker.Retriable, 27)
			fault.Part = part(id)
			cures = append(cures, e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Err: fault, Parts: []broker.Partition{part(id)}}))
		}
		again := func(id int32) {
			fault := clientError(broker.Retriable, 27)
			fault.Part = part(id)
			cures = append(cures, e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: fault, Parts: []broker.Partition{part(id)}}))
		}
		for i := range int32(40) {
			for _, cure := range cures {
				cure()
			}
			again(i % 4)
			e.cluster.Fill(topic, i%4, 1)
			e.pass(time.Second)
		}
		require.LessOrEqual(t, len(e.story()), 4)
		for _, cure := range cures {
			cure()
		}
		e.pass(time.Minute)
		require.Equal(t, up(), health(k))
	})
}

// A topic that is missing is said, also while the listener reads others.
func TestOneOfSeveralTopicsIsMissing(t *testing.T) {
	for _, explicit := range []bool{false, true} {
		bubble(t, func(t *testing.T, e *engine) {
			e.spec.Topics = []string{topic, "late"}
			if explicit {
				e.explicit(spec.PartitionSet{Topic: topic}, spec.PartitionSet{Topic: "late"})
			}
			e.cluster.Fill(topic, 0, 1)
			k := e.start(done)
			e.pass(time.Second)
			require.Equal(t, [2]string{"degraded", "waits for topic late, reads the others"}, health(k))
			require.Len(t, e.seen(), 1)
			e.cluster.CreateTopic("late", 1)
			e.pass(11 * time.Second)
			require.Equal(t, up(), health(k))
			e.cluster.DeleteTopic("late")
			e.pass(45 * time.Second)
			require.Equal(t, [2]string{"degraded", "waits for topic late, reads the others"}, health(k))
			e.cluster.CreateTopic("late", 1)
			e.cluster.Fill("late", 0, 1)
			e.pass(12 * time.Second)
			require.Equal(t, up(), health(k))
			require.Len(t, e.seen(), 2)
		})
	}
}

// A client that is refused in the middle of redeliveries is made anew: nothing
// is lost, and what was settled does not come again.
func TestRefusedInTheMiddleOfRetries(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.AuthRetry = 5 * time.Second
		e.cluster.Fill(topic, 0, 6)
		var healed box[bool]
		k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 3 && !healed.get() {
				return errors.New("not yet")
			}
			return nil
		})
		e.pass(3 * time.Second)
		cure := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: clientError(broker.Auth, 30)})
		e.member(0).Emit(clientError(broker.Auth, -169))
		e.pass(20 * time.Second)
		healed.set(true)
		cure()
		e.pass(time.Minute)
		require.EqualValues(t, 6, e.committed(0))
		first := map[int64]int{}
		for _, c := range e.of(0) {
			first[c.offset]++
		}
		for _, offset := range []int64{0, 1, 2, 4, 5} {
			require.Equal(t, 1, first[offset], "offset %d", offset)
		}
		require.Equal(t, up(), health(k))
	})
}
