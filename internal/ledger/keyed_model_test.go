package ledger_test

import (
	"fmt"
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// A logged is a record of the log, which outlives its owners.
type logged struct {
	offset int64
	key    string // "-" is none
	epoch  int32
	done   bool // somebody settled it, once
}

// A delivered is a record in its owner's book.
type delivered struct {
	*logged
	state   string
	attempt int
	due     time.Time
	mark    uint64 // when it was settled
	passed  bool   // its handler returned and left it open: later ones of its key may be done
}

// A keyedModel is what a partition with lanes should do, told naively: every
// record stays in a slice, and what is asked is counted anew.
type keyedModel struct {
	rules ledger.Rules
	recs  []*delivered
	start int64

	paused, held, draining, fenced bool
	marks, sure                    uint64
	lastMark                       map[string]uint64 // by key
}

func (m *keyedModel) count(state string) (n int) {
	for _, r := range m.recs {
		if r.state == state {
			n++
		}
	}
	return n
}

// ordered reports whether r waits for others.
func (m *keyedModel) ordered(r *delivered) bool {
	switch m.rules.Order {
	case ledger.ByPartition:
		return true
	case ledger.ByKey:
		return r.key != "-" || m.rules.NullQueue
	default:
		return false
	}
}

func (m *keyedModel) same(a, b *delivered) bool {
	return m.rules.Order == ledger.ByPartition || a.key == b.key
}

// safe is the offset below which all is settled; what its own handler has
// acknowledged is.
func (m *keyedModel) safe() int64 {
	at := m.start
	for _, r := range m.recs {
		if r.state != "done" && r.state != "acked" {
			return r.offset
		}
		at = r.offset + 1
	}
	return at
}

// fault says why r may not start now, "" where it may.
func (m *keyedModel) fault(r *delivered, now time.Time) string {
	switch {
	case m.fenced || m.draining:
		return "fence"
	case m.paused || m.held:
		return "pause"
	case r.state != "queued" && r.state != "waiting":
		return "twice"
	case r.state == "waiting" && r.due.After(now):
		return "early"
	case r.state == "queued" && m.count("waiting")+m.count("nacked") >= m.rules.Waiting:
		return "limit"
	case m.awaits(r):
		return "await"
	}
	if !m.ordered(r) {
		return ""
	}
	before := true
	for _, o := range m.recs {
		if o == r {
			before = false
			continue
		}
		switch {
		case !m.same(o, r):
		case o.state == "running" || o.state == "acked" || o.state == "nacked":
			return "key"
		case before && (o.state == "queued" || o.state == "waiting"), o.state == "waiting" && r.state == "queued":
			return "order"
		}
	}
	return ""
}

// awaits reports whether the commit of the last record of r's key is not confirmed.
func (m *keyedModel) awaits(r *delivered) bool {
	return m.rules.Await && m.rules.When.Has(ackmode.EachMark) && m.rules.Order == ledger.ByKey && m.ordered(r) && m.lastMark[r.key] > m.sure
}

func (m *keyedModel) mayStart(now time.Time) *delivered {
	for _, r := range m.recs {
		if m.fault(r, now) == "" {
			return r
		}
	}
	return nil
}

func (m *keyedModel) settle(r *delivered) {
	r.state, r.done = "done", true
	m.marks++
	r.mark = m.marks
	if m.rules.Map > 0 || m.safe() > r.offset {
		m.lastMark[r.key] = m.marks
	}
}

func (m *keyedModel) bytes() (n int) {
	for _, r := range m.recs {
		switch r.state {
		case "queued", "running", "waiting", "nacked":
			n += len(r.value().Value) + len(r.value().Key)
		}
	}
	return n
}

func (l *logged) value() listener.RawRecord {
	r := listener.RawRecord{Offset: l.offset, LeaderEpoch: l.epoch, Value: []byte("x")}
	if l.key != "-" {
		r.Key = []byte(l.key)
	}
	return r
}

func (m *keyedModel) find(offset int64) *delivered {
	for _, r := range m.recs {
		if r.offset == offset {
			return r
		}
	}
	panic(fmt.Sprintf("%d was never delivered", offset))
}

// unsettled are the records from the first that is not done.
func (m *keyedModel) unsettled() []*delivered {
	for i, r := range m.recs {
		if r.state != "done" && r.state != "acked" {
			return m.recs[i:]
		}
	}
	return nil
}

// String lists the records.
func (m *keyedModel) String() string {
	out := fmt.Sprintf("rules %+v, marks %d, sure %d:", m.rules, m.marks, m.sure)
	for _, r := range m.recs {
		out += fmt.Sprintf(" %d/%q/%s", r.offset, r.key, r.state)
	}
	return out
}
