package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

func TestRegression(t *testing.T) {
	t.Parallel()
	d := newDesk(t, batchMode)
	d.track(0, 1, 2)
	d.take(0)
	d.finish(ledger.Finish{Mark: true})

	dropped, err := d.Track(records(1, 2, 3))
	require.NoError(t, err)
	require.Equal(t, 2, dropped, "what is booked is dropped")

	_, err = d.Track(records(0))
	var back *ledger.RegressionError
	require.ErrorAs(t, err, &back)
	require.Equal(t, ledger.RegressionError{Topic: "orders", ID: 3, Offset: 0, Behind: 3}, *back)
	require.ErrorContains(t, err, "orders[3]: offset 0 was delivered after 3")

	d.Fence()
	dropped, err = d.Track(records(0, 4))
	require.NoError(t, err, "an assignment that is over has no opinion")
	require.Equal(t, 2, dropped)
}

// The committed offset is beyond the log (the topic was made again): the client
// begins where the reset policy says, and the book with it.
func TestResetBelowTheStart(t *testing.T) {
	t.Parallel()
	h := &hooks{}
	p := ledger.New("orders", 3, 7, ledger.Start{Offset: 100, Committed: true}, batchMode, h)
	p.Open()
	_, err := p.Track(records(0, 1))
	require.NoError(t, err)
	_, reassert := p.Committed()
	require.False(t, reassert, "100 is not asserted again")
	var run ledger.Run
	for p.Take(time.Now(), &run) {
		p.Finish(&run, ledger.Finish{Mark: true}, time.Now())
	}
	offset, ok := p.Snapshot()
	require.True(t, ok)
	require.EqualValues(t, 2, offset.Offset)
	_, err = p.Track(records(1, 0))
	require.ErrorAs(t, err, new(*ledger.RegressionError), "only at the very first record")
}

// The claim of a log's end is under way when the client goes back to a log that
// was made again. The answer to it is about the log before: the group has an offset
// now that nobody has reached, and a restart would begin there.
func TestResetBelowTheStartWhileAClaimIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(*ledger.Partition, ledger.Commit){
		"confirmed": (*ledger.Partition).Confirmed,
		"refused":   func(p *ledger.Partition, c ledger.Commit) { p.CommitFailed(c, errRefused); p.Requeue() },
	} {
		for which, rules := range map[string]ledger.Rules{"one lane": batchMode, "keys": {When: ackmode.ChunkEnd, Order: ledger.ByKey, Map: 4096, Window: 100, Bytes: 1000, Slots: 100}} {
			t.Run(name+"/"+which, func(t *testing.T) {
				t.Parallel()
				d := &desk{t: t, h: &hooks{}}
				d.Partition = ledger.New("orders", 3, 7, ledger.Start{Offset: 100, Claim: true}, rules, d.h)
				d.Open()
				old, ok := d.Snapshot()
				require.True(t, ok)
				require.EqualValues(t, 100, old.Offset)
				d.track(3, 4)
				d.take(3)
				answer(d.Partition, old)
				require.EqualValues(t, 3, d.Stats().Committed)
				d.commits(3) // over what the group has now
				d.commits(-1)
				d.finish(ledger.Finish{Mark: true})
				require.True(t, d.Take(time.Now(), &d.run))
				d.finish(ledger.Finish{Mark: true})
				d.DueNow()
				d.commits(5)
				last, ok := d.Fence()
				require.False(t, ok, "%d is committed twice", last.Offset)
			})
		}
	}
}

// A claim is committed although nothing was settled, and by the last commit if
// it comes to that.
func TestClaim(t *testing.T) {
	t.Parallel()
	open := func() (*ledger.Partition, *hooks) {
		h := &hooks{}
		p := ledger.New("orders", 3, 7, ledger.Start{Offset: 9, Claim: true}, batchMode, h)
		p.Open()
		return p, h
	}
	p, h := open()
	require.Equal(t, 1, h.due)
	offset, ok := p.Snapshot()
	require.True(t, ok)
	require.EqualValues(t, 9, offset.Offset)
	p.Confirmed(ledger.Commit{Offset: 9})
	_, ok = p.Snapshot()
	require.False(t, ok)
	offset, ok = p.Committed()
	require.True(t, ok)
	require.EqualValues(t, 9, offset.Offset)
	_, ok = p.Fence()
	require.False(t, ok, "nothing is left to commit")

	p, _ = open()
	offset, ok = p.Fence()
	require.True(t, ok)
	require.EqualValues(t, 9, offset.Offset)
	_, ok = p.Fence()
	require.False(t, ok, "the second fence has nothing to say")
	p.CommitFailed(offset, errRefused)
	require.True(t, p.Owed())
	p.Confirmed(ledger.Commit{Offset: 8})
	require.True(t, p.Owed(), "that one was on its way before the fence")
	p.Confirmed(offset)
	require.False(t, p.Owed())
}

