package ledger_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// anyTime says that there are times before which nothing starts: the twins have their own.
func anyTime(*listener.RawRecord) time.Time { return time.Time{} }

// twinRules are all that twins live by: a lane or lanes, and times before which nothing starts.
func twinRules() []ledger.Rules {
	every := everyRules()
	for _, rules := range slices.Clone(every) {
		if rules.Batch {
			continue
		}
		delayed := rules
		delayed.NotBefore = anyTime
		every = append(every, delayed)
		if rules.Ahead == 0 && !rules.Cumulative {
			keyed := rules
			keyed.Order = ledger.ByKey
			every = append(every, keyed)
		}
	}
	return every
}

// TestAdvanceIsFinishAndNext: whoever takes the short way finds the book as the long one would have left it.
func TestAdvanceIsFinishAndNext(t *testing.T) {
	t.Parallel()
	every := twinRules()
	require.Empty(t, playSeeds(t, schedules()/10, "", func(seed uint64) {
		rules := every[seed%uint64(len(every))]
		if diff := newTwins(randomly(rand.New(rand.NewPCG(seed, 7))), rules, nil).play(60); diff != "" {
			panic(violation{"twins, " + ruleName(rules), diff})
		}
	}))
}

// Each question of the short way that may be overlooked has a schedule where that shows. Of batches,
// lanes and transactions it would refuse all runs anyway.
func TestTheShortWayAsksNothingForNothing(t *testing.T) {
	t.Parallel()
	type hidden = *ledger.Hidden
	first := func(w *twins) string { return w.track() + w.take() }
	and := func(do func(p *ledger.Partition)) func(w *twins) string {
		return func(w *twins) string {
			return first(w) + w.both(func(_ int, p *ledger.Partition) string { do(p); return "" })
		}
	}
	rule := func(change func(r *ledger.Rules)) func(hidden) { return func(h hidden) { h.Rule(change) } }
	for name, tt := range map[string]struct {
		rules  ledger.Rules
		before func(w *twins) string
		hide   func(hidden)
		end    ledger.Finish
	}{
		"a pause": {batchMode, and((*ledger.Partition).Pause), hidden.Pause, ends[0]},
		"a hold":  {batchMode, and((*ledger.Partition).Hold), hidden.Hold, ends[0]},
		"a fence": {batchMode, and(func(p *ledger.Partition) { p.Fence() }), hidden.Fence, ends[0]},
		"a drain": {batchMode, and(func(p *ledger.Partition) { p.Drain() }), hidden.Drain, ends[0]},
		"a failure": {batchMode, func(w *twins) string {
			diff := first(w) + w.advance(ends[3])
			pass(time.Second)
			return diff + w.both(func(_ int, p *ledger.Partition) string { p.Wake(); return "" }) + w.take()
		}, hidden.Failed, ends[0]},
		"a start": {batchMode, func(w *twins) string {
			diff := first(w) + w.track()
			for range 4 { // to the last record of its chunk
				diff += w.advance(ends[0])
			}
			return diff
		}, hidden.Start, ends[0]},
		"a state":  {batchMode, func(w *twins) string { return first(w) + w.nack() }, hidden.State, ends[0]},
		"an array": {batchMode, first, hidden.Plain, ends[1]},
		"await": {
			ledger.Rules{When: ackmode.Counted, Await: true},
			func(w *twins) string {
				diff := first(w) + w.advance(ends[0])
				return diff + w.both(func(_ int, p *ledger.Partition) string { p.DueNow(); return "" })
			},
			rule(func(r *ledger.Rules) { r.Await = false }), ends[0],
		},
		"not before": {
			ledger.Rules{When: ackmode.ChunkEnd, NotBefore: anyTime},
			first,
			rule(func(r *ledger.Rules) { r.NotBefore = nil }), ends[0],
		},
		"each mark": {
			ledger.Rules{When: ackmode.EachMark},
			first,
			rule(func(r *ledger.Rules) { r.When = ackmode.ChunkEnd }), ends[0],
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tt.rules.Window, tt.rules.Bytes, tt.rules.Slots = 100, 100, 100
				play := func(hide func(hidden)) string {
					w := newTwins(func(string, int) int { return 4 }, tt.rules, hide)
					require.Empty(t, tt.before(w))
					return w.advance(tt.end)
				}
				require.Empty(t, play(func(hidden) {}))
				require.NotEmpty(t, play(tt.hide), "nothing shows")
			})
		})
	}
}

// … and it is taken: else the others show nothing.
func TestTheShortWayIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, batchMode)
		d.track(0, 1, 2, 3)
		d.take(0)
		for want := range int64(3) {
			require.True(t, d.Smooth(&d.run, ends[0], func(*ledger.Hidden) {}))
			require.Equal(t, want+1, d.run.Offset())
		}
		require.False(t, d.Smooth(&d.run, ends[0], func(*ledger.Hidden) {}))
		require.Equal(t, int64(3), d.Stats().Watermark)
	})
}
