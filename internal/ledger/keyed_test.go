package ledger_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A crew is a partition with several workers, by hand.
type crew struct {
	t *testing.T
	*ledger.Partition
	h *hooks
}

var keyRules = ledger.Rules{When: ackmode.ChunkEnd, Order: ledger.ByKey, Map: 4096}

func newCrew(t *testing.T, rules ledger.Rules, start ledger.Start) *crew {
	t.Helper()
	if rules.Window == 0 {
		rules.Window, rules.Bytes, rules.Slots = 1000, 1<<20, 1000
	}
	c := &crew{t: t, h: &hooks{}}
	c.Partition = ledger.New("orders", 3, 7, start, rules, c.h)
	c.Open()
	return c
}

// keyed makes records from offset on; "-" is no key.
func keyed(offset int64, keys ...string) []listener.RawRecord {
	out := make([]listener.RawRecord, len(keys))
	for i, k := range keys {
		out[i] = listener.RawRecord{Offset: offset + int64(i), Value: []byte("x")}
		if k != "-" {
			out[i].Key = []byte(k)
		}
	}
	return out
}

func (c *crew) track(offset int64, keys ...string) {
	c.t.Helper()
	_, err := c.Track(keyed(offset, keys...))
	require.NoError(c.t, err)
}

// starts takes runs until nothing more may start, and returns them by offset.
func (c *crew) starts(want ...int64) map[int64]*ledger.Run {
	c.t.Helper()
	out := map[int64]*ledger.Run{}
	var got []int64
	for {
		run := &ledger.Run{}
		if !c.Next(time.Now(), run) {
			break
		}
		out[run.Offset()] = run
		got = append(got, run.Offset())
	}
	require.Equal(c.t, want, got)
	return out
}

func (c *crew) done(runs ...*ledger.Run) {
	for _, r := range runs {
		c.Finish(r, ledger.Finish{Mark: true}, time.Now())
	}
}

func ticketOf(r *ledger.Run) *ledger.Ticket {
	return &ledger.Ticket{From: r.From, To: r.To, Serial: r.Serial, Attempt: r.Attempt, Offset: r.Offset(), Records: append([]*listener.RawRecord(nil), r.Records...)}
}

// Keys wait for themselves only, nulls for nobody, and an empty key is a key.
func TestOneRecordPerKeyRuns(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0})
	c.track(0, "a", "b", "a", "", "-", "-", "", "c")
	runs := c.starts(0, 1, 3, 4, 5, 7)
	c.done(runs[3], runs[1])
	more := c.starts(6)
	c.done(runs[0], runs[4])
	c.starts(2)
	require.Equal(t, 4, c.Stats().Done+int(c.Stats().Watermark))
	require.EqualValues(t, 2, c.Stats().Watermark)
	c.done(more[6])
}

// With null keys in a queue, they wait for each other, and not for the empty key.
func TestNullKeysMayWaitForEachOther(t *testing.T) {
	t.Parallel()
	rules := keyRules
	rules.NullQueue = true
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	c.track(0, "-", "", "-", "")
	runs := c.starts(0, 1)
	c.done(runs[0])
	c.starts(2)
}

// A failure holds its key, and nothing else; under none not even that.
func TestAFailureHoldsItsKeyOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t, keyRules, ledger.Start{Offset: 0})
		c.track(0, "a", "a", "b", "b")
		runs := c.starts(0, 2)
		c.Finish(runs[0], ledger.Finish{Again: true, After: time.Second, Fail: true}, time.Now())
		require.Equal(t, time.Now().Add(time.Second), *c.h.armed)
		c.done(runs[2])
		more := c.starts(3)
		<-time.After(time.Second)
		again := c.starts(0)
		require.Equal(t, 2, again[0].Attempt)
		c.done(again[0], more[3])
		c.done(c.starts(1)[1])
		require.EqualValues(t, 4, c.Stats().Watermark)
		require.Zero(t, c.Stats().Keys)
	})
}

// Awaited: the next record of a key starts when a commit has the bit of this one.
func TestTheNextOfAKeyAwaitsItsCommit(t *testing.T) {
	t.Parallel()
	rules := ledger.Rules{When: ackmode.EachMark, Await: true, Order: ledger.ByKey, Map: 4096}
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	c.track(0, "a", "b", "b", "c")
	runs := c.starts(0, 1, 3)
	c.done(runs[1])
	c.starts()
	commit, ok := c.Snapshot()
	require.True(t, ok, "its bit is due, though offset 0 is not done")
	require.Zero(t, commit.Offset)
	m, err := ledger.DecodeMap(commit.Metadata, 0)
	require.NoError(t, err)
	require.Equal(t, []ledger.Range{{From: 1, To: 2}}, m.Done)
	c.done(runs[3])
	c.Confirmed(commit)
	c.starts(2)
	_, ok = c.Snapshot()
	require.True(t, ok, "3 was settled after the snapshot")
}

