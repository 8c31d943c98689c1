package ledger_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// The bugs of those who went this way before (confluentinc/parallel-consumer and
// its fork), one test per row of the catalogue, by their numbers there. #597 is
// in package container.

// #826, #827: a commit of what was polled, while nothing was registered yet.
func TestCatalogue826OnlyRegisteredRecordsMoveTheOffset(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 40, Committed: true})
	require.EqualValues(t, 40, c.Stats().Watermark)
	c.DueNow()
	_, ok := c.Snapshot()
	require.False(t, ok, "nothing was registered: nothing is due")
	c.track(50, "a")
	c.DueNow()
	commit, ok := c.Snapshot()
	require.True(t, !ok || commit.Offset <= 50)
	last, _ := c.Fence()
	require.EqualValues(t, 50, last.Offset)
}

// #909, #875: an entry of an earlier assignment swallowed a fresh record at its offset.
func TestCatalogue909ANewAssignmentIsANewBook(t *testing.T) {
	t.Parallel()
	old := newCrew(t, keyRules, ledger.Start{Offset: 0, Committed: true})
	old.track(0, "a", "a")
	run := old.starts(0)[0]
	old.Fence()
	next := newCrew(t, keyRules, ledger.Start{Offset: 0, Committed: true})
	next.track(0, "a", "a")
	old.done(run)
	require.ErrorIs(t, old.Ack(ticketOf(run), 1), listener.ErrRevoked)
	again := next.starts(0)
	require.Zero(t, next.Stats().Watermark, "what the old one did is not the new one's")
	next.done(again[0])
	next.starts(1)
}

// Fork #183: metadata that could not be decoded counted as "the base is done".
func TestCatalogue183UnknownMetadataMeansNothingIsDone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "b64:AAAA", "hk1:", "hk1:AAAA", "hk2:AAECAwQF", "\x00\xff", "e,AAAA"} {
		m, err := ledger.DecodeMap(text, 7)
		require.Error(t, err, text)
		c := newCrew(t, keyRules, ledger.Start{Offset: 7, Committed: true, Map: m, Metadata: text})
		c.track(7, "a", "b")
		c.starts(7, 8)
	}
}

// #894: the offset and what is done above it were read one after the other, and
// a commit went past the log's end.
func TestCatalogue894OffsetAndMapAreOneLook(t *testing.T) {
	t.Parallel()
	c := newCrew(t, ledger.Rules{When: ackmode.Counted, Order: ledger.Unordered, Map: 4096, Window: 1 << 20, Bytes: 1 << 30, Slots: 1 << 20}, ledger.Start{Offset: 0})
	const n = 2000
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "-"
	}
	c.track(0, keys...)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			var run ledger.Run
			for c.Next(time.Now(), &run) {
				c.Finish(&run, ledger.Finish{Mark: true}, time.Now())
				runtime.Gosched()
			}
		})
	}
	over := make(chan struct{})
	go func() { work.Wait(); close(over) }()
	for done := false; !done; {
		select {
		case <-over:
			done = true
		default:
		}
		c.DueNow()
		commit, ok := c.Snapshot()
		if !ok {
			continue
		}
		require.LessOrEqual(t, commit.Offset, int64(n))
		if m, err := ledger.DecodeMap(commit.Metadata, commit.Offset); err == nil {
			require.LessOrEqual(t, m.End(), int64(n))
			require.Greater(t, m.Done[0].From, commit.Offset, "the base is not done")
		} else {
			require.ErrorIs(t, err, ledger.ErrNoMap)
		}
		c.Confirmed(commit)
	}
}

// #857, #833, #547, #606: counters that were kept instead of derived leaked, and
// a drain stopped what it waited for.
func TestCatalogue606NothingLeaksAndADrainEnds(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0})
	c.track(0, "a", "b", "c", "d")
	runs := c.starts(0, 1, 2, 3)
	require.NoError(t, c.Ack(ticketOf(runs[0]), 1))
	require.NoError(t, c.Nack(ticketOf(runs[1]), 0, time.Hour))
	drained := c.Drain()
	c.done(runs[0], runs[1], runs[2])
	require.False(t, over(drained))
	c.Finish(runs[3], ledger.Finish{Again: true, After: time.Hour}, time.Now())
	require.True(t, over(drained), "what waits does not run")
	c.Fence()
	c.End()
	s := c.Stats()
	require.Zero(t, s.Queued+s.Running+s.Open+s.Waiting+s.Unsettled+s.Bytes+s.Keys+s.Done)
}

// #832, #817, #674: a retry set keyed by a due time that changed grew without
// bound, and polling went on although nothing moved.
func TestCatalogue832ARetryMovesAndNeverDoubles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := keyRules
		rules.Window, rules.Bytes, rules.Slots, rules.Waiting = 8, 1<<20, 8, 4
		c := newCrew(t, rules, ledger.Start{Offset: 0})
		c.track(0, "a", "b", "a", "c", "d", "e", "f", "g")
		require.True(t, c.Full(), "the window gates polling")
		for range 500 {
			var run ledger.Run
			for c.Next(time.Now(), &run) {
				c.Finish(&run, ledger.Finish{Again: true, After: time.Second, Fail: true}, time.Now())
			}
			require.LessOrEqual(t, c.Dues(), 4)
			require.LessOrEqual(t, c.Stats().Waiting, 4)
			<-time.After(time.Second)
		}
		require.True(t, c.Full())
	})
}

