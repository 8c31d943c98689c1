package container_test

import (
	"context"
	"sync"
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

func TestSeekIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		ctx := context.Background()
		e.spec.Reset = spec.NoReset
		e.cluster.Fill(topic, 0, 3)
		for id := range int32(4) {
			e.group.SetCommitted(broker.Offset{Partition: part(id), Offset: 0})
		}
		k := e.start(done)
		e.pass(time.Second)
		require.ErrorIs(t, k.Seek(ctx, topic, 9, listener.FromBeginning()), container.ErrNotAssigned)
		err := k.Seek(ctx, topic, 0, listener.FromOffset(7))
		require.ErrorContains(t, err, "listener billing: seek of orders[0] to 7: orders[0] has no offset 7: its log goes from 0 to 3")
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpLogEnd, Err: clientError(broker.Transient, -185)})
		began := time.Now()
		require.ErrorContains(t, k.Seek(ctx, topic, 0, listener.FromEnd(0)), "the end of the log")
		require.LessOrEqual(t, time.Since(began), 6*time.Second)
		require.Empty(t, found[event.Sought](e), "nothing was moved")
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Second)
		require.Equal(t, []int64{0, 1, 2, 3}, e.seen())
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		require.ErrorIs(t, k.Seek(short, topic, 0, listener.FromEnd(0)), context.DeadlineExceeded)
		var waits sync.WaitGroup
		waits.Go(func() {
			require.ErrorIs(t, k.Seek(ctx, topic, 0, listener.FromEnd(0)), container.ErrNotRunning)
		})
		e.settle()
		_, err = e.stop(k)
		require.NoError(t, err)
		waits.Wait()
		require.ErrorIs(t, k.SeekAll(ctx, listener.FromBeginning()), container.ErrNotRunning)
	})
}

func TestSeekAllMovesEveryConsumer(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Concurrency = 2
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 3)
		}
		k := e.start(done)
		e.pass(time.Second)
		require.NoError(t, k.SeekAll(context.Background(), listener.FromEnd(2)))
		e.pass(time.Second)
		for id := range int32(4) {
			require.Len(t, e.of(id), 5)
		}
		require.Len(t, found[event.Sought](e), 4)
	})
}

// What the running handler settles does not count, its record and the waiting
// ones are dropped, and nothing starts beside it.
func TestSeekWhileAHandlerRuns(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.spec.Workers = 2
		hung := newStuck(t)
		var late, ended box[error]
		e.cluster.Fill(topic, 0, 6)
		k := e.start(func(ctx context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Offset == 1 {
				hung.wait()
				ended.set(ctx.Err())
				late.set(ack.Acknowledge())
				return errBoom
			}
			return ack.Acknowledge()
		})
		e.pass(time.Second)
		require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromOffset(3)))
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1}, e.seen())
		require.EqualValues(t, 1, e.committed(0), "what was settled before is committed")
		hung.free()
		e.pass(time.Second)
		require.ErrorIs(t, late.get(), listener.ErrRevoked)
		require.NoError(t, ended.get(), "it goes on in peace")
		require.Equal(t, []int64{0, 1, 3, 4, 5}, e.seen())
		require.EqualValues(t, 6, e.committed(0))
		require.Empty(t, found[event.RecordFailed](e))
	})
}

func TestSeekDropsWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.ManualImmediate)
		e.cluster.Fill(topic, 0, 5)
		k := e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
			if r.Offset == 2 && r.Attempt == 1 {
				return ack.Nack(time.Minute)
			}
			return ack.Acknowledge()
		})
		e.pass(time.Second)
		require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromOffset(4)))
		e.pass(time.Hour)
		require.Equal(t, []int64{0, 1, 2, 4}, e.seen())
		require.EqualValues(t, 5, e.committed(0))
	})
}

// No commit of the old ledger comes after one of the new, and the loop polls on
// while the commits hang (see engine.end).
func TestSeekWaitsForTheCommitUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Record)
		e.spec.Await = false
		answer := make(chan struct{})
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Block: answer, Count: 1})
		e.cluster.Fill(topic, 0, 5)
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // fake time
			return nil
		})
		e.pass(time.Second)
		var sought box[bool]
		go func() {
			sought.set(k.Seek(context.Background(), topic, 0, listener.FromOffset(1)) == nil)
		}()
		e.pass(10 * time.Second)
		require.False(t, sought.get())
		require.Len(t, e.seen(), 5, "it works on until then")
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Second)
		require.Len(t, e.seen(), 6)
		close(answer)
		e.pass(time.Second)
		require.True(t, sought.get())
		require.Equal(t, []int64{0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5}, e.seen())
		back := 0
		var last brokertest.Commit
		for _, c := range e.group.Commits() {
			if c.Offset.Offset < last.Offset.Offset {
				back++
				require.Greater(t, c.Epoch, last.Epoch)
			}
			last = c
		}
		require.Equal(t, 1, back, "once, and by the seek")
		require.EqualValues(t, 6, last.Offset.Offset)
	})
}

