package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
)

// A chunk whose first or last record was done by an earlier owner begins and ends
// with what is left of it: else a crash redoes more than two chunks, and its end is not committed.
func TestAChunkWhoseEndsWereRestoredBeginsAndEnds(t *testing.T) {
	t.Parallel()
	for name, done := range map[string][]ledger.Range{
		"neither": nil,
		"first":   {{From: 2, To: 3}},
		"last":    {{From: 4, To: 5}},
		"both":    {{From: 2, To: 3}, {From: 4, To: 5}},
		"next":    {{From: 5, To: 6}},
		"all":     {{From: 2, To: 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules := ledger.Rules{When: ackmode.ChunkEnd, Map: 4096, Window: 100, Bytes: 1 << 20, Slots: 100}
			m := &ledger.Map{Base: 0, Epoch: 0, Done: done}
			d := &desk{t: t, h: &hooks{}}
			d.Partition = ledger.New("orders", 3, 7, ledger.Start{Offset: 0, Committed: true, Map: m, Metadata: m.Encode(4096)}, rules, d.h)
			d.Open()
			d.track(0, 1)
			d.track(2, 3, 4)
			d.track(5, 6)
			d.track(7)
			for _, offset := range []int64{0, 1} {
				d.take(offset)
				d.finish(ledger.Finish{Mark: true})
			}
			require.Equal(t, 1, d.h.due, "the end of the first chunk is due")
			if name == "all" {
				for offset := int64(5); offset < 7; offset++ { // there is no second chunk
					d.take(offset)
					d.finish(ledger.Finish{Mark: true})
				}
				d.nothing()
				d.commits(7)
				d.take(7)
				return
			}
			for offset := int64(2); offset < 5; offset++ {
				if !isIn(done, offset) {
					d.take(offset)
					d.finish(ledger.Finish{Mark: true})
				}
			}
			d.nothing() // two chunks are not committed
			if name == "next" {
				d.commits(6)
				d.take(6)
				return
			}
			d.commits(5)
			d.take(5)
		})
	}
}