// A failing record remembers since when, and the delay of its last redelivery.
func TestFailing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, batchMode)
	d.track(0, 1)
	began := time.Now().Add(-time.Minute)
	d.take(0)
	require.Zero(t, d.Failing(&d.run))
	d.Finish(&d.run, ledger.Finish{Again: true, Fail: true}, began)
	d.take(0)
	require.Equal(t, ledger.Failing{Since: began}, d.Failing(&d.run))
	d.Finish(&d.run, ledger.Finish{Again: true, After: -time.Second, Fail: true}, began.Add(time.Second))
	d.take(0)
	require.Equal(t, ledger.Failing{Since: began, Previous: -time.Second}, d.Failing(&d.run))
	d.finish(ledger.Finish{Mark: true})
	d.take(1)
	require.Zero(t, d.Failing(&d.run), "another record")
}

// A batch fails since its first record's first failure; when that one is done,
// it is another record that fails.
func TestFailingBatch(t *testing.T) {
	t.Parallel()
	rules := batchMode
	rules.Batch = true
	d := newDesk(t, rules)
	d.track(0, 1, 2, 3)
	began := time.Now().Add(-time.Minute)
	d.take(0)
	d.Finish(&d.run, ledger.Finish{First: 1, Again: true, Fail: true}, began)
	d.take(1)
	d.Finish(&d.run, ledger.Finish{Again: true, Fail: true}, began.Add(time.Second))
	d.take(1)
	require.Equal(t, began, d.Failing(&d.run).Since)
	d.Finish(&d.run, ledger.Finish{First: 1, Again: true, Fail: true}, began.Add(2*time.Second))
	d.take(2)
	require.Equal(t, began.Add(2*time.Second), d.Failing(&d.run).Since)
}

// BATCH redoes two chunks at the most: the third waits for the first one's commit.
func TestThirdChunkWaits(t *testing.T) {
	t.Parallel()
	d := newDesk(t, batchMode)
	for o := range int64(3) {
		d.track(o)
	}
	d.take(0)
	d.finish(ledger.Finish{Mark: true})
	d.take(1)
	d.finish(ledger.Finish{Mark: true})
	d.nothing()
	d.Confirmed(ledger.Commit{Offset: 1})
	d.take(2)
}

// RECORD: a crash redoes one record.
func TestNextRecordWaitsForTheCommit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, recordMode)
	d.track(0, 1)
	d.take(0)
	d.finish(ledger.Finish{Mark: true})
	d.nothing()
	offset, ok := d.Snapshot()
	require.True(t, ok)
	d.CommitFailed(offset, errRefused)
	d.nothing()
	d.Requeue()
	require.Equal(t, 2, d.h.due)
	d.commits(1)
	d.take(1)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	async := manual
	async.AsyncAcks = true
	for _, tt := range []struct {
		name    string
		rules   ledger.Rules
		leaves  ledger.Finish
		drained bool
	}{
		{"a handler that returned", manual, ledger.Finish{Mark: true}, true},
		{"a record that nobody acknowledged", manual, ledger.Finish{}, true},
		{"a record that somebody will acknowledge", async, ledger.Finish{}, false},
		{"a record that waits for its redelivery", async, ledger.Finish{Again: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, tt.rules)
			d.track(0, 1)
			k := d.take(0)
			drained := d.Drain()
			require.False(t, over(drained))
			d.finish(tt.leaves)
			require.Equal(t, tt.drained, over(drained))
			d.nothing()
			if !tt.drained {
				require.NoError(t, d.Ack(k, 1))
				require.True(t, over(drained))
			}
		})
	}
}

// After the fence nothing starts, settles or is committed.
func TestFence(t *testing.T) {
	t.Parallel()
	d := newDesk(t, manual)
	d.track(0, 1, 2, 3)
	require.NoError(t, d.Ack(d.through(0), 1))
	left := d.through(1)
	running := d.take(2)
	offset, ok := d.Fence()
	require.True(t, ok)
	require.EqualValues(t, 1, offset.Offset)
	for range 2 {
		require.ErrorIs(t, d.Ack(left, 1), listener.ErrRevoked)
		require.ErrorIs(t, d.Nack(running, 0, 0), listener.ErrRevoked)
		_, ok = d.Snapshot()
		require.False(t, ok)
		_, ok = d.Committed()
		require.False(t, ok)
		d.DueNow()
		d.nothing()
		d.Release()
	}
	st := d.Finish(&d.run, ledger.Finish{Mark: true}, time.Now())
	require.Equal(t, ledger.Status{Rest: 1, Fenced: true}, st)
	require.Equal(t, []int64{1, 2, 3}, unsettled(d))
	<-d.Drain()
	d.End()
	s := d.Stats()
	require.Zero(t, s.Queued+s.Open+s.Unsettled+s.Bytes+s.Running)
	require.Zero(t, d.Payloads())
}
