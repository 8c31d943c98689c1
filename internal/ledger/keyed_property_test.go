package ledger_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

func keyedRules() (out []ledger.Rules) {
	for _, order := range []ledger.Order{ledger.ByKey, ledger.Unordered} {
		for _, when := range []ackmode.Trigger{ackmode.EachMark, ackmode.ChunkEnd, ackmode.Counted} {
			for bits := range 8 {
				r := ledger.Rules{
					When: when, Order: order, Await: bits&1 != 0, NullQueue: bits&2 != 0, Map: 4096,
					Window: 8, Bytes: 1 << 20, Slots: 14, Waiting: 4,
				}
				if bits&4 != 0 {
					r.Map = 0
				}
				out = append(out, r)
			}
		}
	}
	return append(out, ledger.Rules{When: ackmode.Counted, Map: 4096, Window: 8, Bytes: 1 << 20, Slots: 14, Waiting: 4})
}

// keyedSeeds plays schedules of lanes; see playSeeds.
func keyedSeeds(t *testing.T, n uint64, only string, bug keyedPlan) (found string) {
	t.Helper()
	all := keyedRules()
	return playSeeds(t, n, only, func(seed uint64) {
		r := rand.New(rand.NewPCG(seed, 11))
		w := newKeyedWorld(randomly(r), all[r.IntN(len(all))], bug)
		w.only = only
		w.play(90)
	})
}

// I1 to I16 of the reference, over schedules of several owners of one log.
func TestLanesAgreeWithTheModel(t *testing.T) {
	t.Parallel()
	require.Empty(t, keyedSeeds(t, schedules(), "", keyedPlan{}))
}

// keyedBug is a Partition with lanes some of whose methods do something else.
type keyedBug struct {
	*ledger.Partition
	snapshot func() (ledger.Commit, bool)
	take     func(time.Time, *ledger.Run) bool
	finish   func(*ledger.Run, ledger.Finish, time.Time) ledger.Status
	refused  func(ledger.Commit, error)
	resume   func()
	fence    func() (ledger.Commit, bool)
	owed     func() bool
	wake     func()
	ack      func(*ledger.Ticket, int) error
	track    func([]listener.RawRecord) (int, error)
}

func (b *keyedBug) Snapshot() (ledger.Commit, bool)              { return b.snapshot() }
func (b *keyedBug) Take(now time.Time, r *ledger.Run) bool       { return b.take(now, r) }
func (b *keyedBug) CommitFailed(c ledger.Commit, err error)      { b.refused(c, err) }
func (b *keyedBug) Resume()                                      { b.resume() }
func (b *keyedBug) Fence() (ledger.Commit, bool)                 { return b.fence() }
func (b *keyedBug) Owed() bool                                   { return b.owed() }
func (b *keyedBug) Wake()                                        { b.wake() }
func (b *keyedBug) Ack(k *ledger.Ticket, n int) error            { return b.ack(k, n) }
func (b *keyedBug) Track(recs []listener.RawRecord) (int, error) { return b.track(recs) }
func (b *keyedBug) Finish(r *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
	return b.finish(r, f, now)
}

func keyedWrap(change func(b *keyedBug, h *hooks)) keyedPlan {
	return keyedPlan{wrap: func(p *ledger.Partition, h *hooks) keyedBook {
		b := &keyedBug{
			Partition: p, snapshot: p.Snapshot, take: p.Take, finish: p.Finish, refused: p.CommitFailed,
			resume: p.Resume, fence: p.Fence, owed: p.Owed, wake: p.Wake, ack: p.Ack, track: p.Track,
		}
		change(b, h)
		return b
	}}
}

// remap changes what a snapshot's map says.
func remap(b *keyedBug, change func(*ledger.Map)) {
	b.snapshot = func() (ledger.Commit, bool) {
		c, ok := b.Partition.Snapshot()
		m, err := ledger.DecodeMap(c.Metadata, c.Offset)
		if err != nil {
			m = &ledger.Map{Base: c.Offset}
		}
		change(m)
		c.Metadata = m.Encode(4096)
		return c, ok
	}
}

func keyedRule(change func(*ledger.Rules)) keyedPlan    { return keyedPlan{rules: change} }
func keyedStart(change func(s *ledger.Start)) keyedPlan { return keyedPlan{start: change} }

