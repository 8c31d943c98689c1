package container_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// byKey makes e a transactional listener with key ordering.
func (e *engine) byKey(workers int) *brokertest.Log {
	log := e.transactional(ackmode.Batch)
	e.spec.Ordering, e.spec.Workers, e.spec.MaxPollRecords = spec.OrderKey, workers, 500
	return log
}

// fillKeys writes n records to partition 0, the keys in turns.
func (e *engine) fillInTurns(n int, keys ...string) {
	for i := range n {
		e.cluster.Append(part(0), listener.RawRecord{Key: []byte(keys[i%len(keys)]), Value: []byte("v")})
	}
}

func numbered(n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprint("key", i))
	}
	return keys
}

// requireInOrder says that outputs are those of the first n records, each once,
// but for left, and those of a key in order.
func requireInOrder(t *testing.T, log *brokertest.Log, n, keys int, left ...string) {
	t.Helper()
	want := map[string]bool{}
	for _, v := range wanted(0, n) {
		want[v] = true
	}
	for _, v := range left {
		delete(want, v)
	}
	last := map[int]int{}
	for _, v := range log.Records(outputs) {
		var offset int
		_, _ = fmt.Sscanf(v, "0@%d", &offset)
		require.True(t, want[v], "%s is there twice, or should not be", v)
		delete(want, v)
		if was, ok := last[offset%keys]; ok {
			require.Greater(t, offset, was)
		}
		last[offset%keys] = offset
	}
	require.Empty(t, want)
}

// slowly copies, each record in d, and counts how many run at once.
func slowly(d time.Duration, most *int) func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
	var mu sync.Mutex
	now := 0
	return func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
		mu.Lock()
		now++
		*most = max(*most, now)
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			now--
		}()
		wait(ctx, d)
		return copies(ctx, r)
	}
}

// TestKeysInTransactions: the workers share one partition's records within each transaction.
func TestKeysInTransactions(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.byKey(8)
		e.spec.Tx.Records = 100
		e.fillInTurns(400, numbered(20)...)
		var most int
		e.start(slowly(10*time.Millisecond, &most))
		e.pass(1100 * time.Millisecond) // one after the other they take 4 s, eight at once half of one
		require.Equal(t, 8, most)
		requireInOrder(t, log, 400, 20)
		require.EqualValues(t, 400, e.committed(0))
		require.Less(t, len(e.group.Commits()), 12, "grouped")
		require.Empty(t, found[event.TransactionAborted](e))
		require.Zero(t, e.container(e.spec.ID).Status().Consumers[0].Partitions[0].Keys, "no key is kept")
	})
}

// TestOneHotKeyInTransactions: most records have one key. A transaction takes
// what it has passed over, and is not long because of that.
func TestOneHotKeyInTransactions(t *testing.T) {
	for name, handler := range map[string]time.Duration{"fast": 2 * time.Millisecond, "slow": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log := e.byKey(8)
				e.fillInTurns(60, "hot", "hot", "hot", "a", "hot", "b")
				var most int
				e.start(slowly(handler, &most))
				e.pass(10*time.Second + 60*handler)
				require.Len(t, log.Records(outputs), 60)
				require.EqualValues(t, 60, e.committed(0))
				require.Empty(t, found[event.TransactionAborted](e))
				require.Greater(t, most, 1)
				var took []time.Duration
				began := e.allCalls()[0].at
				for _, c := range e.group.Commits() {
					took = append(took, c.At.Sub(e.began)-began)
					began = c.At.Sub(e.began)
				}
				for _, d := range took {
					require.LessOrEqual(t, d, 300*time.Millisecond+handler, "%v", took)
				}
			})
		})
	}
}

// TestAFailureWithKeysInTransactions: what was before it runs again without it,
// it alone with the error handler, then the rest; nobody else has an attempt for it.
func TestAFailureWithKeysInTransactions(t *testing.T) {
	for name, fails := range map[string]func(){"error": nil, "panic": func() { panic("boom") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log := e.byKey(4)
				e.spec.ErrorHandler = errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
					if f.Attempt < 3 {
						return errorhandler.Redeliver(50 * time.Millisecond)
					}
					return errorhandler.Skip()
				})
				e.fillInTurns(60, numbered(6)...)
				e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					wait(ctx, time.Millisecond*time.Duration(1+r.Offset%3))
					err := copies(ctx, r)
					if r.Offset == 20 {
						if fails != nil {
							fails()
						}
						return errBoom
					}
					return err
				})
				e.pass(3 * time.Second)
				requireInOrder(t, log, 60, 6, "0@20")
				require.EqualValues(t, 60, e.committed(0))
				var attempts []int
				for _, f := range found[event.RecordFailed](e) {
					require.EqualValues(t, 20, f.Offset)
					attempts = append(attempts, f.Attempt)
				}
				require.Equal(t, []int{1, 2, 3}, attempts)
				for _, c := range e.allCalls() {
					if c.offset != 20 {
						require.Equal(t, 1, c.attempt, "%+v", c)
					}
				}
				var ends []int64
				for _, c := range found[event.Committed](e) {
					ends = append(ends, c.Offsets[0].Offset)
				}
				require.Contains(t, ends, int64(20), "what was before it is committed by itself")
				require.Contains(t, ends, int64(21), "and so is it")
			})
		})
	}
}

