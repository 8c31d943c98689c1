package ledger_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// The bugs that the model found, one test each, for ever.

// A redelivery that was due, but had to wait for a commit, set a timer in the
// past: it fired at once, found the commit still unconfirmed, and set the next,
// as fast as the machine could, for as long as the coordinator was away.
func TestRedeliveryThatWaitsForACommitDoesNotSpin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := batchMode
		rules.Await, rules.Batch = true, true
		d := newDesk(t, rules)
		d.track(0, 1, 2)
		d.take(0)
		d.finish(ledger.Finish{First: 1, Again: true, Fail: true})
		d.nothing()
		require.Nil(t, d.h.armed, "the commit is in the way, not the clock")
		d.Wake()
		require.Nil(t, d.h.armed)

		d.h.ready = 0
		d.commits(1)
		require.Equal(t, 1, d.h.ready)
		d.take(1)
	})
}

// … and the timer is set when the commit is confirmed before the redelivery is due.
func TestConfirmedCommitSetsTheTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := batchMode
		rules.Await, rules.Batch = true, true
		d := newDesk(t, rules)
		d.track(0, 1, 2)
		d.take(0)
		d.finish(ledger.Finish{First: 1, Again: true, After: time.Minute})
		d.nothing()
		d.commits(1)
		require.NotNil(t, d.h.armed)
		require.Equal(t, time.Now().Add(time.Minute), *d.h.armed)
	})
}

// A chunk that was cut short by a regression had no end. A batch listener's
// next Take looked for it beyond the ring, for ever, under the lock.
func TestChunkThatIsCutShortHasAnEnd(t *testing.T) {
	t.Parallel()
	rules := batchMode
	rules.Batch = true
	d := newDesk(t, rules)
	d.track(0)
	d.take(0)
	d.finish(ledger.Finish{Mark: true})
	_, err := d.Track(records(1, 2, 0, 3))
	var back *ledger.RegressionError
	require.ErrorAs(t, err, &back)

	d.take(1)
	require.Len(t, d.run.Records, 2)
	require.True(t, d.run.Opens)
	require.True(t, d.run.Closes)
	require.Equal(t, []ledger.Booked{{Offset: 1, State: "running", Attempt: 1}, {Offset: 2, State: "running", Attempt: 1}}, d.Book())
}

// Between fence and end, Acknowledge answered nil for a record that this
// assignment will never commit.
func TestAwaitCommitAfterTheFenceIsRevoked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, immediate)
	d.track(0, 1)
	d.through(0)
	k := d.through(1)
	require.NoError(t, d.Ack(k, 1))
	d.Fence()
	hears(t, d.AwaitCommit(k), listener.ErrRevoked)
}

// … and ErrRevoked ("nothing was committed") for one that the last commit,
// which was under way, went on to commit.
func TestAwaitCommitHearsOfTheLastCommit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(d *desk, c ledger.Commit)
		want   error
	}{
		{"confirmed", func(d *desk, c ledger.Commit) { d.Confirmed(c) }, nil},
		{"refused", func(d *desk, c ledger.Commit) { d.CommitFailed(c, errRefused) }, errRefused},
		{"unanswered", func(*desk, ledger.Commit) {}, listener.ErrRevoked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, immediate)
			d.track(0)
			k := d.take(0)
			require.NoError(t, d.Ack(k, 1))
			last, ok := d.Fence()
			require.True(t, ok)
			answers := d.AwaitCommit(k)
			silent(t, answers)
			tt.answer(d, last)
			d.End()
			hears(t, answers, tt.want)
			late := d.AwaitCommit(k)
			if tt.want == nil {
				hears(t, late, nil)
				return
			}
			hears(t, late, listener.ErrRevoked)
		})
	}
}