var keyedPlanted = []struct {
	bug, check string
	plan       keyedPlan
}{
	{"I1: commits the last that was delivered", "gap", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.snapshot = func() (ledger.Commit, bool) {
			c, ok := b.Partition.Snapshot()
			c.Offset, c.Metadata = b.Stats().Delivered+1, ""
			return c, ok
		}
	})},
	{"I2: an offset that goes back", "back", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.snapshot = func() (ledger.Commit, bool) {
			c, ok := b.Partition.Snapshot()
			if c.Offset > 6 {
				c.Offset, c.Metadata = c.Offset-4, ""
			}
			return c, ok
		}
	})},
	{"a refused last commit is forgotten", "owed", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.owed = func() bool { return false }
	})},
	{"a last commit that is never over", "owed", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.owed = func() bool { return true }
	})},
	{"I4: a record that is never booked", "ends", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.track = func(recs []listener.RawRecord) (int, error) { return b.Partition.Track(recs[:max(1, len(recs)-1)]) }
	})},
	{"I4: settled, and delivered again", "ends", keyedWrap(func(b *keyedBug, h *hooks) {
		b.finish = func(r *ledger.Run, f ledger.Finish, now time.Time) ledger.Status {
			if f.Again {
				h.Marked(nil, 1)
			}
			return b.Partition.Finish(r, f, now)
		}
	})},
	{"I5: two of a key run", "key", keyedRule(func(r *ledger.Rules) { r.Order = ledger.Unordered })},
	{"I5: a key out of order", "order", keyedRule(func(r *ledger.Rules) { r.Order = ledger.Unordered })},
	{"I6: what comes later in a key is done before", "prefix", keyedRule(func(r *ledger.Rules) { r.Order = ledger.Unordered })},
	{"I7: a map that says too much", "map", keyedWrap(func(b *keyedBug, _ *hooks) {
		remap(b, func(m *ledger.Map) { m.Done = []ledger.Range{{From: m.Base + 1, To: max(m.End(), m.Base+2)}} })
	})},
	{"I7: a map that is empty", "map whole", keyedWrap(func(b *keyedBug, _ *hooks) { remap(b, func(m *ledger.Map) { m.Done = nil }) })},
	{"I9: no fence", "fence", keyedWrap(func(b *keyedBug, _ *hooks) { b.fence = b.Partition.Snapshot })},
	{"I10: keys in back-off without a limit", "limit", keyedRule(func(r *ledger.Rules) { r.Waiting = 100 })},
	{"I10: a window that is too wide", "window", keyedRule(func(r *ledger.Rules) { r.Window, r.Slots = 100, 100 })},
	{"I11: a resume that wakes nobody", "wake", keyedWrap(func(b *keyedBug, h *hooks) {
		b.resume = func() { n := h.ready; b.Partition.Resume(); h.ready = n }
	})},
	{"I12: a timer that wakes nobody", "wake", keyedWrap(func(b *keyedBug, _ *hooks) { b.wake = func() {} })},
	{"I13: the map is not read", "replay", keyedStart(func(s *ledger.Start) { s.Map = nil })},
	{"I14: a map that counts records, lost by a compaction", "lost", keyedPlan{counts: true}},
	{"I14: … and run again", "replay", keyedPlan{counts: true}},
	{"I15: bytes leak", "counters", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.ack = func(k *ledger.Ticket, n int) error { b.Leak(1); return b.Partition.Ack(k, n) }
	})},
	{"I16: a log that was rewritten", "lost", keyedStart(func(s *ledger.Start) {
		if s.Map != nil {
			s.Map.Epoch = math.MaxInt32
		}
	})},
	{"a base that is off by one", "lost", keyedStart(func(s *ledger.Start) {
		if s.Map != nil {
			s.Map.Done[0].From--
		}
	})},
	{"a clock that is ahead", "early", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.take = func(now time.Time, r *ledger.Run) bool { return b.Partition.Take(now.Add(time.Hour), r) }
	})},
	{"a refused commit counts", "await", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.refused = func(c ledger.Commit, _ error) { b.Confirmed(c) }
	})},
	{"a failure counts as done", "settled", keyedWrap(func(b *keyedBug, _ *hooks) {
		b.finish = func(r *ledger.Run, _ ledger.Finish, now time.Time) ledger.Status {
			return b.Partition.Finish(r, ledger.Finish{Mark: true}, now)
		}
	})},
	{"nobody waits for a commit", "await", keyedRule(func(r *ledger.Rules) { r.Await = false })},
}

// Every checker finds its bug.
func TestEveryKeyedCheckerFindsItsBug(t *testing.T) {
	t.Parallel()
	for _, tt := range keyedPlanted {
		t.Run(tt.check+"/"+tt.bug, func(t *testing.T) {
			t.Parallel()
			found := keyedSeeds(t, 3000, tt.check, tt.plan)
			require.NotEmpty(t, found, "nobody noticed")
			t.Log(found)
		})
	}
}
