package container_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// parallel sets key ordering up.
func (e *engine) parallel(o spec.Ordering, workers int) {
	e.spec.Ordering, e.spec.Workers, e.spec.CommitMap, e.spec.Window = o, workers, 4096, 10_000
}

// fillKeys writes n records whose keys go round.
func (e *engine) fillKeys(n, keys int) {
	for i := range n {
		e.cluster.Produce(topic, 0, "key-"+strconv.Itoa(i%keys), "v")
	}
}

// A watcher sees that no key runs twice at once, nor out of order.
type watcher struct {
	mu      sync.Mutex
	running map[string]bool
	last    map[string]int64
	faults  []string
	most    int
	runs    map[string]int
	rewinds bool // a last commit may have failed: what was done runs again
}

func newWatcher() *watcher {
	return &watcher{running: map[string]bool{}, last: map[string]int64{}, runs: map[string]int{}}
}

func (w *watcher) begin(r *listener.RawRecord) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := keyOf(r)
	if w.running[key] {
		w.faults = append(w.faults, fmt.Sprintf("%d runs beside its key", r.Offset))
	}
	if last, ok := w.last[key]; ok && r.Offset < last && !w.rewinds {
		w.faults = append(w.faults, fmt.Sprintf("%d runs after %d", r.Offset, last))
	}
	w.running[key] = true
	w.runs[fmt.Sprintf("%d@%d", r.Partition, r.Offset)]++
	w.most = max(w.most, len(w.running))
}

func (w *watcher) end(r *listener.RawRecord, done bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, keyOf(r))
	if done {
		w.last[keyOf(r)] = r.Offset
	}
}

func keyOf(r *listener.RawRecord) string { return fmt.Sprintf("%d/%s", r.Partition, r.Key) }

func TestOnePartitionRunsManyKeysAtOnce(t *testing.T) {
	for _, mode := range []ackmode.Mode{ackmode.Batch, ackmode.Record, ackmode.Count, ackmode.Time} {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				e.parallel(spec.OrderKey, 50)
				e.fillKeys(1000, 100)
				w := newWatcher()
				k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					w.begin(r)
					defer w.end(r, true)
					time.Sleep(100 * time.Millisecond) //nolint:forbidigo // fake time
					return nil
				})
				e.pass(2*time.Second + 200*time.Millisecond)
				require.Len(t, e.seen(), 1000, "100 s of work by 50 workers")
				require.Empty(t, w.faults)
				require.Equal(t, 50, w.most)
				e.pass(10 * time.Second)
				require.EqualValues(t, 1000, e.committed(0))
				require.Zero(t, k.Status().Consumers[0].Partitions[0].Keys)
			})
		})
	}
}

// A failing key waits alone, and comes when it is due.
func TestAFailingKeyHoldsUpNobody(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 4)
		e.fillKeys(40, 4)
		boom := errors.New("boom")
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 1 && r.Attempt < 5 {
				return boom
			}
			return nil
		})
		require.Len(t, e.seen(), 31, "three keys with ten records, and one try")
		e.pass(5 * time.Second)
		require.Len(t, e.seen(), 44)
		require.EqualValues(t, 40, e.committed(0))
	})
}

// What is done above a stuck record is in the commit, and does not run again
// after a crash: only what ran, or was done since the last commit, does.
func TestARestartHonoursTheMap(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 8)
		e.fillKeys(100, 100)
		hung := newStuck(t)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 3 {
				hung.wait()
			}
			return nil
		})
		e.pass(2 * time.Second)
		require.EqualValues(t, 3, e.committed(0))
		o := e.group.Committed(part(0))
		m, err := ledger.DecodeMap(o.Metadata, 3)
		require.NoError(t, err)
		require.Equal(t, []ledger.Range{{From: 4, To: 100}}, m.Done)

		other := e.another()
		other.spec.Group, other.spec.ID = "next", "next" // as the same group's next member would find it
		other.group = e.cluster.Group("next")
		other.group.SetCommitted(o)
		other.parallel(spec.OrderKey, 8)
		other.start(done)
		e.pass(time.Minute)
		require.Equal(t, []int64{3}, other.seen(), "97 are done")
		require.EqualValues(t, 100, other.committed(0))
		require.Len(t, found[event.CommitMapRestored](other), 1)
		hung.free()
	})
}

