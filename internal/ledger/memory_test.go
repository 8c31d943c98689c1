package ledger_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// What docs/parallel.md promises: bytes a record of the window, and a live key
// beside its own bytes.
const (
	perRecord = 250
	perKey    = 150
)

// TestMemoryIsLinearInTheWindow fills windows of several sizes and counts what
// they hold beside keys and values: never more than the documented formula,
// and twice as much for twice the window.
func TestMemoryIsLinearInTheWindow(t *testing.T) {
	for _, perLane := range []int{1, 10, 100} { // records of each key
		t.Run(fmt.Sprintf("%d records a key", perLane), func(t *testing.T) {
			var before float64
			for _, window := range []int{1 << 13, 1 << 14, 1 << 15, 1 << 16} {
				held := filled(t, window, perLane)
				t.Logf("window %d: %.0f B a record", window, held/float64(window))
				formula := float64(window*perRecord) + float64(window/perLane*(perKey+8))
				require.LessOrEqual(t, held, formula, "window %d", window)
				if before > 0 {
					require.InDelta(t, 2, held/before, 0.5, "window %d by half of it", window)
				}
				before = held
			}
		})
	}
}

// filled is what a full window of records with keys of 8 bytes, in chunks of
// 500, keeps on the heap, but for keys and values.
func filled(t *testing.T, window, perLane int) float64 {
	t.Helper()
	payload := make([]byte, 100)
	began := heap()
	rules := recordMode
	rules.Order, rules.Window, rules.Bytes, rules.Slots = ledger.ByKey, window, 1<<30, 1<<20
	p := ledger.New("orders", 3, 7, ledger.Start{Offset: 0}, rules, quiet{})
	keyBytes := 0
	for from := 0; from < window; from += 500 {
		recs := make([]listener.RawRecord, min(500, window-from))
		for i := range recs {
			key := make([]byte, 8)
			keyBytes += 16 // what the allocator takes for it, at most
			binary.BigEndian.PutUint64(key, uint64((from+i)%max(1, window/perLane)))
			recs[i] = listener.RawRecord{Topic: "orders", Offset: int64(from + i), Key: key, Value: payload}
		}
		_, err := p.Track(recs)
		require.NoError(t, err)
	}
	held := heap() - began - float64(keyBytes)
	runtime.KeepAlive(p)
	return held
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