// TestASendThatFailsBehindOneOfMany is its record's failure alone.
func TestASendThatFailsBehindOneOfMany(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.byKey(4)
		e.spec.ErrorHandler = errorhandler.HandlerFunc(func(context.Context, errorhandler.Failure) errorhandler.Verdict { return errorhandler.Skip() })
		e.fillInTurns(30, numbered(5)...)
		var once sync.Once
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 7 {
				once.Do(func() { log.Fail("produce", &broker.ProducerError{Code: 10, Text: "too large"}) })
			}
			listener.TxFrom(ctx).Publish(ctx, listener.Outgoing{Topic: outputs, Partition: listener.AnyPartition, Value: []byte(output(r))}, func(listener.Sent, error) {})
			return nil
		})
		e.pass(3 * time.Second)
		failed := found[event.RecordFailed](e)
		require.Len(t, failed, 1)
		requireInOrder(t, log, 30, 5, fmt.Sprint("0@", failed[0].Offset))
		require.EqualValues(t, 30, e.committed(0))
	})
}

// TestAPostponedOneOfMany: it comes again when it is time, what is behind it in
// the log after it, and nothing twice.
func TestAPostponedOneOfMany(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.byKey(4)
		e.fillInTurns(40, numbered(8)...)
		var late box[time.Duration]
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			wait(ctx, 5*time.Millisecond)
			if r.Offset == 13 && time.Since(e.began) < time.Second {
				return listener.Postpone(time.Second, errBoom)
			}
			if r.Offset == 13 {
				late.set(time.Since(e.began))
				require.Equal(t, 1, r.Attempt, "it was none")
			}
			return copies(ctx, r)
		})
		e.pass(800 * time.Millisecond)
		require.EqualValues(t, 13, e.committed(0))
		requireInOrder(t, log, 13, 8)
		e.pass(2 * time.Second)
		requireInOrder(t, log, 40, 8)
		require.EqualValues(t, 40, e.committed(0))
		require.GreaterOrEqual(t, late.get(), time.Second)
		require.Empty(t, found[event.RecordFailed](e))
		require.ErrorContains(t, found[event.TransactionAborted](e)[0].Err, "postponed")
	})
}

// owing is a listener in the middle of a transaction that owes records of a hot
// key: what was taken above them is done.
func owing(t *testing.T, e *engine) (*brokertest.Log, *tended) {
	log := e.byKey(4)
	e.group.Manual()
	e.spec.Tx.Time = 300 * time.Millisecond
	keys := strings.Fields(strings.Repeat("hot ", 8) + "a b c")
	e.fillInTurns(440, keys...)
	var most int
	k := e.start(slowly(10*time.Millisecond, &most))
	e.member(0).Give(part(0))
	e.pass(295 * time.Millisecond)
	return log, &tended{k.Pause, func() error { _, err := e.stop(k); return err }, func() int { return k.Status().Consumers[0].Partitions[0].Running }}
}

// A tended is what the test does with the listener.
type tended struct {
	pause   func()
	stop    func() error
	running func() int
}

// TestWhatIsOwedIsRun before a partition goes, a pause is reached, and a stop.
func TestWhatIsOwedIsRun(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, e *engine, k *tended){
		"revoke": func(t *testing.T, e *engine, _ *tended) {
			e.member(0).Revoke(part(0))
			e.pass(time.Second)
			require.Len(t, found[event.Revoked](e), 1)
			require.NoError(t, found[event.Revoked](e)[0].Err)
			require.Empty(t, found[event.Revoked](e)[0].Abandoned)
		},
		"pause": func(t *testing.T, e *engine, k *tended) {
			k.pause()
			e.pass(time.Second)
			require.Zero(t, k.running())
		},
		"stop": func(t *testing.T, _ *engine, k *tended) { require.NoError(t, k.stop()) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log, k := owing(t, e)
				require.Greater(t, k.running(), 4, "more than the workers run: some are owed")
				before := len(e.allCalls())
				end(t, e, k)
				require.Greater(t, len(e.allCalls()), before)
				require.Empty(t, found[event.TransactionAborted](e))
				got := log.Records(outputs)
				require.ElementsMatch(t, wanted(0, len(got)), got, "no gap")
				require.EqualValues(t, len(got), e.committed(0))
				require.Less(t, len(got), 440)
			})
		})
	}
}

// TestALossWithKeysInTransactions: nothing is owed any more, and nothing is visible of it.
func TestALossWithKeysInTransactions(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log, _ := owing(t, e)
		committed := e.committed(0)
		e.member(0).Lose()
		e.pass(time.Second)
		require.Equal(t, committed, e.committed(0))
		require.Len(t, log.Records(outputs), int(max(committed, 0)))
		e.member(0).Give(part(0))
		e.pass(20 * time.Second)
		require.ElementsMatch(t, wanted(0, 440), log.Records(outputs))
		require.EqualValues(t, 440, e.committed(0))
	})
}

// TestAKeyThatCannotBeToldInTransactions is a failed record, whose handler is not called.
func TestAKeyThatCannotBeToldInTransactions(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.byKey(4)
		e.spec.OrderKey = func(r *listener.RawRecord) ([]byte, error) {
			if r.Offset == 9 {
				return nil, errBoom
			}
			return r.Key, nil
		}
		e.spec.ErrorHandler = errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
			if f.Attempt < 2 {
				return errorhandler.Redeliver(50 * time.Millisecond)
			}
			return errorhandler.Skip()
		})
		e.fillInTurns(30, numbered(5)...)
		var most int
		e.start(slowly(time.Millisecond, &most))
		e.pass(2 * time.Second)
		requireInOrder(t, log, 30, 5, "0@9")
		require.EqualValues(t, 30, e.committed(0))
		failed := found[event.RecordFailed](e)
		require.Len(t, failed, 2)
		for _, f := range failed {
			require.ErrorAs(t, f.Err, new(*listener.OrderKeyError))
		}
		require.NotContains(t, e.seen(), int64(9))
		require.Greater(t, most, 1)
	})
}
