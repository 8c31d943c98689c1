package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// keep says that somebody may have kept pointers to the records [from, to).
func (w *world) keep(from, to int) {
	for _, e := range w.m.recs[from:to] {
		w.kept[e.offset] = true
	}
}

// reuse is what an array comes back to: nobody may need it any more, and who
// looks at it all the same finds offsets that are none.
func (w *world) reuse(recs []listener.RawRecord) {
	for i := range recs {
		r := &recs[i]
		at := slices.IndexFunc(w.m.recs, func(e entry) bool { return e.offset == r.Offset })
		switch {
		case w.kept[r.Offset]:
			w.early = fmt.Sprintf("%d came back, and may have been kept", r.Offset)
		case at < 0 || w.m.recs[at].state != "done":
			w.early = fmt.Sprintf("%d came back, and is not done", r.Offset)
		case w.runs && !w.returned && slices.Contains(w.run.Records, r):
			w.early = fmt.Sprintf("%d came back, and its handler runs", r.Offset)
		}
		r.Offset = -7
	}
	w.reused += len(recs)
}

// TestArraysComeBack: when all their records have ended plainly, and else never.
func TestArraysComeBack(t *testing.T) {
	t.Parallel()
	plain, failed := ledger.Finish{Mark: true, Plain: true}, ledger.Finish{Again: true, Fail: true}
	for name, tt := range map[string]struct {
		rules  ledger.Rules
		finish []ledger.Finish // of the records of [0, 1, 2], and again
		before func(d *desk)
		want   int // arrays that come back
	}{
		"all plain":      {finish: []ledger.Finish{plain, plain, plain}, want: 1},
		"one is open":    {finish: []ledger.Finish{plain, {}, plain}},
		"one is marked":  {finish: []ledger.Finish{plain, {Mark: true}, plain}},
		"one has failed": {finish: []ledger.Finish{plain, failed, plain, plain}},
		"by key":         {rules: ledger.Rules{Order: ledger.ByKey}, finish: []ledger.Finish{plain, plain, plain}},
		"with a map":     {rules: ledger.Rules{Map: 100}, finish: []ledger.Finish{plain, plain, plain}},
		"one was dropped": {before: func(d *desk) {
			d.take(0)
			d.Drop(&d.run, 1)
			d.finish(plain)
		}, finish: []ledger.Finish{plain, plain}},
		"fenced": {before: func(d *desk) { d.take(0); d.Fence(); d.finish(plain) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			back := 0
			tt.rules.When = batchMode.When
			tt.rules.Reuse = func(recs []listener.RawRecord) {
				require.Len(t, recs, 3)
				back++
			}
			d := newDesk(t, tt.rules)
			d.track(0, 1, 2)
			if tt.before != nil {
				tt.before(d)
			}
			for i, f := range tt.finish {
				require.Zero(t, back, "before %d", i)
				if !d.Take(time.Now(), &d.run) {
					break // an open record of the chunk's is in the way of nothing else
				}
				d.finish(f)
			}
			require.Equal(t, tt.want, back)
		})
	}
}

// TestAFenceLetsArraysGo: nothing comes back after it, so nothing is kept for it.
func TestAFenceLetsArraysGo(t *testing.T) {
	t.Parallel()
	rules := batchMode
	rules.Reuse = func([]listener.RawRecord) { require.Fail(t, "it came back") }
	d := newDesk(t, rules)
	d.track(0, 1)
	d.take(0)
	require.Equal(t, 1, d.Lots())
	d.Fence()
	require.Zero(t, d.Lots())
	d.finish(ledger.Finish{Mark: true, Plain: true})
}

// TestABookedTwiceArrayStays: a chunk of which something is dropped, or that is refused.
func TestABookedTwiceArrayStays(t *testing.T) {
	t.Parallel()
	back := 0
	rules := countMode
	rules.Reuse = func([]listener.RawRecord) { back++ }
	d := newDesk(t, rules)
	d.track(5, 6)
	dropped, err := d.Track(records(6, 7))
	require.NoError(t, err)
	require.Equal(t, 1, dropped)
	_, err = d.Track(records(8, 3))
	require.Error(t, err)
	for _, offset := range []int64{5, 6, 7, 8} {
		d.take(offset)
		d.finish(ledger.Finish{Mark: true, Plain: true})
	}
	require.Equal(t, 1, back)
}
