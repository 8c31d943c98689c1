package ledger_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
)

// quick is BATCH as the container sets it: chunks may go on for a moment.
func quick(ahead time.Duration) ledger.Rules {
	rules := batchMode
	rules.Ahead = ahead
	return rules
}

// chunkOf books a chunk of one record and runs it for so long.
func (d *desk) chunkOf(offset int64, long time.Duration) {
	d.t.Helper()
	d.track(offset)
	d.take(offset)
	if long > 0 {
		<-time.After(long)
	}
	d.finish(ledger.Finish{Mark: true})
}

// Chunks go on while the oldest mark that is not confirmed is younger than Ahead.
func TestChunksRunAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, quick(25*time.Millisecond))
		for o := range int64(5) {
			d.chunkOf(o, 5*time.Millisecond)
		}
		d.track(5)
		d.nothing()
		offset, ok := d.Snapshot()
		require.True(t, ok)
		require.EqualValues(t, 5, offset.Offset)
		d.h.ready = 0
		d.Confirmed(offset)
		require.Equal(t, 1, d.h.ready)
		d.take(5)
	})
}

// A long chunk's marks are old when it ends: the third chunk waits for it.
func TestLongChunkDoesNotRunAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, quick(25*time.Millisecond))
		d.chunkOf(0, time.Second)
		d.chunkOf(1, 0)
		d.track(2)
		d.nothing()
	})
}

// … and a commit in the middle of it, of what was before, makes them no younger.
func TestCommitInTheMiddleOfALongChunk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, quick(25*time.Millisecond))
		d.chunkOf(0, 0)
		d.track(1, 2)
		d.take(1)
		d.finish(ledger.Finish{Mark: true})
		<-time.After(time.Second)
		d.commits(1)
		d.take(2)
		d.finish(ledger.Finish{Mark: true})
		d.chunkOf(3, 0)
		d.track(4)
		d.nothing()
	})
}

// A worker's clock is read before the ledger's. Without Ahead nothing runs
// ahead, whoever reads which clock.
func TestNothingRunsAheadOfItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, batchMode)
		before := time.Now()
		<-time.After(1)
		d.chunkOf(0, 0)
		d.chunkOf(1, 0)
		d.track(2)
		require.False(t, d.Take(before, &d.run))
	})
}
