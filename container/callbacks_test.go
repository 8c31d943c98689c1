package container_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// A diary is what happened, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...)
}

// diary makes the engine's rebalance callbacks write down what they see.
func (e *engine) diary() *diary {
	d := &diary{}
	note := func(name string) func(context.Context, []listener.TopicPartition) {
		return func(ctx context.Context, parts []listener.TopicPartition) {
			d.add("%s %d committed %d", name, parts[0].Partition, e.committed(parts[0].Partition))
			if in := listener.Info(ctx); in.Listener != "billing" || in.Topic != "" {
				d.add("bad info %v", in)
			}
		}
	}
	e.spec.Rebalance = listener.RebalanceListener{
		Assigned: func(ctx context.Context, a *listener.Assigned) {
			note("assigned")(ctx, a.Partitions)
		},
		RevokedBeforeCommit: note("before"), RevokedAfterCommit: note("after"), Lost: note("lost"),
	}
	return d
}

func TestRebalanceCallbacksAreCalledInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Time)
		d := e.diary()
		m := e.manual(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			d.add("record")
			return nil
		})
		e.cluster.Fill(topic, 0, 2)
		e.pass(time.Second)
		m.Revoke(part(0))
		e.pass(time.Second)
		require.Equal(t, []string{
			"assigned 0 committed -1", "record", "record", "before 0 committed -1", "after 0 committed 2",
		}, d.read())
		m.Lose()
		e.pass(time.Second)
		require.Equal(t, "lost 1 committed -1", d.read()[5])
	})
}

func TestStopCallsTheRebalanceCallbacks(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Time)
		d := e.diary()
		k := e.start(done)
		e.cluster.Fill(topic, 0, 2)
		e.pass(time.Second)
		_, err := e.stop(k)
		require.NoError(t, err)
		lines := d.read()
		require.Len(t, lines, 3)
		require.Contains(t, lines[1], "before")
		require.Contains(t, lines[2], "after")
		require.EqualValues(t, 2, e.committed(0))
	})
}

func TestAcksInsideRevokedBeforeCommitCount(t *testing.T) {
	for _, mode := range []ackmode.Mode{ackmode.Manual, ackmode.ManualImmediate} {
		for _, how := range []string{"revoke", "stop"} {
			t.Run(mode.String()+" "+how, func(t *testing.T) {
				bubble(t, func(t *testing.T, e *engine) {
					e.mode(mode)
					var kept box[listener.Acknowledgment]
					var early, late box[error]
					e.spec.Rebalance.RevokedBeforeCommit = func(context.Context, []listener.TopicPartition) {
						early.set(kept.get().Acknowledge())
					}
					e.spec.Rebalance.RevokedAfterCommit = func(context.Context, []listener.TopicPartition) {
						late.set(kept.get().Acknowledge())
					}
					m := e.manual(func(_ context.Context, _ *listener.RawRecord, k listener.Acknowledgment) error {
						kept.set(k)
						return nil
					})
					e.cluster.Fill(topic, 0, 1)
					e.pass(time.Second)
					if how == "revoke" {
						m.Revoke()
						e.pass(time.Second)
					} else {
						_, err := e.stop(e.container("billing"))
						require.NoError(t, err)
					}
					require.NoError(t, early.get())
					require.ErrorIs(t, late.get(), listener.ErrRevoked)
					require.EqualValues(t, 1, e.committed(0))
				})
			})
		}
	}
}

func TestPanicsOfRebalanceCallbacksAreEvents(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Rebalance = listener.RebalanceListener{
			Assigned: func(_ context.Context, a *listener.Assigned) {
				a.Seek(topic, 0, listener.FromOffset(1))
				panic("boom")
			},
			RevokedBeforeCommit: func(context.Context, []listener.TopicPartition) { runtime.Goexit() },
		}
		e.cluster.Fill(topic, 0, 2)
		m := e.manual(done)
		e.pass(time.Second)
		require.Equal(t, []int64{0, 1}, e.seen(), "a call that failed has no say")
		m.Revoke(part(0))
		e.pass(time.Second)
		failed := found[event.RebalanceCallbackFailed](e)
		require.Len(t, failed, 2)
		require.ErrorContains(t, failed[0].Err, "boom")
		require.Equal(t, "RevokedBeforeCommit", failed[1].Callback)
		require.Len(t, found[event.Revoked](e), 1)
	})
}

