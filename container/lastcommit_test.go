package container_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
)

// A commit that is asked for in the middle of a rebalance is answered when all
// others have joined: a stop has that time, where its handlers do not need it.
func TestStopWaitsForACommitBehindARebalance(t *testing.T) {
	for answer, clean := range map[time.Duration]bool{10 * time.Second: true, 18 * time.Second: true, 24 * time.Second: false} {
		bubble(t, func(t *testing.T, e *engine) {
			e.cluster.Fill(topic, 0, 2)
			e.mode(ackmode.Time)
			k := e.start(done)
			e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Delay: answer, Count: 1})
			took, err := e.stop(k)
			if !clean {
				require.Len(t, abandoned(t, err), 2)
				require.LessOrEqual(t, took, 25*time.Second)
				e.pass(10 * time.Second) // what was left behind closes
				return
			}
			require.NoError(t, err)
			require.InDelta(t, answer, took, float64(time.Second))
			require.EqualValues(t, 2, e.committed(0))
			require.Empty(t, e.group.Members())
		})
	}
}

// The last commit of a stop that a rebalance has overtaken is sent again.
func TestStopSendsARefusedLastCommitAgain(t *testing.T) {
	for code, class := range map[int]broker.Class{22: broker.Fenced, 27: broker.Retriable, -180: broker.Retriable} {
		bubble(t, func(t *testing.T, e *engine) {
			e.cluster.Fill(topic, 0, 2)
			e.mode(ackmode.Time)
			k := e.start(done)
			e.commitFault(clientError(class, code), 3)
			took, err := e.stop(k)
			require.NoError(t, err)
			require.LessOrEqual(t, took, time.Second)
			require.EqualValues(t, 2, e.committed(0))
			require.Len(t, found[event.CommitFailed](e), 3)
		})
	}
}

// What is not ours any more is not: its next owner may be further on.
func TestStopDoesNotCommitForTheNextOwner(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.Manual()
		e.mode(ackmode.Time)
		k := e.start(done)
		m := e.member(0)
		m.Give(part(0), part(1))
		e.cluster.Fill(topic, 0, 2)
		e.cluster.Fill(topic, 1, 2)
		e.settle()
		heal := e.commitFault(clientError(broker.Fenced, 22), 0)
		go func() { _, _ = e.stop(k) }()
		e.pass(time.Second)
		m.Revoke(part(0))
		e.pass(time.Second)
		heal()
		e.pass(time.Second)
		require.EqualValues(t, -1, e.committed(0))
		require.EqualValues(t, 2, e.committed(1))
		require.Equal(t, container.Stopped, k.Status().State)
	})
}
