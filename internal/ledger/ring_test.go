package ledger_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/internal/ledger"
)

// The ring grows and wraps while records are acknowledged in any order and
// arrive with any gaps: the watermark is the lowest unsettled one.
func TestWatermarkIsTheLowestUnsettled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t, countMode)
		var open []*ledger.Ticket // by offset
		next, highest := int64(0), 0
		for range rapid.IntRange(1, 12).Draw(rt, "rounds") {
			var offsets []int64
			for range rapid.IntRange(1, 150).Draw(rt, "records") {
				next += int64(rapid.SampledFrom([]int{0, 0, 0, 1, 1000}).Draw(rt, "gap"))
				offsets = append(offsets, next)
				next++
			}
			d.track(offsets...)
			for _, o := range offsets {
				open = append(open, d.through(o))
			}
			highest = max(highest, len(d.Book()))
			for range rapid.IntRange(0, len(open)).Draw(rt, "acks") {
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "ack")
				require.NoError(rt, d.Ack(open[i], 1))
				open = slices.Delete(open, i, i+1)
			}
			want := next
			if len(open) > 0 {
				want = open[0].Offset
			}
			require.Equal(rt, want, d.Stats().Watermark)
			require.Equal(rt, len(open), d.Stats().Open)
			require.GreaterOrEqual(rt, d.Slots(), len(d.Book()))
			require.Less(rt, d.Slots(), max(65, 4*highest))
		}
	})
}

// A handler that never acknowledges keeps receiving, until a million records
// are open. Half of them acknowledged from the head on let it go on.
func TestAMillionSlots(t *testing.T) {
	t.Parallel()
	const slots, chunk = 1 << 20, 1 << 14
	rules := manual
	rules.Batch = true
	rules.Window, rules.Bytes, rules.Slots = 2*chunk, 1<<30, slots
	d := newDesk(t, rules)
	recs := records(make([]int64, chunk)...) // returned handlers keep no payload, so the memory may serve again
	tickets := make([]ledger.Ticket, slots/chunk)
	for i := range tickets {
		require.False(t, d.Full())
		for j := range recs {
			recs[j].Offset = int64(i*chunk + j)
		}
		_, err := d.Track(recs)
		require.NoError(t, err)
		require.True(t, d.Take(recs[0].Timestamp, &d.run))
		tickets[i] = ledger.Ticket{From: d.run.From, To: d.run.To, Serial: d.run.Serial}
		d.finish(ledger.Finish{})
	}
	require.True(t, d.Full())
	require.Zero(t, d.Payloads())
	s := d.Stats()
	require.True(t, s.OutOfSlots && s.HeadOpen && s.Unsettled == slots && s.Open == slots, s)

	for i := len(tickets) - 1; i > 0; i-- {
		require.NoError(t, d.Ack(&tickets[i], chunk))
	}
	require.True(t, d.Full(), "the head holds them all")
	require.Zero(t, d.Stats().Watermark)
	require.Zero(t, d.h.freed)
	require.NoError(t, d.Ack(&tickets[0], chunk))
	require.False(t, d.Full())
	require.Equal(t, 1, d.h.freed)
	require.EqualValues(t, slots, d.Stats().Watermark)
}

// Full at the limit, free again below half of it, and said once.
func TestWindow(t *testing.T) {
	t.Parallel()
	rules := batchMode
	rules.Window, rules.Bytes, rules.Slots = 4, 100, 100
	d := newDesk(t, rules)
	d.track(0, 1, 2)
	require.False(t, d.Full())
	d.track(3)
	require.True(t, d.Full())
	for o := range int64(4) {
		d.take(o)
		require.Equal(t, o < 1, d.Full(), "after the start of %d", o)
		d.finish(ledger.Finish{Mark: true})
	}
	require.Equal(t, 1, d.h.freed)
}

// What a burst has needed is let go when it is over.
func TestRingsLetGo(t *testing.T) {
	t.Parallel()
	for _, tt := range append(keyedMills, keyedMill{"one lane", batchMode, 1}) {
		m := newMill(tt.rules, 3000).keyed(tt.keys)
		m.turn()
		require.GreaterOrEqual(t, m.p.Slots(), 3000, tt.name)
		m.recs = m.recs[:5]
		for range 100 {
			m.turn()
		}
		require.LessOrEqual(t, m.p.Slots(), 32, tt.name)
		require.Equal(t, m.next, m.p.Stats().Watermark, tt.name)
	}
}
