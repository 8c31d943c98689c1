package ledger_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// Records with a due time wait for it, in their order, and hold what is behind them.
func TestRecordsWaitForTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		due := map[int64]time.Time{1: time.Now().Add(time.Second), 2: time.Now().Add(500 * time.Millisecond), 3: time.Now().Add(3 * time.Hour)}
		rules := batchMode
		rules.NotBefore = func(r *listener.RawRecord) time.Time { return due[r.Offset] }
		d := newDesk(t, rules)
		d.track(0, 1, 2, 3)
		d.take(0)
		d.finish(ledger.Finish{Mark: true})
		d.nothing()
		require.NotNil(t, d.h.armed, "nothing will wake it")
		require.Equal(t, due[1], *d.h.armed)
		require.True(t, d.Stats().HeadLater)
		d.commits(1) // what is done is committed while the rest waits

		pass(time.Second - 1)
		d.Wake()
		d.nothing()
		pass(1)
		d.Wake()
		require.False(t, d.Stats().HeadLater)
		d.take(1)
		d.finish(ledger.Finish{Again: true, After: time.Second, Fail: true})
		d.nothing()
		pass(time.Second)
		d.Wake()
		d.take(1)
		d.finish(ledger.Finish{Mark: true})
		d.take(2) // its time has passed meanwhile
		d.finish(ledger.Finish{Mark: true})
		d.nothing()
		require.Equal(t, due[3], *d.h.armed)
	})
}

// A batch that is due and waits for a commit arms no timer: it would fire for ever.
func TestADueRecordBehindACommitArmsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rules := recordMode
		rules.NotBefore = func(*listener.RawRecord) time.Time { return time.Now() }
		d := newDesk(t, rules)
		d.track(0, 1)
		d.take(0)
		d.finish(ledger.Finish{Mark: true})
		d.nothing()
		require.Nil(t, d.h.armed)
		d.commits(1)
		d.take(1)
	})
}

func pass(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // fake time inside a bubble