// A seek meets a revoke of its partition at each of its steps.
func TestRevokeDuringASeek(t *testing.T) {
	for _, at := range []brokertest.Op{brokertest.OpLogEnd, brokertest.OpCommit} {
		t.Run(string(at), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(ackmode.Time)
				e.cluster.Fill(topic, 0, 5)
				m := e.manual(done)
				e.pass(time.Second)
				e.cluster.Inject(brokertest.Fault{Op: at, Delay: 2 * time.Second, Count: 1})
				k := e.container("billing")
				var err box[error]
				go func() { err.set(k.Seek(context.Background(), topic, 0, listener.FromEnd(0))) }()
				e.pass(500 * time.Millisecond)
				m.Revoke(part(0))
				e.pass(5 * time.Second)
				if at == brokertest.OpLogEnd {
					require.ErrorIs(t, err.get(), container.ErrNotAssigned)
				} else {
					require.NoError(t, err.get(), "it had moved, only its last commit was under way")
				}
				m.Give(part(0))
				e.pass(10 * time.Second)
				e.cluster.Fill(topic, 0, 1)
				e.pass(10 * time.Second)
				require.Equal(t, []int64{0, 1, 2, 3, 4, 5}, e.seen())
				require.EqualValues(t, 6, e.committed(0))
				e.group.CheckMonotonic(t)
			})
		})
	}
}

func TestHandlerSeeksItsOwnPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var first box[bool]
		var answer box[error]
		var took box[time.Duration]
		k := e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 2 && !first.get() {
				first.set(true)
				began := time.Now()
				answer.set(e.container("billing").Seek(ctx, r.Topic, r.Partition, listener.FromBeginning()))
				took.set(time.Since(began))
				time.Sleep(500 * time.Millisecond) //nolint:forbidigo // fake time
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 5)
		e.pass(time.Second)
		require.NoError(t, answer.get())
		require.Zero(t, took.get(), "it does not wait for itself")
		require.Equal(t, []int64{0, 1, 2, 0, 1, 2, 3, 4}, e.seen())
		require.EqualValues(t, 5, e.committed(0))
		require.Equal(t, container.Running, k.Status().State)
	})
}

func TestSeekKeepsPauses(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 5)
		k := e.start(done)
		e.pass(time.Second)
		k.PausePartition(topic, 0)
		e.pass(time.Second)
		require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromBeginning()))
		e.pass(time.Minute)
		require.Len(t, e.seen(), 5)
		require.Len(t, e.member(0).Paused(), 1)
		k.ResumePartition(topic, 0)
		e.pass(time.Second)
		require.Len(t, e.seen(), 10)
		require.Empty(t, e.member(0).Paused())
	})
}

func TestSeekOfAFullPartitionResumesIt(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		e.spec.MaxPollRecords = 1 // a window of 20
		e.spec.Workers = 2
		e.cluster.Fill(topic, 0, 100)
		k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 0 {
				hung.wait()
			}
			return nil
		})
		e.pass(300 * time.Millisecond)
		require.Len(t, e.member(0).Paused(), 1)
		require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromOffset(98)))
		require.Empty(t, e.member(0).Paused())
		hung.free()
		e.pass(time.Second)
		require.Equal(t, []int64{0, 98, 99}, e.seen())
	})
}

// The handler that a seek has left behind goes with its partition.
func TestRevokeAndStopWaitForTheHandlerBeforeTheSeek(t *testing.T) {
	for _, how := range []string{"revoke", "stop"} {
		t.Run(how, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.cluster.Fill(topic, 0, 2)
				var cause box[error]
				m := e.manual(func(ctx context.Context, _ *listener.RawRecord, _ listener.Acknowledgment) error {
					<-ctx.Done()
					cause.set(context.Cause(ctx))
					return nil
				})
				k := e.container("billing")
				require.NoError(t, k.Seek(context.Background(), topic, 0, listener.FromOffset(1)))
				if how == "revoke" {
					m.Revoke(part(0))
					e.pass(9 * time.Second)
					require.NoError(t, cause.get())
					e.pass(2 * time.Second)
					require.ErrorIs(t, cause.get(), listener.ErrRevoked)
					require.Len(t, found[event.Revoked](e), 1)
					return
				}
				took, err := e.stop(k)
				require.NoError(t, err)
				require.InDelta(t, 15, took.Seconds(), 0.2)
				require.ErrorIs(t, cause.get(), listener.ErrStopping)
			})
		})
	}
}

// A client that refuses the seek leaves no partition behind: it is assigned anew.
func TestSeekThatTheClientRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.cluster.Fill(topic, 0, 3)
		k := e.start(done)
		e.pass(time.Second)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpSeek, Err: clientError(broker.Transient, -172), Count: 1})
		require.ErrorContains(t, k.Seek(context.Background(), topic, 0, listener.FromBeginning()), "injected -172")
		e.cluster.Fill(topic, 0, 2)
		e.pass(time.Minute)
		require.Equal(t, []int64{0, 1, 2, 3, 4}, e.seen())
		require.Len(t, found[event.ConsumerFailed](e), 1)
	})
}