// Metadata that the broker finds too large gets smaller, and the offset moves on.
func TestAMapThatIsTooLargeShrinks(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderNone, 8)
		e.fillKeys(400, 100)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 2, Err: clientError(broker.MetadataTooLarge, 12)})
		hung := newStuck(t)
		e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 7 {
				hung.wait()
			}
			return nil
		})
		e.pass(10 * time.Second)
		require.NotEmpty(t, found[event.CommitMapTooLarge](e))
		require.EqualValues(t, 7, e.committed(0))
		hung.free()
		e.pass(10 * time.Second)
		require.EqualValues(t, 400, e.committed(0))
	})
}

// The last commit does not fail by its map: it goes without.
func TestTheLastCommitDoesNotFailByItsMap(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		k := e.startWithAMap()
		e.pass(time.Second)
		require.EqualValues(t, -1, e.committed(0))
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1, Err: clientError(broker.MetadataTooLarge, 12)})
		_, err := e.stop(k)
		require.NoError(t, err)
		require.EqualValues(t, 3, e.committed(0))
		require.Empty(t, e.group.Committed(part(0)).Metadata)
		require.Len(t, found[event.CommitMapTooLarge](e), 1)
	})
}

// A key function that fails, panics or ends its goroutine makes failed records.
func TestAKeyFunctionThatFailsIsAFailedRecord(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 4)
		e.fillKeys(20, 20)
		e.spec.OrderKey = func(r *listener.RawRecord) ([]byte, error) {
			switch r.Offset {
			case 3:
				return nil, errors.New("no key")
			case 5:
				panic("at the disco")
			case 7:
				runtime.Goexit()
			}
			return r.Key, nil
		}
		e.start(done)
		e.pass(time.Second)
		failed := found[event.RecordFailed](e)
		var offsets []int64
		for _, f := range failed {
			offsets = append(offsets, f.Offset)
			require.ErrorAs(t, f.Err, new(*listener.OrderKeyError))
			require.True(t, f.Held)
		}
		slices.Sort(offsets)
		require.Equal(t, []int64{3, 5, 7}, slices.Compact(offsets))
		require.Len(t, e.seen(), 17, "the others ran")
	})
}

// A record that holds up a full window is named at once.
func TestTheHeadIsToBlame(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 4)
		e.spec.Window = 200
		e.fillKeys(4000, 4000)
		hung := newStuck(t)
		k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Offset == 11 {
				hung.wait()
			}
			return nil
		})
		e.pass(2 * time.Second)
		stalled := found[event.Stalled](e)
		require.NotEmpty(t, stalled)
		require.EqualValues(t, 11, stalled[0].Offset)
		require.Contains(t, stalled[0].Reason, "holds up the partition")
		require.Contains(t, k.Health().Reason, "orders[0]")
		require.Less(t, len(e.seen()), 5*200+600, "five windows bound what is done above it")
		require.Greater(t, len(e.seen()), 4*200, "and one does not")
		hung.free()
		e.pass(10 * time.Second)
		require.EqualValues(t, 4000, e.committed(0))
	})
}

// What a container holds is bounded, and comes to its end all the same.
func TestAContainersMemoryIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 2)
		e.spec.InFlightRecords, e.spec.MaxPollRecords = 100, 20
		for id := range int32(4) {
			e.cluster.Fill(topic, id, 200)
		}
		most := 0
		k := e.start(func(context.Context, *listener.RawRecord, listener.Acknowledgment) error {
			time.Sleep(10 * time.Millisecond) //nolint:forbidigo // fake time
			return nil
		})
		for range 600 {
			e.pass(50 * time.Millisecond)
			held := 0
			for _, p := range k.Status().Consumers[0].Partitions {
				held += p.Queued + p.Running
			}
			most = max(most, held)
		}
		require.Len(t, e.seen(), 800)
		require.LessOrEqual(t, most, 100+4*20+2)
		require.Greater(t, most, 20)
	})
}

