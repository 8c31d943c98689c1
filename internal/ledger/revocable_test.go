package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

type noHooks struct{}

func (noHooks) Ready(*ledger.Partition)             {}
func (noHooks) WakeAt(*ledger.Partition, time.Time) {}
func (noHooks) Due(*ledger.Partition)               {}
func (noHooks) Marked(*ledger.Partition, int)       {}
func (noHooks) Freed(*ledger.Partition)             {}

func revocable(t *testing.T, batch bool, n int) *ledger.Partition {
	p := ledger.New("t", 0, 1, ledger.Start{}, ledger.Rules{Revocable: true, Batch: batch, Window: 1000, Bytes: 1 << 20, Slots: 1000}, noHooks{})
	recs := make([]listener.RawRecord, n)
	for i := range recs {
		recs[i].Offset = int64(2 * i) // a sparse log
	}
	_, err := p.Track(recs)
	require.NoError(t, err)
	return p
}

// take runs what is next and returns its offsets and attempts.
func take(t *testing.T, p *ledger.Partition, c ledger.Conclusion) (offsets []int64, attempt int, run ledger.Run) {
	t.Helper()
	require.True(t, p.Take(time.Now(), &run))
	for _, r := range run.Records {
		offsets, attempt = append(offsets, r.Offset), r.Attempt
	}
	p.Conclude(&run, c, time.Now())
	return offsets, attempt, run
}

// TestRollback: what was settled and not confirmed runs again, in order, as
// its first attempt; what is confirmed does not.
func TestRollback(t *testing.T) {
	p := revocable(t, false, 200) // more than the ring's first size
	for range 150 {
		take(t, p, ledger.Conclusion{Done: 1})
	}
	offset, ok := p.Settled()
	require.True(t, ok)
	require.EqualValues(t, 300, offset)
	p.Confirmed(ledger.Commit{Offset: 100})
	p.Rollback(time.Now())
	offset, ok = p.Settled()
	require.False(t, ok)
	require.EqualValues(t, 100, offset)
	for i := int64(50); i < 200; i++ {
		got, attempt, _ := take(t, p, ledger.Conclusion{Done: 1})
		require.Equal(t, []int64{2 * i}, got)
		require.Equal(t, 1, attempt)
	}
	offset, _ = p.Settled()
	require.EqualValues(t, 399, offset)
	p.Confirmed(ledger.Commit{Offset: offset})
	p.Rollback(time.Now())
	var run ledger.Run
	require.False(t, p.Take(time.Now(), &run), "nothing is left")
	require.Zero(t, p.Payloads(), "nothing is kept")
}

// TestRollbackBlames: the run that has failed goes alone, and counts.
func TestRollbackBlames(t *testing.T) {
	p := revocable(t, false, 5)
	_, _, _ = take(t, p, ledger.Conclusion{Done: 1})
	_, _, bad := take(t, p, ledger.Conclusion{Done: 1})
	_, _, _ = take(t, p, ledger.Conclusion{Done: 1})
	p.Rollback(time.Now(), ledger.Span{From: bad.From, To: bad.To})
	want := []struct {
		offset  int64
		attempt int
		alone   bool
	}{{0, 1, false}, {2, 2, true}, {4, 1, false}, {6, 1, false}, {8, 1, false}}
	for _, w := range want {
		require.Equal(t, w.alone, p.NextAlone())
		got, attempt, run := take(t, p, ledger.Conclusion{Done: 1})
		require.Equal(t, []int64{w.offset}, got)
		require.Equal(t, w.attempt, attempt)
		require.Equal(t, w.alone, run.Alone)
	}
}

// TestConcludeDivides: the first are redone without counting, the rest alone.
func TestConcludeDivides(t *testing.T) {
	p := revocable(t, true, 5)
	got, _, _ := take(t, p, ledger.Conclusion{Redo: 2})
	require.Len(t, got, 5)
	got, attempt, run := take(t, p, ledger.Conclusion{Done: 2})
	require.Equal(t, []int64{0, 2}, got)
	require.Equal(t, 1, attempt)
	require.False(t, run.Alone)
	got, attempt, run = take(t, p, ledger.Conclusion{Done: 1, Redo: 2}) // a skip
	require.Equal(t, []int64{4, 6, 8}, got)
	require.Equal(t, 2, attempt)
	require.True(t, run.Alone)
	p.Rollback(time.Now())
	for _, want := range [][]int64{{0, 2, 4}, {6, 8}} {
		got, _, run = take(t, p, ledger.Conclusion{Done: len(want)})
		require.Equal(t, want, got)
		require.False(t, run.Alone)
	}
	offset, _ := p.Settled()
	require.EqualValues(t, 9, offset)
}

// TestRollbackWhileARunIsOut: it is voided when it returns.
func TestRollbackWhileARunIsOut(t *testing.T) {
	p := revocable(t, false, 3)
	take(t, p, ledger.Conclusion{Done: 1})
	var run ledger.Run
	require.True(t, p.Take(time.Now(), &run))
	p.Rollback(time.Now())
	p.Conclude(&run, ledger.Conclusion{Redo: 1}, time.Now())
	for i := range int64(3) {
		got, attempt, _ := take(t, p, ledger.Conclusion{Done: 1})
		require.Equal(t, []int64{2 * i}, got)
		require.Equal(t, 1, attempt)
	}
}
