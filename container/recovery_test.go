package container_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A parked is a recovery, as seen from inside its recoverer.
type parked struct {
	at      time.Duration
	offset  int64
	attempt int
	records int
}

// A park is a recoverer that keeps what it gets, unless fail says no.
type park struct {
	e    *engine
	fail func(try int) error
	mu   sync.Mutex
	got  []parked
}

func (p *park) Recover(_ context.Context, f errorhandler.Failure) error {
	p.mu.Lock()
	p.got = append(p.got, parked{time.Since(p.e.began), f.Records[0].Offset, f.Attempt, len(f.Records)})
	n := len(p.got)
	p.mu.Unlock()
	if p.fail != nil {
		return p.fail(n)
	}
	return nil
}

func (p *park) String() string { return "the park" }

func (p *park) all() []parked {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]parked(nil), p.got...)
}

// after gives a record up to p at the given attempt, and redelivers before, after a second.
func (e *engine) after(attempts int, p *park) {
	p.e = e
	e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
		if f.Attempt >= attempts {
			return errorhandler.RecoverWith(p)
		}
		return errorhandler.Redeliver(time.Second)
	})
}

func TestARecovererSettles(t *testing.T) {
	for _, mode := range []ackmode.Mode{ackmode.Record, ackmode.Batch, ackmode.Time, ackmode.Count, ackmode.Manual, ackmode.ManualImmediate} {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				p := &park{}
				e.after(3, p)
				e.cluster.Fill(topic, 0, 3)
				e.start(func(_ context.Context, r *listener.RawRecord, ack listener.Acknowledgment) error {
					if r.Offset == 1 {
						return errBoom
					}
					if ack != nil {
						return ack.Acknowledge()
					}
					return nil
				})
				e.pass(10 * time.Second)
				require.Equal(t, []int64{0, 1, 1, 1, 2}, e.seen())
				require.Equal(t, []parked{{2 * time.Second, 1, 3, 1}}, p.all())
				require.EqualValues(t, 3, e.committed(0))
				got := found[event.Recovered](e)
				require.Len(t, got, 1)
				require.Equal(t, "the park", got[0].By)
				require.Equal(t, 3, got[0].Attempt)
				require.ErrorIs(t, got[0].Err, errBoom)
				require.Equal(t, "recover by the park", found[event.RecordFailed](e)[2].Verdict)
			})
		})
	}
}

// A recoverer that takes its time holds its partition and no worker.
func TestARecovererHoldsOnlyItsPartition(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		gate := newStuck(t)
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict {
			return errorhandler.RecoverWith(errorhandler.RecovererFunc(func(context.Context, errorhandler.Failure) error {
				gate.wait()
				return nil
			}))
		})
		e.cluster.Fill(topic, 0, 3)
		e.start(failing(func(int) error { return errBoom }))
		e.cluster.Fill(topic, 1, 5)
		e.pass(2 * time.Minute)
		require.Len(t, e.of(1), 5)
		require.EqualValues(t, 5, e.committed(1))
		require.Len(t, e.of(0), 2)
		require.EqualValues(t, 1, e.committed(0))
		require.Contains(t, found[event.Stalled](e)[0].Reason, "the recoverer of offset 1 has not returned")
		gate.free()
		e.pass(time.Second)
		require.EqualValues(t, 3, e.committed(0))
	})
}

// Whatever goes wrong in a recoverer, it is asked again, and the handler is not.
func TestARecovererThatFailsIsAskedAgain(t *testing.T) {
	ways := map[string]func() error{
		"error": func() error { return errors.New("no such topic") },
		"panic": func() error { panic("ouch") },
		"nil map": func() error {
			var m map[string]int
			m["x"]++
			return nil
		},
		"goexit": func() error { runtime.Goexit(); return nil },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				p := &park{fail: func(try int) error {
					if try < 6 {
						return way()
					}
					return nil
				}}
				e.after(1, p)
				e.cluster.Fill(topic, 0, 3)
				e.start(failing(func(int) error { return errBoom }))
				e.pass(time.Minute)
				require.Equal(t, []int64{0, 1, 2}, e.seen(), "the handler is not called again")
				require.EqualValues(t, 3, e.committed(0))
				got := p.all()
				require.Len(t, got, 6)
				refused := found[event.RecoveryFailed](e)
				require.Len(t, refused, 5)
				for i, f := range refused {
					require.Equal(t, got[i+1].at-got[i].at, f.Retry, "exactly then")
					require.LessOrEqual(t, f.Retry, errorhandler.Backoff{}.Full(i+1))
					require.Equal(t, i+1, f.Tries)
					require.Equal(t, 1, got[i].attempt)
					require.ErrorIs(t, f.Cause, errBoom)
				}
				require.Equal(t, 6, found[event.Recovered](e)[0].Tries)
			})
		})
	}
}

func TestARecovererThatFailsShowsInHealth(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		p := &park{fail: func(int) error { return errors.New("no such topic") }}
		e.after(1, p)
		e.cluster.Fill(topic, 0, 3)
		k := e.start(failing(func(int) error { return errBoom }))
		e.pass(2 * time.Minute)
		h := k.Health()
		require.Equal(t, "degraded", h.Status.String())
		require.Contains(t, h.Reason, "its recoverer fails")
		require.Contains(t, h.Reason, "no such topic")
		took, err := e.stop(k)
		require.NoError(t, err)
		require.Less(t, took, time.Second, "its wait is no obstacle")
		require.EqualValues(t, 1, e.committed(0))
	})
}