// Rebalances, crashes, failures, nacks and pauses at random: per key one at a
// time and in order, nothing lost, and what a clean hand-over had done is not
// done again.
func TestKeysThroughTrouble(t *testing.T) {
	for seed := range uint64(seedsOfTrouble()) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				r := rand.New(rand.NewPCG(seed, 5))
				ordering := []spec.Ordering{spec.OrderKey, spec.OrderKey, spec.OrderNone}[r.IntN(3)]
				w := troubled(t, e, ordering, r)
				if ordering == spec.OrderKey {
					require.Empty(t, w.faults)
				}
			})
		})
	}
}

// The watcher sees records of a key that run beside each other.
func TestTroubleWithoutOrderIsSeen(t *testing.T) {
	requireFault(t, fewRuns, func(seed uint64) (faults []string) {
		bubble(t, func(t *testing.T, e *engine) {
			faults = troubled(t, e, spec.OrderNone, rand.New(rand.NewPCG(seed, 5))).faults
		})
		return faults
	})
}

func troubled(t *testing.T, e *engine, ordering spec.Ordering, r *rand.Rand) *watcher {
	modes := []ackmode.Mode{ackmode.Batch, ackmode.Record, ackmode.Manual, ackmode.ManualImmediate, ackmode.CountTime}
	e.mode(modes[r.IntN(len(modes))])
	e.spec.AckCount = 7
	e.parallel(ordering, 2+r.IntN(9))
	e.spec.Window = 60
	keys := 2 + r.IntN(30)
	for i := range 300 {
		e.cluster.Produce(topic, int32(i%4), "key-"+strconv.Itoa(i/4%keys), "v")
	}
	w := newWatcher()
	var chance sync.Mutex
	draw := func(n int) int {
		chance.Lock()
		defer chance.Unlock()
		return r.IntN(n)
	}
	k := e.start(func(_ context.Context, rec *listener.RawRecord, ack listener.Acknowledgment) error {
		w.begin(rec)
		ok := draw(10) > 0
		defer func() { w.end(rec, ok) }()
		time.Sleep(time.Duration(draw(40)) * time.Millisecond) //nolint:forbidigo // fake time
		switch {
		case !ok && ack != nil && draw(2) == 0:
			return ack.Nack(time.Duration(draw(300)) * time.Millisecond)
		case !ok:
			return errors.New("boom")
		case ack != nil:
			_ = ack.Acknowledge()
		}
		return nil
	})
	w.rewinds = draw(2) == 0
	for range 20 {
		e.pass(time.Duration(draw(400)) * time.Millisecond)
		switch draw(5) {
		case 0:
			k.Pause()
			e.pass(time.Duration(draw(300)) * time.Millisecond)
			k.Resume()
		case 1:
			_, err := e.stop(k)
			require.NoError(t, err)
			w.mu.Lock()
			require.Empty(t, w.running)
			w.mu.Unlock()
			require.NoError(t, k.Start(context.Background()))
		case 2:
			require.NoError(t, k.SetConcurrency(1+draw(3))) // a rebalance
		case 3:
			if !w.rewinds {
				continue
			}
			e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Count: 1 + draw(3), Err: clientError(broker.Retriable, 27)})
		}
	}
	e.pass(5 * time.Minute)
	for id := range int32(4) {
		require.EqualValues(t, 75, e.committed(id))
	}
	require.Len(t, w.runs, 300, "nothing is lost")
	return w
}

// seedsOfTrouble is how many schedules are played: 30 every day, 150 in CI, or as
// many as HEARKEN_TROUBLE says.
func seedsOfTrouble() int {
	if testing.Short() {
		return howMany("HEARKEN_TROUBLE", 20)
	}
	return howMany("HEARKEN_TROUBLE", 30)
}
