package ledger_test

import (
	"math"
	"slices"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A model is what a Partition should do, told as naively as possible: every
// record ever delivered stays in a slice, and what is asked is counted anew.
type model struct {
	rules  ledger.Rules
	recs   []entry // all of them, in the order of their arrival
	next   int     // the first that was never started
	redos  []redo
	runs   int
	serial int // of the last run

	base, last, floor int64
	point, committed  int64
	confirmed, claim  bool
	rebased           bool    // the first record was below the start
	queued            bool    // Due was called, Snapshot was not
	ends              []int64 // the point at each chunk's end

	since, taken, began time.Time // of the marks that are not confirmed
	ran                 time.Time // when the first run began that the point does not cover

	paused, held, draining, fenced, ended bool
	away                                  bool // a run was left by its worker
	drained, full, idle                   bool
	owed                                  bool // the fence has left a commit that nobody has confirmed

	marks, dues int // hooks that this step owes
}

type entry struct {
	offset        int64
	size, attempt int
	state, why    string
	opens, closes bool
	serial        int       // of the run that had it last
	later         bool      // waiting, without a failure
	safe          time.Time // since when it may be committed
	came          time.Time
	late          bool // it waited for an acknowledgment that came after its handler's return
}

type redo struct {
	from, to int
	due      time.Time
}

const never = math.MaxInt64

func newModel(start ledger.Start, rules ledger.Rules) *model {
	m := &model{rules: rules, base: -1, last: -1, floor: never, point: -1, committed: -1, idle: true}
	if start.Offset >= 0 {
		m.begin(start.Offset)
		m.last, m.confirmed, m.claim = start.Offset-1, start.Committed, start.Claim
	}
	return m
}

func (m *model) begin(base int64) { m.base, m.point, m.committed = base, base, base }

// head is the index of the lowest unsettled record, or their number.
func (m *model) head() int {
	i := slices.IndexFunc(m.recs, func(e entry) bool { return e.state != "done" })
	if i < 0 {
		return len(m.recs)
	}
	return i
}

// safe is the lowest unsettled offset, or the one after the last delivered.
func (m *model) safe() int64 {
	switch h := m.head(); {
	case m.base < 0:
		return -1
	case h < len(m.recs):
		return m.recs[h].offset
	default:
		return m.last + 1
	}
}

func (m *model) count(state string) (n int) {
	for _, e := range m.recs {
		if e.state == state {
			n++
		}
	}
	return n
}

func (m *model) bytes() (n int) {
	for _, e := range m.recs[m.next:] {
		n += e.size
	}
	return n
}

// over reports whether what is held exceeds the limits, divided by part.
func (m *model) over(part int) bool {
	waiting, held := len(m.recs)-m.next, len(m.recs)-m.head()
	if part == 1 {
		return waiting >= m.rules.Window || m.bytes() >= m.rules.Bytes || held >= m.rules.Slots
	}
	return waiting > m.rules.Window/part || m.bytes() > m.rules.Bytes/part || held > m.rules.Slots/part
}

func (m *model) track(recs []listener.RawRecord) (dropped int, regression bool) {
	if m.fenced || m.draining {
		return len(recs), false
	}
	fresh := 0
	if len(m.recs) == 0 && recs[0].Offset <= m.last {
		m.rebase(recs[0].Offset)
	}
	for _, r := range recs {
		if r.Offset <= m.last {
			if !slices.ContainsFunc(m.recs[m.head():], func(e entry) bool { return e.offset == r.Offset }) {
				regression = true
				break
			}
			dropped++
			continue
		}
		if m.base < 0 {
			m.begin(r.Offset)
		}
		m.recs = append(m.recs, entry{offset: r.Offset, size: len(r.Key) + len(r.Value), state: "queued", opens: fresh == 0, came: time.Now()})
		m.last = r.Offset
		fresh++
	}
	if fresh > 0 {
		m.recs[len(m.recs)-1].closes = true
		m.full = m.full || m.over(1)
	}
	return dropped, regression
}

// rebase begins in another log, below where the assignment began.
func (m *model) rebase(offset int64) {
	m.begin(offset)
	m.last, m.confirmed, m.claim, m.rebased = offset-1, false, true, true
	m.queue()
}

// first returns the redelivery with the lowest offset.
func (m *model) first() (redo, bool) {
	if len(m.redos) == 0 {
		return redo{}, false
	}
	return slices.MinFunc(m.redos, func(a, b redo) int { return a.from - b.from }), true
}

// upcoming is what has to start next, whatever is in the way of it.
func (m *model) upcoming() (from, to int, ok bool) {
	if r, again := m.first(); again {
		return r.from, r.to, true
	}
	if m.next == len(m.recs) {
		return 0, 0, false
	}
	to = m.next + 1
	if m.rules.BatchSize > 0 {
		return m.next, min(m.next+m.rules.BatchSize, len(m.recs)), true
	}
	for m.rules.Batch && !m.recs[to-1].closes {
		to++
	}
	return m.next, to, true
}

func (m *model) blocked() bool { return m.fenced || m.draining || m.paused || m.held || m.away }

// uncommitted reports whether an unconfirmed commit is in the way.
func (m *model) uncommitted(now time.Time) bool {
	if m.rules.Await {
		return m.point > m.committed
	}
	if len(m.redos) > 0 || m.next == len(m.recs) || !m.recs[m.next].opens && m.rules.BatchSize == 0 || len(m.ends) < 2 {
		return false
	}
	return m.rules.When.Has(ackmode.ChunkEnd) && m.ends[len(m.ends)-2] > m.committed && now.Sub(m.since) >= m.rules.Ahead
}

func (m *model) mayStart(now time.Time) bool {
	_, _, more := m.upcoming()
	r, again := m.first()
	return more && !m.blocked() && !m.uncommitted(now) && !(again && r.due.After(now)) && !(!again && m.lingersUntil().After(now))
}

// lingersUntil is when the next batch starts though it is not full; the past
// where it does not wait.
func (m *model) lingersUntil() time.Time {
	if waits := len(m.recs) - m.next; waits == 0 || waits >= m.rules.BatchSize || m.full && m.over(2) {
		return time.Time{}
	}
	return m.recs[m.next].came.Add(m.rules.Linger)
}

// sleeps reports whether only the clock is in the way, and until when.
func (m *model) sleeps() (time.Time, bool) {
	now := time.Now()
	r, again := m.first()
	if until := m.lingersUntil(); !again && until.After(now) {
		return until, !m.blocked() && !m.uncommitted(until) // else the commit's answer wakes it
	}
	return r.due, again && !m.blocked() && !m.uncommitted(r.due)
}

func (m *model) start(from, to int, now time.Time) {
	m.redos = slices.DeleteFunc(m.redos, func(r redo) bool { return r.from == from })
	if from >= m.next {
		m.next = to
		for i := from; i < to && m.rules.BatchSize > 0; i++ {
			m.recs[i].opens, m.recs[i].closes = i == from, i == to-1
		}
		if m.recs[from].opens {
			m.floor, m.began = m.recs[from].offset, now
		}
	}
	if m.ran.IsZero() {
		m.ran = now
	}
	m.serial++
	for i := from; i < to; i++ {
		m.recs[i].state, m.recs[i].later = "running", false
		m.recs[i].attempt++
		m.recs[i].serial = m.serial
	}
	m.runs++
}

// upcomingOffset is the offset of the next record for its first delivery.
func (m *model) upcomingOffset() int64 {
	switch {
	case m.next < len(m.recs):
		return m.recs[m.next].offset
	case m.base < 0:
		return -1
	default:
		return m.last + 1
	}
}
