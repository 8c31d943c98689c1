package ledger_test

import (
	"time"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/ledger"
	"github.com/hearken-go/hearken/listener"
)

// raise makes offset due.
func (m *model) raise(offset int64) {
	if offset > m.point && !m.pending() {
		m.since = m.began
		if !m.ran.IsZero() && m.ran.Before(m.since) {
			m.since = m.ran
		}
	}
	m.point = max(m.point, offset)
	if m.runs == 0 && offset >= m.safe() {
		m.ran = time.Time{}
	}
	m.queue()
}

func (m *model) pending() bool { return m.claim || m.point > m.committed }

func (m *model) queue() {
	if m.pending() && !m.queued && !m.fenced {
		m.queued = true
		m.dues++
	}
}

// rest is what happens when the partition falls silent or begins to wait.
func (m *model) rest() {
	if m.rules.When.Has(ackmode.ChunkEnd) {
		m.raise(m.safe())
	}
}

func (m *model) settle(i int, why string) {
	m.recs[i].state, m.recs[i].why = "done", why
	m.marks++
}

// marking runs f and makes due what it moved, under "at every mark".
func (m *model) marking(f func()) {
	before := m.head()
	late := before < len(m.recs) && m.recs[before].state == "open"
	f()
	for i := before; i < m.head(); i++ {
		m.recs[i].safe, m.recs[i].late = time.Now(), late
	}
	if m.head() != before && m.rules.When.Has(ackmode.EachMark) {
		m.raise(m.safe())
	}
}

func (m *model) status(from, to int) (st ledger.Status) {
	st.Fenced = m.fenced
	for _, e := range m.recs[from:to] {
		switch e.state {
		case "done":
			st.Settled++
		case "waiting":
			st.Nacked = true
		default:
			st.Rest++
		}
	}
	return st
}

func (m *model) finish(from, to int, f ledger.Finish, now time.Time) ledger.Status {
	m.runs--
	m.away = false
	st := m.status(from, to)
	if m.fenced {
		return st
	}
	again, closes := to, m.recs[to-1].closes
	if f.Parts != nil {
		return m.finishParts(st, from, to, f.Parts, now)
	}
	m.marking(func() { again = m.apply(from, to, f) })
	if again < to {
		m.redos = append(m.redos, redo{again, to, now.Add(f.After)})
	}
	m.after(to, closes, again < to || st.Nacked)
	return st
}

// after is what follows a run, whatever became of its records.
func (m *model) after(to int, closes, waits bool) {
	if closes && to == m.next {
		m.floor = never
	}
	if closes || waits {
		m.rest()
	}
	if closes && m.rules.When.Has(ackmode.ChunkEnd) {
		m.ends = append(m.ends, m.point)
	}
}

// finishParts gives each part of a run its own fate.
func (m *model) finishParts(st ledger.Status, from, to int, parts []ledger.Part, now time.Time) ledger.Status {
	waits := st.Nacked
	m.marking(func() {
		at := from
		for _, part := range parts {
			r := redo{-1, from + part.To, now.Add(part.After)}
			for ; at < r.to; at++ {
				switch {
				case m.recs[at].state != "running":
				case part.Done:
					m.settle(at, "done by its part")
				default:
					m.recs[at].state = "waiting"
					if m.recs[at].later = part.After > 0 && !part.Fail; r.to-at <= part.Untried {
						m.recs[at].attempt--
					}
					if r.from < 0 {
						r.from = at
					}
				}
			}
			if r.from >= 0 {
				m.redos = append(m.redos, r)
				waits = true
			}
		}
		for ; at < to; at++ {
			if m.recs[at].state == "running" {
				m.recs[at].state = "open"
			}
		}
	})
	m.after(to, m.recs[to-1].closes, waits)
	return st
}

func (m *model) apply(from, to int, f ledger.Finish) (again int) {
	again = to
	for i := from; i < to; i++ {
		switch {
		case m.recs[i].state != "running":
		case f.Mark || i-from < f.First:
			m.settle(i, "marked")
		case f.Again:
			m.recs[i].state = "waiting"
			again = min(again, i)
			if m.recs[i].later = f.Void; f.Void {
				m.recs[i].attempt--
			}
		default:
			m.recs[i].state = "open"
		}
	}
	return again
}

// usable says what an acknowledgment of the first n records of k may do.
func (m *model) usable(k *ticket, n int) error {
	if m.fenced {
		return listener.ErrRevoked
	}
	fresh := 0
	for i := k.from; i < k.from+n; i++ {
		switch e := m.recs[i]; {
		case e.state == "done":
		case (e.state == "running" || e.state == "open") && e.serial == k.serial:
			fresh++
		default:
			return listener.ErrSettled
		}
	}
	if fresh == 0 {
		return listener.ErrSettled
	}
	return nil
}

func (m *model) ack(k *ticket, n int) error {
	if err := m.usable(k, n); err != nil {
		return err
	}
	m.marking(func() {
		for i := range m.recs[:k.from+n] {
			e := m.recs[i]
			switch {
			case i >= k.from && e.state != "done":
				m.settle(i, "acknowledged")
			case i < k.from && m.rules.Cumulative && e.state == "open":
				m.settle(i, "acknowledged by a later one")
			}
		}
	})
	return nil
}

func (m *model) nack(k *ticket, n int, due time.Time) error {
	if err := m.usable(k, k.to-k.from); err != nil {
		return err
	}
	from := k.to
	m.marking(func() {
		for i := k.from; i < k.to; i++ {
			switch {
			case m.recs[i].state == "done":
			case i < k.from+n:
				m.settle(i, "before the nacked")
			default:
				m.recs[i].state = "waiting"
				from = min(from, i)
			}
		}
	})
	if from < k.to {
		m.redos = append(m.redos, redo{from, k.to, due})
		if m.idle {
			m.rest()
		}
	}
	return nil
}

// snapshot remembers how old the marks may be that it leaves out.
func (m *model) snapshot() {
	m.taken = time.Now()
	if m.floor != never {
		m.taken = m.began
	}
	if !m.ran.IsZero() && m.ran.Before(m.taken) {
		m.taken = m.ran
	}
}

func (m *model) confirm(offset int64) {
	if m.foreign(offset) {
		m.claim = true
		m.queue()
		return
	}
	m.confirmed = true
	if offset >= m.point {
		m.claim = false
	}
	m.committed = max(m.committed, offset)
	m.owed = m.owed && offset < m.safe()
	m.since = m.taken
	m.queue()
}

// foreign reports whether a commit is of a log that was left.
func (m *model) foreign(offset int64) bool { return m.rebased && offset > m.safe() }

// fence answers the last commit.
func (m *model) fence() (int64, bool) {
	if m.fenced {
		return 0, false
	}
	m.fenced, m.redos = true, nil
	m.owed = m.safe() > m.committed || m.claim
	return m.safe(), m.owed
}

// looksDrained reports whether a drain is over by now.
func (m *model) looksDrained() bool {
	if !m.drained && (m.draining || m.fenced) && m.runs == 0 {
		m.drained = m.fenced || !m.rules.AsyncAcks || m.count("open") == 0
	}
	return m.drained
}