// Acknowledge waits for a commit that has its record in the map.
func TestAwaitCommitHearsOfTheMap(t *testing.T) {
	t.Parallel()
	rules := ledger.Rules{When: ackmode.EachMark, Order: ledger.ByKey, Map: 4096}
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	c.track(0, "a", "b")
	k := ticketOf(c.starts(0, 1)[1])
	require.NoError(t, c.Ack(k, 1))
	answers := c.AwaitCommit(k)
	silent(t, answers)
	commit, _ := c.Snapshot()
	c.CommitFailed(commit, errRefused)
	hears(t, answers, errRefused)
	answers = c.AwaitCommit(k)
	c.Requeue()
	commit, _ = c.Snapshot()
	c.Confirmed(commit)
	hears(t, answers, nil)
}

// What an earlier owner has done does not run again, and its commit goes on from there.
func TestRestoredRecordsDoNotRunAgain(t *testing.T) {
	t.Parallel()
	m := &ledger.Map{Base: 10, Epoch: 4, Done: []ledger.Range{{From: 11, To: 13}, {From: 15, To: 16}}}
	text := m.Encode(4096)
	c := newCrew(t, keyRules, ledger.Start{Offset: 10, Committed: true, Map: m, Metadata: text})
	c.track(10, "a", "a", "a", "a")
	commit, ok := c.Committed()
	require.True(t, ok)
	require.Equal(t, text, commit.Metadata, "asserted again as it was")
	runs := c.starts(10)
	c.Drain()
	last, ok := c.Fence()
	require.False(t, ok, "nothing is new")
	require.Equal(t, text, last.Metadata, "15 is remembered, though it did not come yet")
	c.done(runs[10])

	c = newCrew(t, keyRules, ledger.Start{Offset: 10, Committed: true, Map: m, Metadata: text})
	c.track(10, "a", "a", "a", "a", "b", "c", "c")
	c.done(c.starts(10, 14, 16)[10])
	require.EqualValues(t, 13, c.Stats().Watermark)
}

// A higher leader epoch, an unknown one, or a start below the base: the log is
// another one, or is to be replayed, and everything runs.
func TestAMapIsDroppedWithItsLog(t *testing.T) {
	t.Parallel()
	m := &ledger.Map{Base: 10, Epoch: 4, Done: []ledger.Range{{From: 11, To: 20}}}
	for name, change := range map[string]func(r []listener.RawRecord){
		"higher":  func(r []listener.RawRecord) { r[1].LeaderEpoch = 5 },
		"unknown": func(r []listener.RawRecord) { r[1].LeaderEpoch = -1 },
		"below":   func(r []listener.RawRecord) { r[0].Offset = 9 },
	} {
		c := newCrew(t, keyRules, ledger.Start{Offset: 10, Committed: true, Map: m})
		recs := keyed(10, "a", "b", "c")
		change(recs)
		_, err := c.Track(recs)
		require.NoError(t, err)
		c.starts(recs[0].Offset, 11, 12)
		_ = name
	}
}

// The last commit has what was done by then, and nothing that comes later.
func TestTheLastCommitHasTheMap(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0, Committed: true})
	c.track(0, "a", "b", "c")
	runs := c.starts(0, 1, 2)
	c.done(runs[2])
	c.Drain()
	last, ok := c.Fence()
	require.True(t, ok, "the offset has not moved, and the map has")
	m, err := ledger.DecodeMap(last.Metadata, 0)
	require.NoError(t, err)
	require.Equal(t, []ledger.Range{{From: 2, To: 3}}, m.Done)
	c.done(runs[0])
	require.ErrorIs(t, c.Ack(ticketOf(runs[1]), 1), listener.ErrRevoked)
}

// A key that could not be told is a failed record that waits for nobody.
func TestAFaultyKeyIsAFailedRecord(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0})
	boom := errors.New("boom")
	_, err := c.TrackKeyed(keyed(0, "a", "a", "a"), []ledger.Key{{Bytes: []byte("x")}, {Err: boom}, {Bytes: []byte("x")}})
	require.NoError(t, err)
	runs := c.starts(0, 1)
	require.NoError(t, runs[0].Fault)
	require.Equal(t, boom, runs[1].Fault)
}

// With more keys failing than may wait, nothing new starts.
func TestKeysInBackOffAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := keyRules
		rules.Window, rules.Bytes, rules.Slots, rules.Waiting = 100, 1<<20, 100, 2
		c := newCrew(t, rules, ledger.Start{Offset: 0})
		c.track(0, "a", "b", "c", "d")
		for range 2 {
			var run ledger.Run
			require.True(t, c.Next(time.Now(), &run))
			c.Finish(&run, ledger.Finish{Again: true, After: time.Minute}, time.Now())
		}
		c.starts()
		require.True(t, c.Full() || c.Stats().Waiting == 2)
		<-time.After(time.Minute)
		c.starts(0, 2, 1, 3)
	})
}

