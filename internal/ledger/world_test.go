package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"pgregory.net/rapid"

	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A book is a Partition, or one with a planted bug.
type book interface {
	loaded
	Open()
	Track(recs []listener.RawRecord) (int, error)
	Take(now time.Time, run *ledger.Run) bool
	Yield()
	Wake()
	Finish(run *ledger.Run, f ledger.Finish, now time.Time) ledger.Status
	Leave(run *ledger.Run)
	Status(run *ledger.Run) ledger.Status
	Ack(t *ledger.Ticket, n int) error
	Nack(t *ledger.Ticket, n int, delay time.Duration) error
	Pause()
	Resume()
	Hold()
	Release()
	DueNow()
	DueLate()
	Snapshot() (ledger.Commit, bool)
	Confirmed(c ledger.Commit)
	CommitFailed(c ledger.Commit, err error)
	Requeue()
	Committed() (ledger.Commit, bool)
	AwaitCommit(t *ledger.Ticket) <-chan error
	Drain() <-chan struct{}
	Fence() (ledger.Commit, bool)
	Owed() bool
	End()
	Full() bool
	Stats() ledger.Stats
	Book() []ledger.Booked
}

// A chooser makes the schedule: rapid, which shrinks, or plain chance.
type chooser func(label string, n int) int

func rapidly(t *rapid.T) chooser {
	return func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(t, label) }
}

func randomly(r *rand.Rand) chooser {
	return func(_ string, n int) int { return r.IntN(n) }
}

// A ticket is an acknowledgment that a handler got; nobody ever takes it back.
type ticket struct {
	ledger.Ticket
	from, to int
	serial   int
}

type awaiting struct {
	answers <-chan error
	want    int64
	due     bool  // the answer has to be there
	answer  error // and this is it
	heard   bool
}

// A violation is what a checker found.
type violation struct{ check, what string }

func (v violation) Error() string { return v.check + ": " + v.what }

// A world runs one schedule against a book and its model.
type world struct {
	choose chooser
	p      book
	m      *model
	h      *hooks
	run    ledger.Run
	at     [2]int // the model's idea of run
	runs   bool   // a handler runs
	lane   string // idle, ready, taken
	handed int    // how often it was handed out and not taken

	settled int // as the hooks were told

	empty emptiness

	kept     map[int64]bool // offsets that somebody may have kept a pointer to
	returned bool           // the handler of run has returned
	reused   int            // records whose array came back
	early    string         // why one came back too early

	tickets []*ticket
	waiters []*awaiting
	flight  *ledger.Commit // the commit that is under way
	failed  bool           // a commit failed and was not queued again
	sent    int64          // the highest offset that was ever sent
	group   int64          // what the broker has

	only string // the one checker that is on; all where empty
}

// hooks records what the ledger asks for, per step.
type hooks struct {
	ready, due, marked, freed int
	armed                     *time.Time
	arms                      []time.Time
}

func (h *hooks) Ready(*ledger.Partition)           { h.ready++ }
func (h *hooks) Due(*ledger.Partition)             { h.due++ }
func (h *hooks) Marked(_ *ledger.Partition, n int) { h.marked += n }
func (h *hooks) Freed(*ledger.Partition)           { h.freed++ }
func (h *hooks) WakeAt(_ *ledger.Partition, t time.Time) {
	h.armed = &t
	h.arms = append(h.arms, t)
}

// A plan is a bug that newWorld plants; the zero plan plants none.
type plan struct {
	rules func(*ledger.Rules)                  // the ledger goes by other rules than the model
	wrap  func(*ledger.Partition, *hooks) book // its methods do something else
}

func newWorld(choose chooser, rules ledger.Rules, bug plan) *world {
	start := starts[choose("start", len(starts))]
	w := &world{choose: choose, h: &hooks{}, m: newModel(start, rules), lane: "idle", sent: -1, group: -1}
	w.kept = map[int64]bool{}
	rules.Reuse = w.reuse
	if bug.rules != nil {
		bug.rules(&rules)
	}
	p := ledger.New("orders", 3, 7, start, rules, w.h)
	w.p = p
	if bug.wrap != nil {
		w.p = bug.wrap(p, w.h)
	}
	w.p.Open()
	w.m.queue()
	return w
}

var starts = []ledger.Start{
	{Offset: -1},
	{Offset: 5},
	{Offset: 5, Committed: true},
	{Offset: 0, Claim: true},
	{Offset: 5, Claim: true},
}

// must reports a violation of check, unless another one is being proven.
func (w *world) must(ok bool, check, format string, args ...any) {
	if !ok && (w.only == "" || w.only == check) {
		panic(violation{check, fmt.Sprintf(format, args...)})
	}
}

func same[V comparable](w *world, check string, want, got V) {
	if want != got {
		w.must(false, check, "want %+v, got %+v", want, got)
	}
}

// play runs steps and then lets the world come to rest.
func (w *world) play(steps int) {
	w.check()
	for range steps {
		w.step(actions[w.choose("step", len(actions))])
	}
	w.settleDown()
}

func (w *world) step(a action) {
	a.do(w)
	w.check()
}
