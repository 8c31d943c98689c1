package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
)

// Every combination of rules against the model, under random schedules.
func TestBookAgreesWithTheModel(t *testing.T) {
	t.Parallel()
	for _, rules := range everyRules() {
		t.Run(ruleName(rules), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				rapid.SyncTest(t, func(t *rapid.T) {
					newWorld(rapidly(t), rules, plan{}).play(80)
				})
			})
		})
	}
}

var triggers = []ackmode.Trigger{
	ackmode.EachMark, ackmode.ChunkEnd, ackmode.Elapsed, ackmode.Counted, ackmode.Counted | ackmode.Elapsed,
}

func everyRules() (out []ledger.Rules) {
	for _, when := range triggers {
		for bits := range 16 {
			out = append(out, ledger.Rules{
				When: when, Await: bits&1 != 0, Cumulative: bits&2 != 0, Batch: bits&4 != 0, AsyncAcks: bits&8 != 0,
				Window: 6, Bytes: 7, Slots: 10,
			})
			if when == ackmode.ChunkEnd {
				ahead := out[len(out)-1]
				ahead.Ahead = 2 * time.Second
				out = append(out, ahead)
			}
			if bits&4 != 0 {
				sized := out[len(out)-1]
				sized.BatchSize = 3
				lingers := sized
				lingers.Linger = 3 * time.Second
				out = append(out, sized, lingers)
			}
		}
	}
	return out
}

func ruleName(r ledger.Rules) string {
	return fmt.Sprintf("when=%d/await=%v/cumulative=%v/batch=%v/async=%v/ahead=%s/size=%d/linger=%s",
		r.When, r.Await, r.Cumulative, r.Batch, r.AsyncAcks, r.Ahead, r.BatchSize, r.Linger)
}
