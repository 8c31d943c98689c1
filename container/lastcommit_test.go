package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
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
				for _, c := range e.group.Commits() {
					require.True(t, c.Owned, "%+v", c)
				}
				require.Empty(t, e.abandoned())
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
	for range 1000 {
		if len(found[event.CommitFailed](e)) > 0 {
			return
		}
		e.pass(time.Millisecond)
	}
	require.Fail(e.t, "no commit was refused")
}

// abandoned is what the one consumer that has ended left behind.
func (e *engine) abandoned() []string {
	ended := found[event.ConsumerEnded](e)
	require.Len(e.t, ended, 1)
	return ended[0].Abandoned
}

// What a rebalance takes without a commit after the stop has tried is named, also
// where the rest was committed.
func TestStopNamesWhatWasTakenUncommitted(t *testing.T) {
	for name, tt := range map[string]struct {
		take func(e *engine, m *client)
		want string
	}{
		"revoked": {func(e *engine, m *client) {
			e.commitFault(clientError(broker.Fenced, 22), 1, part(0))
			m.Revoke(part(0))
		}, "orders[0]"},
		"assigned again": {func(_ *engine, m *client) { m.Give(part(0)) }, "orders[0]"},
		"lost":           {func(_ *engine, m *client) { m.Lose() }, "orders[0], orders[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				_, answer := e.stopRefusedOnce()
				close(answer)
				e.untilRefused()
				tt.take(e, e.member(0))
				e.pass(time.Second)
				require.EqualValues(t, -1, e.committed(0))
				require.Equal(t, []string{"billing/0: the last commit: " + tt.want + ": kafka: commit: injected 27 (code 27)"}, e.abandoned())
			})
		})
	}
}

// What a rebalance has given back without an answer is not named where one came
// later, although the stop had been refused before.
func TestStopNamesNothingThatWasAnsweredLate(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		_, refused := e.stopRefusedOnce()
		answer := make(chan struct{})
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Block: answer, Count: 1})
		close(refused)
		e.pass(time.Second)
		e.revokeBefore(answer)
		require.EqualValues(t, 2, e.committed(0))
		require.EqualValues(t, 2, e.committed(1))
		require.Empty(t, e.abandoned())
	})
}

// revokeBefore takes partition 0 while its commit waits for answer, which comes
// when the rebalance has given up.
func (e *engine) revokeBefore(answer chan struct{}) {
	e.member(0).Revoke(part(0))
	e.pass(5 * time.Second)
	require.Len(e.t, found[event.Revoked](e), 1)
	require.Error(e.t, found[event.Revoked](e)[0].Err)
	close(answer)
	e.pass(time.Second)
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
		require.Equal(t, []string{"billing/0: the last commit: orders[0]: kafka: commit: injected 22 (code 22)"}, e.abandoned())
	})
}

// startWithAMap starts a listener that does all of ten records but the fourth,
// and commits only at its end.
func (e *engine) startWithAMap() *container.Container {
	e.mode(ackmode.Time)
	e.spec.AckTime = time.Hour
	e.parallel(spec.OrderKey, 8)
	e.fillKeys(10, 10)
	e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.Redeliver(time.Hour) })
	return e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
		if r.Offset == 3 {
			return errBoom
		}
		return nil
	})
}

// A last commit whose map was too large is not made without it where the
// partition was given back meanwhile.
func TestABareCommitIsNotForTheNextOwner(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.group.Manual()
		e.startWithAMap()
		e.member(0).Give(part(0))
		e.pass(time.Second)
		answer := make(chan struct{})
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Err: clientError(broker.MetadataTooLarge, 12), Block: answer})
		e.revokeBefore(answer)
		require.Len(t, found[event.CommitMapTooLarge](e), 1)
		require.EqualValues(t, -1, e.committed(0))
	})
}

// A seek that a loss has overtaken commits nothing of what was lost: its next
// owner may be further on.
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
		answered := false
		go func() {
			_ = k.Seek(context.Background(), topic, 0, listener.FromEnd(0))
			answered = true
		}()
		e.pass(time.Second)
		require.False(t, answered, "it waits for the commit, with the old book")
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
