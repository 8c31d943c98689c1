package ledger_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
)

// planted is the proof that each checker checks: it alone has to find the bug.
var planted = []struct {
	bug, check string
	plan       plan
}{
	{"commits the last that was delivered", "gap", wraps(func(b *bug) { b.snapshot = b.delivered(1) })},
	{"commits what was never delivered", "beyond", wraps(func(b *bug) { b.snapshot = b.delivered(2) })},
	{"commits an older snapshot after a newer one", "back", wraps(func(b *bug) { b.snapshot = b.overtaken() })},
	{"a failed commit is forgotten", "due", wraps(func(b *bug) { b.requeue = func() {} })},
	{"I4: a record that is never booked", "ends", wraps(func(b *bug) { b.track = b.trackWithoutLast })},
	{"I4: settled, and delivered again", "ends", wraps(func(b *bug) { b.finish = b.finishBoth })},
	{"I14: offsets that are counted", "lost", wraps(func(b *bug) { b.snapshot = b.counted() })},
	{"a commit that is left out", "lost", wraps(func(b *bug) { b.snapshot = b.givesUp() })},
	{"one dirty flag for all marks", "due", wraps(func(b *bug) {
		b.confirmed = func(c ledger.Commit) { b.Partition.Confirmed(c); b.ConfirmAll() }
	})},
	{"a commit of another log counts", "gap", wraps(func(b *bug) {
		b.confirmed = func(c ledger.Commit) { b.ForgetRebase(); b.Partition.Confirmed(c) }
	})},
	{"a start in another log that nobody claims", "due", wraps(func(b *bug) {
		b.track = func(recs chunk) (int, error) { n, err := b.Partition.Track(recs); b.DropClaim(); return n, err }
	})},
	{"due again while it is queued", "due once", wraps(func(b *bug) {
		b.dueNow = func() { b.ForgetDue(); b.Partition.DueNow() }
	})},
	{"re-asserts what was never confirmed", "reassert", wraps(func(b *bug) {
		b.committed = func() (ledger.Commit, bool) { return ledger.Commit{Offset: b.Stats().Watermark}, true }
	})},
	{"no fence", "fence", wraps(func(b *bug) { b.fence, b.end = b.unfenced, func() {} })},
	{"a refused last commit is forgotten", "owed", wraps(func(b *bug) {
		b.fence = func() (ledger.Commit, bool) {
			c, ok := b.Partition.Fence()
			b.refused = func(c ledger.Commit, err error) {
				b.Partition.CommitFailed(c, err)
				b.owed = func() bool { return false }
			}
			return c, ok
		}
	})},
	{"a last commit that is never over", "owed", wraps(func(b *bug) {
		b.fence = func() (ledger.Commit, bool) {
			c, ok := b.Partition.Fence()
			b.owed = func() bool { return ok }
			return c, ok
		}
	})},
	{"a drain that waits for nobody", "drain", wraps(func(b *bug) {
		b.drain = func() <-chan struct{} { b.Partition.Drain(); return closed }
	})},
	{"a pause that pauses nothing", "pause", wraps(func(b *bug) { b.pause = func() {} })},
	{"a redelivery does not hold its lane", "order", wraps(func(b *bug) { b.take = b.TakePastRetries })},
	{"a clock that is ahead", "early", wraps(func(b *bug) {
		b.take = func(now time.Time, run *ledger.Run) bool { return b.Partition.Take(now.Add(time.Hour), run) }
	})},
	{"attempts that nobody counts", "run", wraps(func(b *bug) { b.take = b.takeFirst })},
	{"a postponement that is an attempt", "run", wraps(func(b *bug) {
		b.finish = func(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
			f.Void = false
			return b.Partition.Finish(run, f, now)
		}
	})},
	{"starts what may not start", "start", wraps(func(b *bug) { b.take = b.TakePastRetries })},
	{"two workers get it", "one run", wraps(func(b *bug) { b.track = b.trackTwice })},
	{"a run that is left holds nothing", "left", wraps(func(b *bug) { b.leave = func(*ledger.Run) {} })},
	{"a run that is over and was left wakes nobody", "wake", wraps(func(b *bug) { b.leave = b.leaveForGood })},
	{"the rest of a run is an attempt", "run", wraps(func(b *bug) { b.finish = b.finishTried })},
	{"handed out twice", "ready", wraps(func(b *bug) { b.track = b.trackTwice })},
	{"a resume that wakes nobody", "wake", wraps(func(b *bug) { b.resume = b.ResumeAsleep })},
	{"a turn that ends asleep", "wake", wraps(func(b *bug) { b.yield = b.YieldAsleep })},
	{"a timer that wakes nobody", "wake", wraps(func(b *bug) { b.wake = func() {} })},
	{"a timer that fires for nothing", "spin", wraps(func(b *bug) {
		b.wake = func() { b.Partition.Wake(); b.h.WakeAt(nil, time.Now()) }
	})},
	{"a failure counts as done", "settled", wraps(func(b *bug) { b.finish = b.finishAll })},
	{"the first failure counts as done", "status", wraps(func(b *bug) {
		b.status = func(*ledger.Run) ledger.Status { return ledger.Status{} }
	})},
	{"a second use is welcome", "ticket", wraps(func(b *bug) {
		b.ack = func(k *ledger.Ticket, n int) error { _ = b.Partition.Ack(k, n); return nil }
	})},
	{"a mark counts twice", "marked", wraps(func(b *bug) {
		b.ack = func(k *ledger.Ticket, n int) error { b.h.Marked(nil, 1); return b.Partition.Ack(k, n) }
	})},
	{"a refusal is kept secret", "waiters", wraps(func(b *bug) { b.refused = func(ledger.Commit, error) {} })},
	{"any commit answers everybody", "waiters", wraps(func(b *bug) {
		b.confirmed = func(c ledger.Commit) { b.Partition.Confirmed(c); b.ResolveAll() }
	})},
	{"a regression passes", "track", wraps(func(b *bug) {
		b.track = func(recs chunk) (int, error) { n, _ := b.Partition.Track(recs); return n, nil }
	})},
	{"bytes leak", "counters", wraps(func(b *bug) {
		b.track = func(recs chunk) (int, error) { b.Leak(1); return b.Partition.Track(recs) }
	})},
	{"a window that is too wide", "window", rules(func(r *ledger.Rules) { r.Window *= 2 })},
	{"bytes that are not counted", "window", rules(func(r *ledger.Rules) { r.Bytes *= 100 })},
	{"slots without a limit", "window", rules(func(r *ledger.Rules) { r.Slots *= 100 })},
	{"nobody waits for a commit", "await", rules(func(r *ledger.Rules) { r.Await = false })},
	{"chunks pile up", "chunks", wraps(func(b *bug) { b.take = b.takeAnyChunk })},
	{"batches that wait for nobody", "linger", rules(func(r *ledger.Rules) { r.Linger = 0 })},
	{"batches that wait for ever", "wake", rules(func(r *ledger.Rules) { r.Linger *= 100 })},
	{"batches without a limit", "order", rules(func(r *ledger.Rules) {
		if r.BatchSize > 0 {
			r.BatchSize = 100
		}
	})},
	{"batches that end where a chunk does", "order", rules(func(r *ledger.Rules) { r.BatchSize, r.Linger = 0, 0 })},
	{"batches in pieces", "order", rules(func(r *ledger.Rules) { r.Batch = !r.Batch })},
	{"an ack that settles others", "settled", rules(func(r *ledger.Rules) { r.Cumulative = !r.Cumulative })},
	{"marks that are never due", "due", rules(func(r *ledger.Rules) { r.When = ackmode.Counted })},
	{"an array that comes back too early", "reuse", wraps(func(b *bug) {
		b.track = func(recs chunk) (int, error) { n, err := b.Partition.Track(recs); b.EndLotsEarly(); return n, err }
	})},
	{"an array that comes back although somebody keeps it", "reuse", wraps(func(b *bug) {
		b.finish = func(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
			f.Plain = true
			return b.Partition.Finish(run, f, now)
		}
	})},
	{"async acks that nobody waits for", "drain", rules(func(r *ledger.Rules) { r.AsyncAcks = false })},
}

func TestEveryCheckerFindsItsBug(t *testing.T) {
	t.Parallel()
	for _, tt := range planted {
		t.Run(tt.check+"/"+tt.bug, func(t *testing.T) {
			t.Parallel()
			found := seeds(t, tt.check, tt.plan)
			require.NotEmpty(t, found, "nobody noticed")
			t.Log(found)
		})
	}
}

// seeds plays schedules with one checker until it finds something.
func seeds(t *testing.T, check string, bug plan) (found string) {
	t.Helper()
	all := everyRules()
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		synctest.Test(t, func(*testing.T) {
			defer func() {
				// A broken book may break the world in other ways than the one
				// that is looked for.
				var v violation
				if err, _ := recover().(error); errors.As(err, &v) {
					found = v.Error()
				}
			}()
			w := newWorld(randomly(r), all[r.IntN(len(all))], bug)
			w.only = check
			w.play(80)
		})
		if found != "" {
			return found
		}
	}
	return ""
}

// Without a bug, nobody finds one on the same schedules.
func TestNoCheckerFindsABugThatIsNotThere(t *testing.T) {
	t.Parallel()
	require.Empty(t, seeds(t, "", plan{}))
}
