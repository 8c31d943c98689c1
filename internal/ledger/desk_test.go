package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A desk is a Partition with somebody who works at it by hand.
type desk struct {
	t *testing.T
	*ledger.Partition
	h   *hooks
	run ledger.Run
}

// The rules of the modes, as the container sets them.
var (
	recordMode = ledger.Rules{When: ackmode.EachMark, Await: true}
	batchMode  = ledger.Rules{When: ackmode.ChunkEnd}
	immediate  = ledger.Rules{When: ackmode.EachMark, Await: true}
	manual     = ledger.Rules{When: ackmode.ChunkEnd}
	cumulative = ledger.Rules{When: ackmode.ChunkEnd, Cumulative: true}
	countMode  = ledger.Rules{When: ackmode.Counted}
)

// newDesk opens a book that begins at 0.
func newDesk(t *testing.T, rules ledger.Rules) *desk {
	t.Helper()
	if rules.Window == 0 {
		rules.Window, rules.Bytes, rules.Slots = 1000, 1<<20, 1000
	}
	d := &desk{t: t, h: &hooks{}}
	d.Partition = ledger.New("orders", 3, 7, ledger.Start{Offset: 0, Committed: true}, rules, d.h)
	d.Open()
	return d
}

// records makes records of one byte at the offsets.
func records(offsets ...int64) []listener.RawRecord {
	out := make([]listener.RawRecord, len(offsets))
	for i, o := range offsets {
		out[i] = listener.RawRecord{Offset: o, Value: []byte("x")}
	}
	return out
}

func (d *desk) track(offsets ...int64) {
	d.t.Helper()
	dropped, err := d.Track(records(offsets...))
	require.NoError(d.t, err)
	require.Zero(d.t, dropped)
}

// take starts the next run, which has to begin at offset, and gives out its ticket.
func (d *desk) take(offset int64) *ledger.Ticket {
	d.t.Helper()
	require.True(d.t, d.Take(time.Now(), &d.run), "nothing starts")
	require.Equal(d.t, offset, d.run.Offset())
	k := &ledger.Ticket{From: d.run.From, To: d.run.To, Attempt: d.run.Attempt, Serial: d.run.Serial}
	for _, r := range d.run.Records {
		k.Records = append(k.Records, r)
		k.Offset = r.Offset
	}
	return k
}

func (d *desk) nothing() {
	d.t.Helper()
	var run ledger.Run
	require.False(d.t, d.Take(time.Now(), &run), "something starts")
}

func (d *desk) finish(f ledger.Finish) {
	d.t.Helper()
	d.Finish(&d.run, f, time.Now())
}

// through runs the next record's handler without an acknowledgment, which follows later.
func (d *desk) through(offset int64) *ledger.Ticket {
	d.t.Helper()
	k := d.take(offset)
	d.finish(ledger.Finish{})
	return k
}

// commits sends what is due, and says that it is this; -1 is nothing.
func (d *desk) commits(want int64) {
	d.t.Helper()
	offset, ok := d.Snapshot()
	if want < 0 {
		require.False(d.t, ok, "%d is due", offset.Offset)
		return
	}
	require.True(d.t, ok, "nothing is due")
	require.Equal(d.t, want, offset.Offset)
	d.Confirmed(offset)
}

// hears says what a waiter was answered by now.
func hears(t *testing.T, answers <-chan error, want error) {
	t.Helper()
	select {
	case err := <-answers:
		require.ErrorIs(t, err, want)
	default:
		require.Fail(t, "no answer")
	}
}

func silent(t *testing.T, answers <-chan error) {
	t.Helper()
	select {
	case err := <-answers:
		require.Fail(t, "an answer before its time", "%v", err)
	default:
	}
}

// over reports whether c is closed.
func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