// #35, 0.2.0.1: 16 bits for a span.
func TestCatalogue35SpansOfAnySize(t *testing.T) {
	t.Parallel()
	for _, span := range []int64{1 << 15, 1 << 16, 1 << 31, 1 << 33, 1 << 60} {
		for _, base := range []int64{0, 1 << 16, math.MaxInt64 - 1<<61} {
			m := &ledger.Map{Base: base, Epoch: 1, Done: []ledger.Range{{From: base + 2, To: base + 3}, {From: base + span, To: base + span + 5}}}
			got, err := ledger.DecodeMap(m.Encode(4096), base)
			require.NoError(t, err)
			require.Equal(t, m, got)
		}
	}
}

// #409, #329, #546: holes of compaction, transaction markers, offsets that were reset.
func TestCatalogue409HolesAreNothing(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0, Committed: true})
	c.track(10, "a")
	c.track(500, "b")
	c.track(10_000_000, "c")
	runs := c.starts(10, 500, 10_000_000)
	c.done(runs[500], runs[10_000_000])
	last, ok := c.Fence()
	require.True(t, ok)
	require.EqualValues(t, 10, last.Offset)
	m, err := ledger.DecodeMap(last.Metadata, 10)
	require.NoError(t, err)
	// The next owner finds 500 compacted away, and another start.
	next := newCrew(t, keyRules, ledger.Start{Offset: 10, Committed: true, Map: m})
	next.track(10, "a")
	next.track(10_000_000, "b", "c")
	next.starts(10, 10_000_001)
	reset := newCrew(t, keyRules, ledger.Start{Offset: 10, Committed: true, Map: m})
	reset.track(3, "a")
	reset.track(500, "b")
	reset.starts(3, 500)
}

// #184, #318, #579: keys without their topic, null taken for empty, keys by the
// identity of their array.
func TestCatalogue579AKeyIsItsBytes(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0})
	one, other := []byte("same"), []byte("same")
	_, err := c.Track([]listener.RawRecord{{Offset: 0, Key: one}, {Offset: 1, Key: other}, {Offset: 2, Key: []byte{}}, {Offset: 3}, {Offset: 4, Key: []byte{}}})
	require.NoError(t, err)
	runs := c.starts(0, 2, 3)
	one[0] = 'X' // the client may reuse its buffer once a record is done
	c.done(runs[0])
	c.starts(1)
	// Another partition's keys are others: each has its own book.
	newCrew(t, keyRules, ledger.Start{Offset: 0}).track(0, "same")
}

// #843, #534: the same record on two threads, and an order that was lost.
func TestCatalogue843EachRecordRunsOnceAtATime(t *testing.T) {
	t.Parallel()
	rules := keyRules
	rules.Window, rules.Bytes, rules.Slots = 1<<20, 1<<30, 1<<20
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	const n, keyCount = 3000, 17
	keys := make([]string, n)
	for i := range keys {
		keys[i] = string(rune('a' + i%keyCount))
	}
	c.track(0, keys...)
	var mu sync.Mutex
	running, last, runs := map[int64]bool{}, map[int64]int64{}, 0
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			var run ledger.Run
			for {
				if !c.Next(time.Now(), &run) {
					mu.Lock()
					over := runs >= n
					mu.Unlock()
					if over {
						return
					}
					runtime.Gosched()
					continue
				}
				key := run.Offset() % keyCount
				mu.Lock()
				if running[key] || run.Offset() < last[key] {
					t.Errorf("%d runs beside its key, or after %d", run.Offset(), last[key])
				}
				running[key], last[key] = true, run.Offset()
				mu.Unlock()
				again := rand.IntN(10) == 0
				mu.Lock()
				running[key] = false
				if !again {
					runs++
				}
				mu.Unlock()
				c.Finish(&run, ledger.Finish{Mark: !again, Again: again}, time.Now())
			}
		})
	}
	work.Wait()
	require.EqualValues(t, n, c.Stats().Watermark)
}

// #647: "offset map too large" stopped a consumer at 500 events/s.
func TestCatalogue647ALargeMapStopsNothing(t *testing.T) {
	t.Parallel()
	rules := keyRules
	rules.Order, rules.Map, rules.Window, rules.Bytes, rules.Slots = ledger.Unordered, 100, 1<<20, 1<<30, 1<<20
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	const n = 5000
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "-"
	}
	c.track(0, keys...)
	var odd []*ledger.Run
	for range n {
		run := &ledger.Run{}
		require.True(t, c.Next(time.Now(), run), "nothing stops")
		if run.Offset()%2 == 1 {
			c.done(run)
			continue
		}
		odd = append(odd, run)
	}
	c.DueNow()
	commit, ok := c.Snapshot()
	require.True(t, ok)
	require.LessOrEqual(t, len(commit.Metadata), 100)
	m, err := ledger.DecodeMap(commit.Metadata, 0)
	require.NoError(t, err)
	require.True(t, m.Cut)
	c.done(odd...)
	require.EqualValues(t, n, c.Stats().Watermark)
}

// #859: each commit registered something that stayed.
func TestCatalogue859CommitsLeaveNothingBehind(t *testing.T) {
	m := newMill(ledger.Rules{When: ackmode.ChunkEnd, Order: ledger.ByKey, Map: 4096}, 100).keyed(10)
	m.turn()
	per := testing.AllocsPerRun(200, func() {
		m.turn()
		m.p.DueNow()
		m.commit()
	})
	require.Zero(t, per)
}