// A recoverer that runs counts as running: stop and revoke wait for it.
func TestAStopWaitsForARecoverer(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict {
			return errorhandler.RecoverWith(errorhandler.RecovererFunc(func(context.Context, errorhandler.Failure) error {
				<-time.After(3 * time.Second)
				return nil
			}))
		})
		e.cluster.Fill(topic, 0, 2)
		k := e.start(failing(func(int) error { return errBoom }))
		took, err := e.stop(k)
		require.NoError(t, err)
		require.GreaterOrEqual(t, took, 3*time.Second)
		require.EqualValues(t, 2, e.committed(0), "what it did counts")
	})
}

// One that does not end is cancelled, and named.
func TestAStopNamesARecovererThatHangs(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		gate := newStuck(t)
		var cause box[error]
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict {
			return errorhandler.RecoverWith(errorhandler.RecovererFunc(func(ctx context.Context, _ errorhandler.Failure) error {
				<-ctx.Done()
				cause.set(context.Cause(ctx))
				gate.wait()
				return nil
			}))
		})
		e.cluster.Fill(topic, 0, 2)
		k := e.start(failing(func(int) error { return errBoom }))
		_, err := e.stop(k)
		require.ErrorContains(t, err, "recoverer of orders[0]@1")
		require.ErrorIs(t, cause.get(), listener.ErrStopping)
		require.EqualValues(t, 1, e.committed(0))
	})
}

func TestADeadLetterWithoutARecovererIsHeld(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.DeadLetter() })
		e.cluster.Fill(topic, 0, 3)
		k := e.start(failing(func(int) error { return errBoom }))
		e.pass(31 * time.Second)
		require.Equal(t, []call{{0, 0, 0, 1, 1}, {0, 0, 1, 1, 1}, {30 * time.Second, 0, 1, 1, 2}}, e.of(0))
		require.EqualValues(t, 1, e.committed(0))
		failed := found[event.RecordFailed](e)[0]
		require.True(t, failed.Held)
		require.Contains(t, failed.Verdict, "no dead-letter recoverer")
		require.Contains(t, k.Health().Reason, "no dead-letter recoverer")
	})
}

func TestADeadLetterIsTheListenersOwn(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		p := &park{e: e}
		e.spec.DeadLetter = p
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return errorhandler.DeadLetter() })
		e.cluster.Fill(topic, 0, 3)
		e.start(failing(func(int) error { return errBoom }))
		require.Equal(t, []parked{{0, 1, 1, 1}}, p.all())
		require.EqualValues(t, 3, e.committed(0))
	})
}

// Verdicts that nobody can carry out lose nothing and do not spin.
func TestVerdictsThatAreNone(t *testing.T) {
	for name, v := range map[string]errorhandler.Verdict{
		"no recoverer": errorhandler.RecoverWith(nil), "unknown": {Kind: 77}, "unknown with one": {Kind: 77, Recoverer: &park{}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.verdicts(func(errorhandler.Failure) errorhandler.Verdict { return v })
				e.cluster.Fill(topic, 0, 3)
				e.start(failing(func(int) error { return errBoom }))
				e.pass(time.Minute)
				require.Len(t, e.of(0), 4)
				require.EqualValues(t, 1, e.committed(0))
			})
		})
	}
}

// Ten thousand poison records in a row: all recovered, one after the other, and no waiting in between.
func TestManyRecoveries(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		p := &park{}
		e.after(1, p)
		e.cluster.Fill(topic, 0, 10_000)
		e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error { return errBoom })
		e.pass(20 * time.Second)
		require.Len(t, p.all(), 10_000)
		require.EqualValues(t, 10_000, e.committed(0))
	})
}

func TestARecovererInATransaction(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		tries := 0
		e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
			require.Equal(t, 1, f.Attempt)
			return errorhandler.RecoverWith(errorhandler.RecovererFunc(func(ctx context.Context, f errorhandler.Failure) error {
				tx := listener.TxFrom(ctx)
				require.NotNil(t, tx, "it joins the verdict's")
				_, err := listener.Publish(ctx, tx, listener.Outgoing{Topic: "dead", Partition: listener.AnyPartition, Value: []byte(output(f.Records[0]))})
				if tries++; tries < 4 {
					return errors.New("not yet")
				}
				return err
			}))
		})
		e.cluster.Fill(topic, 0, 4)
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if err := copies(ctx, r); err != nil || r.Offset != 1 {
				return err
			}
			return errBoom
		})
		e.pass(time.Minute)
		require.Equal(t, []string{"0@1"}, log.Records("dead"), "what failed was aborted")
		require.Equal(t, []string{"0@0", "0@2", "0@3"}, log.Records(outputs))
		require.EqualValues(t, 4, e.committed(0))
		require.Len(t, found[event.RecoveryFailed](e), 3)
		require.Len(t, found[event.RecordFailed](e), 1, "the error handler is asked once")
	})
}

// Under key ordering a recoverer holds its key: the others go on, and its own
// key's later records come when the record is taken over.
func TestARecovererHoldsItsKey(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 1)
		gate := newStuck(t)
		fails := 0
		e.verdicts(func(errorhandler.Failure) errorhandler.Verdict {
			return errorhandler.RecoverWith(errorhandler.RecovererFunc(func(context.Context, errorhandler.Failure) error {
				gate.wait()
				if fails++; fails < 3 {
					return errors.New("not yet")
				}
				return nil
			}))
		})
		e.fillKeys(40, 4)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 1 {
				return errBoom
			}
			return nil
		})
		e.pass(time.Minute)
		require.Len(t, e.seen(), 31, "three keys with ten records, and one try")
		require.EqualValues(t, 1, e.committed(0))
		gate.free()
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 40, "the handler is not called again")
		require.EqualValues(t, 40, e.committed(0))
		require.Len(t, found[event.RecoveryFailed](e), 2)
	})
}