func TestCallbackThatTakesTooLongIsLeftBehind(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		var cause box[error]
		e.spec.Rebalance = listener.RebalanceListener{
			RevokedBeforeCommit: func(ctx context.Context, _ []listener.TopicPartition) {
				<-ctx.Done()
				cause.set(context.Cause(ctx))
				hung.wait()
			},
			RevokedAfterCommit: func(context.Context, []listener.TopicPartition) { t.Error("called beside another one") },
			Lost:               func(context.Context, []listener.TopicPartition) {},
		}
		m := e.manual(done)
		e.cluster.Fill(topic, 0, 2)
		e.pass(time.Second)
		m.Revoke(part(0))
		e.pass(10*time.Second - time.Millisecond)
		require.NoError(t, cause.get())
		e.pass(time.Second + 2*time.Millisecond)
		require.ErrorIs(t, cause.get(), context.DeadlineExceeded)
		failed := found[event.RebalanceCallbackFailed](e)
		require.Len(t, failed, 2)
		require.ErrorContains(t, failed[0].Err, "within 10s")
		require.ErrorContains(t, failed[1].Err, "not called: the rebalance callback RevokedBeforeCommit, running for 11s")
		require.EqualValues(t, 2, e.committed(0), "the last commit went out all the same")
		m.Give(part(2)) // later rebalances go on
		e.cluster.Fill(topic, 2, 1)
		e.pass(time.Second)
		require.Len(t, e.of(2), 1)
		k := e.container("billing")
		took, err := e.stop(k)
		require.Less(t, took, time.Second)
		require.ErrorContains(t, err, "billing/0: rebalance callback RevokedBeforeCommit, running for")
		hung.free()
	})
}

func TestCallbackThatHasReturnedLateIsFollowedByOthers(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		d := &diary{}
		e.spec.Rebalance = listener.RebalanceListener{
			RevokedBeforeCommit: func(context.Context, []listener.TopicPartition) { hung.wait() },
			RevokedAfterCommit:  func(_ context.Context, p []listener.TopicPartition) { d.add("after %d", p[0].Partition) },
		}
		m := e.manual(done)
		m.Revoke(part(0))
		e.pass(20 * time.Second)
		hung.free()
		e.settle()
		m.Revoke(part(1))
		e.pass(20 * time.Second)
		require.Equal(t, []string{"after 1"}, d.read())
	})
}

// A revoke inside the polls of a stop that waits for a callback.
func TestRevokeDuringTheStopsCallback(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		d := &diary{}
		e.spec.Rebalance = listener.RebalanceListener{
			RevokedBeforeCommit: func(_ context.Context, p []listener.TopicPartition) {
				d.add("before %d", len(p))
				e.member(0).Revoke(part(0))
				time.Sleep(5 * time.Second) //nolint:forbidigo // fake time
				d.add("end")
			},
			RevokedAfterCommit: func(_ context.Context, p []listener.TopicPartition) { d.add("after %v", p) },
		}
		e.manual(done)
		_, err := e.stop(e.container("billing"))
		require.NoError(t, err)
		require.Equal(t, []string{"before 2", "end", "after [{orders 0}]", "after [{orders 1}]"}, d.read())
	})
}

func TestUnansweredStartGivesBackWhatAssignedWasToldOf(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		d := e.diary()
		e.cluster.Inject(faultCommitted(clientError(broker.Retriable, 16)))
		e.start(done)
		e.pass(5500 * time.Millisecond)
		require.Equal(t, []string{"assigned 0 committed -1", "before 0 committed -1", "after 0 committed -1"}, d.read())
	})
}

func faultCommitted(err error) brokertest.Fault {
	return brokertest.Fault{Op: brokertest.OpCommitted, Err: err}
}
