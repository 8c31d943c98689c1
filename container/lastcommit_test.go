package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
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

// What a rebalance takes from a stop before its refused commit was sent again
// goes with a last commit all the same: it is ours until it is given back.
func TestStopCommitsWhatARebalanceTakes(t *testing.T) {
	for _, answered := range []bool{false, true} {
		for taken := 1; taken <= 2; taken++ {
			bubble(t, func(t *testing.T, e *engine) {
				k, answer := e.stopRefusedOnce()
				if answered {
					close(answer)
					e.untilRefused()
				}
				e.member(0).Revoke([]broker.Partition{part(0), part(1)}[:taken]...)
				if !answered {
					e.pass(20 * time.Millisecond) // it waits for the answer
					close(answer)
				}
				e.pass(time.Second)
				require.Equal(t, container.Stopped, k.Status().State)
				require.EqualValues(t, 2, e.committed(0))
				require.EqualValues(t, 2, e.committed(1))
				require.Len(t, e.group.Commits(), 2, "each partition once")
				require.Empty(t, found[event.ConsumerEnded](e)[0].Abandoned)
			})
		}
	}
}

// stopRefusedOnce begins the stop of a listener with two partitions: its last
// commit is refused when answer is closed.
func (e *engine) stopRefusedOnce() (k *container.Container, answer chan struct{}) {
	k, answer = e.withTwo(), make(chan struct{})
	e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: clientError(broker.Retriable, 27), Block: answer, Count: 1})
	go func() { _, _ = e.stop(k) }()
	e.pass(time.Second)
	return k, answer
}

// withTwo starts a listener that has done two records of each of two partitions.
func (e *engine) withTwo() *container.Container {
	e.group.Manual()
	e.mode(ackmode.Time)
	k := e.start(done)
	e.member(0).Give(part(0), part(1))
	e.cluster.Fill(topic, 0, 2)
	e.cluster.Fill(topic, 1, 2)
	e.settle()
	return k
}

func (e *engine) untilRefused() {
	for len(found[event.CommitFailed](e)) == 0 {
		e.pass(time.Millisecond)
	}
}

// What a rebalance has taken without a commit is named, also where the rest was
// committed.
func TestStopNamesWhatWasTakenUncommitted(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		_, answer := e.stopRefusedOnce()
		close(answer)
		e.untilRefused()
		e.commitFault(clientError(broker.Retriable, 27), 1, part(0))
		e.member(0).Revoke(part(0))
		e.pass(time.Second)
		require.EqualValues(t, -1, e.committed(0))
		require.EqualValues(t, 2, e.committed(1))
		require.Equal(t, []string{"billing/0: the last commit: orders[0]: kafka: commit: injected 27 (code 27)"},
			found[event.ConsumerEnded](e)[0].Abandoned)
	})
}

// What is not ours any more is not: its next owner may be further on.
func TestStopDoesNotCommitForTheNextOwner(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.withTwo()
		heal := e.commitFault(clientError(broker.Fenced, 22), 0)
		go func() { _, _ = e.stop(k) }()
		e.pass(time.Second)
		e.member(0).Revoke(part(0))
		e.pass(time.Second)
		heal()
		e.pass(time.Second)
		require.EqualValues(t, -1, e.committed(0))
		require.EqualValues(t, 2, e.committed(1))
		require.Equal(t, container.Stopped, k.Status().State)
	})
}

// A seek that a loss has overtaken commits nothing: the last commit of what was
// lost is the next owner's to undo.
func TestASeekAfterALossCommitsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Time)
		e.cluster.Fill(topic, 0, 5)
		m := e.manual(done)
		answer := make(chan struct{})
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Block: answer, Count: 1})
		e.pass(e.spec.AckTime + time.Second)
		e.cluster.Fill(topic, 0, 2) // settled above the commit that is under way
		e.settle()
		k := e.container("billing")
		go func() { _ = k.Seek(context.Background(), topic, 0, listener.FromEnd(0)) }()
		e.pass(time.Second) // it waits for the commit, with the old book
		m.Lose()
		e.pass(time.Second)
		next := len(e.group.Commits())
		close(answer)
		e.pass(10 * time.Second)
		for _, c := range e.group.Commits()[next:] {
			require.NotEqualValues(t, 7, c.Offset.Offset, "by %s", c.Member)
		}
	})
}
