package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

func TestListenerIdle(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.IdleInterval, e.spec.Concurrency = time.Minute, 2
		e.start(done)
		for i := range 5 {
			e.pass(40 * time.Second)
			e.cluster.Fill(topic, int32(i%4), 1) // any consumer's record counts
		}
		e.pass(time.Second)
		require.Empty(t, found[event.ListenerIdle](e))
		e.pass(3*time.Minute + time.Second)
		idle := found[event.ListenerIdle](e)
		require.Len(t, idle, 3, "every interval")
		for i, ev := range idle {
			require.InDelta(t, float64(i+1), ev.Idle.Minutes(), 0.01)
			require.False(t, ev.Over)
		}
		e.cluster.Fill(topic, 0, 3)
		e.pass(time.Second)
		idle = found[event.ListenerIdle](e)
		require.Len(t, idle, 4)
		require.True(t, idle[3].Over)
		require.InDelta(t, 182, idle[3].Idle.Seconds(), 1)
		e.pass(58 * time.Second)
		require.Len(t, found[event.ListenerIdle](e), 4)
	})
}

func TestPartitionIdle(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.PartitionIdle = time.Minute
		m := e.manual(done)
		e.pass(time.Second)
		m.Revoke(part(1), part(2), part(3))
		e.pass(30 * time.Second)
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Minute + time.Second)
		idle := found[event.PartitionIdle](e)
		require.Len(t, idle, 1)
		require.Equal(t, event.Partition{Topic: topic}, idle[0].Partition)
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Second)
		require.True(t, found[event.PartitionIdle](e)[1].Over)
		require.Empty(t, found[event.ListenerIdle](e))
	})
}

func TestPartitionPausedAndResumed(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.start(done)
		k.PausePartition(topic, 1)
		e.pass(time.Second)
		paused := found[event.PartitionPaused](e)
		require.Len(t, paused, 1)
		require.True(t, paused[0].ByUser)
		require.EqualValues(t, 1, paused[0].Partition.ID)
		k.Pause()
		e.pass(time.Second)
		require.Len(t, found[event.PartitionPaused](e), 4)
		k.Resume()
		k.ResumePartition(topic, 1)
		e.pass(time.Second)
		require.Len(t, found[event.PartitionResumed](e), 4)
	})
}

func TestPartitionPausedByPressure(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.MaxPollRecords = 1
		e.cluster.Fill(topic, 0, 100)
		slow := newStuck(t)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error { slow.wait(); return nil })
		e.pass(2 * time.Second)
		paused := found[event.PartitionPaused](e)
		require.NotEmpty(t, paused)
		require.False(t, paused[0].ByUser)
		slow.free()
		e.pass(5 * time.Second)
		require.NotEmpty(t, found[event.PartitionResumed](e))
	})
}

func TestGroupIsDeletedAfterACleanStop(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var members, calls int
		e.spec.Concurrency = 2
		e.spec.DeleteGroup = func(ctx context.Context) error {
			members, calls = len(e.group.Members()), calls+1
			_, limited := ctx.Deadline()
			require.True(t, limited)
			return nil
		}
		k := e.start(done)
		_, err := e.stop(k)
		require.NoError(t, err)
		require.Equal(t, []int{0, 1}, []int{members, calls}, "all members have left")
		require.Equal(t, []event.GroupDeleted{{Listener: "billing", Group: group}}, found[event.GroupDeleted](e))
	})
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.DeleteGroup = func(context.Context) error { return errBoom }
		_, err := e.stop(e.start(done))
		require.NoError(t, err, "its error never fails the stop")
		require.ErrorIs(t, found[event.GroupDeleted](e)[0].Err, errBoom)
	})
	bubble(t, func(t *testing.T, e *engine) {
		gate := newStuck(t)
		e.spec.DeleteGroup = func(context.Context) error { gate.wait(); return nil }
		took, err := e.stop(e.start(done))
		require.NoError(t, err)
		require.Equal(t, 24*time.Second, took, "within the stop's time")
		require.ErrorIs(t, found[event.GroupDeleted](e)[0].Err, context.DeadlineExceeded)
	})
	bubble(t, func(t *testing.T, e *engine) {
		deaf := newStuck(t)
		e.cluster.Fill(topic, 0, 1)
		e.spec.DeleteGroup = func(context.Context) error { t.Error("the stop was not clean"); return nil }
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error { deaf.wait(); return nil })
		e.pass(time.Second)
		_, err := e.stop(k)
		require.Error(t, err)
	})
}
