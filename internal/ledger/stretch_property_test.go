package ledger_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
)

// stretchSeeds plays schedules of transactions; see playSeeds.
func stretchSeeds(t *testing.T, n uint64, only string, bug stretchPlan) (found string) {
	t.Helper()
	return playSeeds(t, n, only, func(seed uint64) {
		newStretchWorld(rand.New(rand.NewPCG(seed, 12)), only, bug).play(150)
	})
}

// What a transaction commits of a partition whose records run side by side is
// without a gap, once, and in the order of each key, whatever fails.
func TestStretchesAgreeWithTheModel(t *testing.T) {
	t.Parallel()
	require.Empty(t, stretchSeeds(t, schedules(), "", stretchPlan{}))
}

// stretchBug is a partition some of whose methods do something else.
type stretchBug struct {
	*ledger.Partition
	take     func(time.Time, *ledger.Run, ledger.Room) (int, ledger.Taken)
	conclude func(*ledger.Run, ledger.Conclusion, time.Time)
	rollback func(time.Time)
	putBack  func(time.Time) int
	settled  func() (int64, bool)
	last     func(*ledger.Run) bool
	alone    func() bool
	wake     func()
	confirm  func(ledger.Commit)
}

func (b *stretchBug) TakeWithin(now time.Time, r *ledger.Run, room ledger.Room) (int, ledger.Taken) {
	return b.take(now, r, room)
}

func (b *stretchBug) Conclude(r *ledger.Run, c ledger.Conclusion, now time.Time) {
	b.conclude(r, c, now)
}
func (b *stretchBug) Rollback(now time.Time, _ ...ledger.Span) { b.rollback(now) }
func (b *stretchBug) PutBack(now time.Time) int                { return b.putBack(now) }
func (b *stretchBug) Settled() (int64, bool)                   { return b.settled() }
func (b *stretchBug) Last(r *ledger.Run) bool                  { return b.last(r) }
func (b *stretchBug) NextAlone() bool                          { return b.alone() }
func (b *stretchBug) Wake()                                    { b.wake() }
func (b *stretchBug) Confirmed(c ledger.Commit)                { b.confirm(c) }

func stretchWrap(change func(b *stretchBug)) stretchPlan {
	return stretchPlan{wrap: func(p *ledger.Partition) stretchBook {
		b := &stretchBug{
			Partition: p, take: p.TakeWithin, conclude: p.Conclude, rollback: func(now time.Time) { p.Rollback(now) }, putBack: p.PutBack,
			settled: p.Settled, last: p.Last, alone: p.NextAlone, wake: p.Wake, confirm: p.Confirmed,
		}
		change(b)
		return b
	}}
}

var stretchPlanted = []struct {
	bug, check string
	plan       stretchPlan
}{
	{"two of a key run", "key", stretchPlan{rules: func(r *ledger.Rules) { r.Order = ledger.Unordered }}},
	{"a key out of order", "order", stretchPlan{rules: func(r *ledger.Rules) { r.Order = ledger.Unordered }}},
	{"a transaction ends over what it owes", "gap", stretchWrap(func(b *stretchBug) {
		b.take = func(now time.Time, r *ledger.Run, room ledger.Room) (int, ledger.Taken) {
			took, answer := b.Partition.TakeWithin(now, r, room)
			if answer == ledger.TakenRun {
				took = min(took, 1)
			} else {
				took = 0
			}
			return took, answer
		}
	})},
	{"the offset of all that was delivered", "gap", stretchWrap(func(b *stretchBug) {
		b.settled = func() (int64, bool) {
			_, due := b.Partition.Settled()
			return b.Stats().Delivered + 1, due
		}
	})},
	{"nothing is rolled back", "gap", stretchWrap(func(b *stretchBug) { b.rollback = func(time.Time) {} })},
	{"a failure counts as done", "gap", stretchWrap(func(b *stretchBug) {
		b.conclude = func(r *ledger.Run, _ ledger.Conclusion, now time.Time) {
			b.Partition.Conclude(r, ledger.Conclusion{Done: 1}, now)
		}
	})},
	{"a postponement leaves a gap", "order", stretchWrap(func(b *stretchBug) { b.last = func(*ledger.Run) bool { return true } })},
	{"a postponement is forgotten in the log", "gap", stretchWrap(func(b *stretchBug) { b.last = func(*ledger.Run) bool { return true } })},
	{"what failed is beside others", "alone", stretchWrap(func(b *stretchBug) { b.alone = func() bool { return false } })},
	{"what failed holds nothing back", "alone", stretchWrap(func(b *stretchBug) {
		b.conclude = func(r *ledger.Run, c ledger.Conclusion, now time.Time) {
			if c == (ledger.Conclusion{}) {
				c = ledger.Conclusion{Redo: 1}
			}
			b.Partition.Conclude(r, c, now)
		}
	})},
	{"what was rolled back was an attempt", "attempt", stretchWrap(func(b *stretchBug) {
		b.conclude = func(r *ledger.Run, c ledger.Conclusion, now time.Time) {
			if c.Redo > 0 && c.Later == 0 {
				c = ledger.Conclusion{After: 0}
			}
			b.Partition.Conclude(r, c, now)
		}
	})},
	{"what is owed is forgotten in an abort", "inside", stretchWrap(func(b *stretchBug) {
		b.putBack = func(now time.Time) int { b.Partition.PutBack(now); return 0 }
	})},
	{"room without an end", "room", stretchWrap(func(b *stretchBug) {
		b.take = func(now time.Time, r *ledger.Run, room ledger.Room) (int, ledger.Taken) {
			room.Slots += 5
			return b.Partition.TakeWithin(now, r, room)
		}
	})},
	{"who does not hold it takes it along", "handed", stretchWrap(func(b *stretchBug) {
		b.take = func(now time.Time, r *ledger.Run, room ledger.Room) (int, ledger.Taken) {
			room.Holds = true
			return b.Partition.TakeWithin(now, r, room)
		}
	})},
	{"who holds it keeps it", "stuck", stretchWrap(func(b *stretchBug) {
		b.take = func(now time.Time, r *ledger.Run, room ledger.Room) (int, ledger.Taken) {
			room.Holds = false
			return b.Partition.TakeWithin(now, r, room)
		}
	})},
	{"a timer that wakes nobody", "stuck", stretchWrap(func(b *stretchBug) { b.wake = func() {} })},
	{"keys that are never let go", "leak", stretchWrap(func(b *stretchBug) {
		b.confirm = func(c ledger.Commit) { b.KeepAll(); b.Partition.Confirmed(c) }
	})},
}

// Every checker finds its bug.
func TestEveryStretchCheckerFindsItsBug(t *testing.T) {
	t.Parallel()
	for _, tt := range stretchPlanted {
		t.Run(tt.check+"/"+tt.bug, func(t *testing.T) {
			t.Parallel()
			found := stretchSeeds(t, 2000, tt.check, tt.plan)
			require.NotEmpty(t, found, "nobody noticed")
			t.Log(found)
		})
	}
}