// One that comes again at once lets others through.
func TestAnEndlessRedeliveryStarvesNobody(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0})
	c.track(0, "a", "b", "c", "d")
	seen := map[int64]bool{}
	for range 8 {
		var run ledger.Run
		require.True(t, c.Next(time.Now(), &run))
		seen[run.Offset()] = true
		c.Finish(&run, ledger.Finish{Again: true}, time.Now())
	}
	require.Len(t, seen, 4)
}

// A nack while its handler runs: under none it waits for the return, too.
func TestANackedRecordDoesNotRunBesideItself(t *testing.T) {
	t.Parallel()
	for _, order := range []ledger.Order{ledger.ByKey, ledger.Unordered} {
		rules := keyRules
		rules.Order = order
		c := newCrew(t, rules, ledger.Start{Offset: 0})
		c.track(0, "a")
		run := c.starts(0)[0]
		require.NoError(t, c.Nack(ticketOf(run), 0, 0))
		c.starts()
		c.Finish(run, ledger.Finish{}, time.Now())
		require.Equal(t, 2, c.starts(0)[0].Attempt)
	}
}

// A late nack of an open record holds its key until it has come again.
func TestALateNackHoldsItsKey(t *testing.T) {
	t.Parallel()
	c := newCrew(t, keyRules, ledger.Start{Offset: 0})
	c.track(0, "a", "a", "a")
	first := c.starts(0)[0]
	c.Finish(first, ledger.Finish{}, time.Now())
	second := c.starts(1)[1]
	require.NoError(t, c.Nack(ticketOf(first), 0, 0))
	c.starts()
	c.done(second)
	c.done(c.starts(0)[0])
	c.done(c.starts(2)[2])
	require.EqualValues(t, 3, c.Stats().Watermark)
	require.Zero(t, c.Stats().Bytes)
	require.Zero(t, c.Stats().Keys)
}

// What is settled above an unsettled record makes room, too: a partition that
// is full by the size of its records goes on while its head waits.
func TestBytesThatAreFreedBehindTheHeadMakeRoom(t *testing.T) {
	t.Parallel()
	rules := keyRules
	rules.Window, rules.Bytes, rules.Slots = 1000, 6, 1000
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	c.track(0, "a", "b", "c") // two bytes each
	full, _, _ := c.Load()
	require.True(t, full)
	runs := c.starts(0, 1, 2)
	c.Finish(runs[0], ledger.Finish{Again: true, After: time.Hour, Fail: true}, time.Now())
	c.done(runs[1], runs[2])
	full, _, _ = c.Load()
	require.False(t, full, "%d of %d bytes", c.Stats().Bytes, rules.Bytes)
	require.Equal(t, 1, c.h.freed)
}

// A record that was withdrawn and listed again leaves an entry behind; it is
// not asked for its time when it is long done.
func TestAnEntryThatWasWithdrawnIsNotAskedForItsTime(t *testing.T) {
	t.Parallel()
	rules := keyRules
	rules.NotBefore = func(r *listener.RawRecord) time.Time { return r.Timestamp }
	c := newCrew(t, rules, ledger.Start{Offset: 0})
	c.track(0, "a", "b", "a")
	var first, second, third ledger.Run
	require.True(t, c.Take(time.Now(), &first))
	c.Finish(&first, ledger.Finish{}, time.Now())
	require.NoError(t, c.Nack(ticketOf(&first), 0, 0)) // 2 is withdrawn
	require.True(t, c.Take(time.Now(), &first))
	require.EqualValues(t, 0, first.Offset())
	c.done(&first) // and listed again
	require.True(t, c.Next(time.Now(), &second))
	require.EqualValues(t, 1, second.Offset())
	require.True(t, c.Next(time.Now(), &third))
	require.EqualValues(t, 2, third.Offset())
	c.done(&third)
	c.Finish(&second, ledger.Finish{Again: true, After: time.Hour}, time.Now())
}

// A redelivery that is due by the clock of one and has run by that of another,
// earlier one, leaves no trace: its lane is put away once, and not two keys get it.
func TestALaneIsPutAwayOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := keyRules
		rules.When, rules.Map = ackmode.EachMark, 0
		c := newCrew(t, rules, ledger.Start{Offset: 0})
		c.track(0, "a", "a")
		open := c.starts(0)[0]
		late := ticketOf(open)
		c.Finish(open, ledger.Finish{}, time.Now())
		early := time.Now()
		c.Finish(c.starts(1)[1], ledger.Finish{Again: true, After: time.Second}, early)
		pass(time.Second)
		require.NoError(t, c.Ack(late, 1)) // lists the redelivery
		var run ledger.Run
		require.True(t, c.Next(early, &run))
		c.Finish(&run, ledger.Finish{Mark: true}, early)
		c.Wake() // … which the clock finds now
		c.track(2, "b", "c", "b", "c")
		runs := c.starts(2, 3)
		c.done(runs[2])
		more := c.starts(4)
		c.done(runs[3], more[4])
		c.done(c.starts(5)[5])
		require.Equal(t, int64(6), c.Stats().Watermark)
	})
}