// A partition that began to wait in the middle of a chunk kept what it had
// settled to itself, for as long as it waited.
func TestPartitionThatBeginsToWaitCommits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		waits func(d *desk, k *ledger.Ticket)
	}{
		{"a pause", func(d *desk, _ *ledger.Ticket) { d.Pause() }},
		{"a nack between the return and the next take", func(d *desk, k *ledger.Ticket) {
			require.NoError(t, d.Nack(k, 0, time.Hour))
		}},
	} {
		for name, leave := range map[string]func(d *desk){
			"take":  (*desk).nothing,
			"yield": func(d *desk) { d.Yield() },
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, manual)
				d.track(0, 1, 2)
				d.take(0)
				d.finish(ledger.Finish{Mark: true})
				k := d.through(1)
				d.commits(-1)
				tt.waits(d, k)
				leave(d)
				require.Equal(t, 1, d.h.due)
				d.commits(1)
			})
		}
	}
}

// A redelivery from an earlier chunk, at its end, made DueLate forget which
// chunk was being delivered.
func TestEarlierChunksEndIsNotThisChunks(t *testing.T) {
	t.Parallel()
	d := newDesk(t, manual)
	d.track(0, 1)
	d.track(2, 3)
	require.NoError(t, d.Ack(d.through(0), 1))
	late := d.through(1)
	d.take(2)
	require.NoError(t, d.Nack(late, 0, 0))
	d.finish(ledger.Finish{Mark: true})
	d.commits(1)

	d.take(1)
	d.finish(ledger.Finish{})
	require.NoError(t, d.Ack(&ledger.Ticket{From: 1, To: 2, Serial: d.run.Serial, Offset: 1}, 1))
	d.DueLate()
	d.commits(2)
}

// An attempt that was none leaves its number to the next one. An acknowledgment
// of the former delivery is stale all the same: what it settled in the middle of the later
// one was delivered again without a record.
func TestTicketsOfAPostponedDeliveryAreStale(t *testing.T) {
	rules := manual
	rules.Batch = true
	d := newDesk(t, rules)
	d.track(0, 1, 2, 3)
	first := d.take(0)
	d.finish(ledger.Finish{Again: true, Void: true})
	second := d.take(0)
	require.Equal(t, 1, d.run.Attempt)
	require.ErrorIs(t, d.Ack(first, 2), listener.ErrSettled)
	require.ErrorIs(t, d.Nack(first, 1, 0), listener.ErrSettled)
	require.NoError(t, d.Ack(second, 2))
	d.finish(ledger.Finish{Again: true})
	d.take(2)
}

// A snapshot that was taken while a redelivery ran says nothing of what that has
// settled since it began: with its confirmation the next chunk but one started on
// top of marks that were older than Ahead.
func TestASnapshotDuringARedeliveryLeavesItsMarksOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := manual
		rules.Batch, rules.AsyncAcks, rules.Ahead = true, true, 2*time.Second
		d := newDesk(t, rules)
		d.track(1, 2, 3) // the log begins above the start: 1 is due when it waits
		d.take(1)
		d.finish(ledger.Finish{Again: true})
		k := d.take(1)
		require.NoError(t, d.Ack(k, 3))
		pass(2 * time.Second)
		first, ok := d.Snapshot()
		require.True(t, ok)
		require.EqualValues(t, 1, first.Offset)
		d.finish(ledger.Finish{})
		d.Confirmed(first)

		d.track(4)
		d.take(4)
		d.finish(ledger.Finish{Mark: true})
		d.track(5)
		d.nothing() // 1 to 3 were settled two seconds ago, and are not confirmed
		d.commits(5)
		d.take(5)
	})
}

// … and what a redelivery of an earlier chunk has settled is due with the end of
// the next chunk, and older than that one's beginning.
func TestARedeliverysMarksAreOlderThanTheNextChunk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := batchMode
		rules.Batch, rules.Ahead = true, 2*time.Second
		d := newDesk(t, rules)
		d.track(0, 1)
		d.take(0)
		d.finish(ledger.Finish{Parts: []ledger.Part{{To: 1}, {To: 2, Done: true}}})
		d.take(0)
		d.finish(ledger.Finish{Mark: true})
		d.track(2)
		pass(time.Second) // nobody comes to take it
		d.take(2)
		pass(time.Second)
		d.finish(ledger.Finish{Mark: true})
		d.track(3)
		d.take(3)
		d.finish(ledger.Finish{Mark: true})
		d.track(4)
		d.nothing() // 0 and 1 were settled two seconds ago, and are not confirmed
		d.commits(4)
		d.take(4)
	})
}
