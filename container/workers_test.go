package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/listener"
)

func stopVerdict(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Stop() }

func TestDefaultsNeverRunTwoHandlers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var running, most box[int]
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 5)
		}
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			running.set(running.get() + 1)
			most.set(max(most.get(), running.get()))
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // fake time
			running.set(running.get() - 1)
			return nil
		})
		e.pass(time.Minute)
		require.Equal(t, 1, most.get())
		require.Len(t, e.seen(), 20)
	})
}

func TestTwoWorkersRunTwoPartitions(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Workers = 2
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 5)
		}
		var mine [4]box[int]
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			b := &mine[r.Partition]
			require.Zero(t, b.get(), "never one partition twice")
			b.set(1)
			time.Sleep(time.Second) //nolint:forbidigo // fake time
			b.set(0)
			return nil
		})
		e.pass(10*time.Second - time.Millisecond)
		require.Len(t, e.seen(), 20)
		e.pass(time.Millisecond)
		for id := range int32(4) {
			require.EqualValues(t, 5, e.committed(id), "20 s of work in 10")
		}
	})
}

func TestConcurrencyMakesMembers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Concurrency = 2
		k := e.start(second)
		e.pass(time.Second)
		require.Len(t, e.group.Members(), 2)
		for i := range 2 {
			require.Len(t, e.member(i).Assigned(), 2)
		}
		st := k.Status()
		require.Len(t, st.Consumers, 2)
		require.NotEqual(t, st.Consumers[0].Member, st.Consumers[1].Member)
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 2)
		}
		e.pass(4 * time.Second)
		for id := range int32(4) {
			require.EqualValues(t, 2, e.committed(id))
		}
		e.group.CheckMonotonic(t)
	})
}

// One worker serves its partitions in turns of one chunk or 10 ms.
func TestOneWorkerTakesTurns(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 400)
		e.cluster.Fill(topic, 1, 400)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			time.Sleep(time.Millisecond) //nolint:forbidigo // fake time
			return nil
		})
		e.pass(time.Second)
		longest, run, last := 0, 0, int32(-1)
		for _, c := range e.allCalls()[:790] {
			if c.partition != last {
				run, last = 0, c.partition
			}
			run++
			longest = max(longest, run)
		}
		require.LessOrEqual(t, longest, 12)
	})
}

func TestHandlersKnowWhereTheyAre(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Factory = "slow"
		e.cluster.Fill(topic, 2, 1)
		var in box[listener.Invocation]
		e.start(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
			in.set(listener.Info(ctx))
			return nil
		})
		require.Equal(t, listener.Invocation{Listener: "billing", Group: group, Factory: "slow", Topic: topic, Partition: 2}, in.get())
	})
}

// One member of the listener has lost a partition and does not know it yet,
// when another member gets it.
func TestPartitionThatASiblingLostWaitsForItsHandler(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.Manual()
		e.spec.Concurrency, e.spec.Workers = 2, 2
		hung := newStuck(t)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			hung.wait()
			return nil
		})
		one, two := e.member(0), e.member(1)
		one.Give(part(0), part(1))
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 1, 2)
		e.pass(time.Second)
		require.Len(t, e.allCalls(), 2)
		one.Revoke(part(1)) // it waits for a handler …
		e.pass(time.Second)
		one.Lose() // … and does not hear of this
		two.Give(part(0))
		e.pass(time.Second)
		require.Len(t, e.of(0), 1, "the old handler has not returned")
		hung.free()
		e.pass(time.Second)
		require.Len(t, e.of(0), 3)
		require.EqualValues(t, 2, e.committed(0))
		e.group.CheckMonotonic(t)
	})
}
