package brokertest

import (
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// A read is where a member stands in one assigned partition.
type read struct {
	epoch  uint64
	pos    int64
	paused bool
	unset  bool      // pos is where to start once the partition can be read
	stuck  bool      // no valid offset, and auto.offset.reset is error
	ready  time.Time // nothing is delivered before
}

// assigned returns the partitions that the owner has been told of. c.mu is held.
func (m *Member) assigned() []broker.Partition {
	var parts []broker.Partition
	for p := range m.reads {
		parts = append(parts, p)
	}
	sortParts(parts)
	return parts
}

// fenced reports whether another member took m's instance id. c.mu is held.
func (m *Member) fenced() bool {
	id := m.conf["group.instance.id"]
	return id != "" && slices.ContainsFunc(m.group.members, func(o *Member) bool {
		return o != m && o.conf["group.instance.id"] == id
	})
}

// start sets the position of p, now or when p can be read. c.mu is held.
func (m *Member) start(p broker.Partition, r *read, to int64) {
	if err := m.c.faultAt("poll", p); err != nil {
		m.emit(err.(*broker.ClientError))
		r.pos, r.unset = to, true
		return
	}
	m.move(p, r, to)
}

// move sets the position of p: a number, or one of the broker's constants.
// c.mu is held.
func (m *Member) move(p broker.Partition, r *read, to int64) {
	r.stuck, r.unset = false, false
	if to == broker.Stored {
		to = m.group.committedAt(p).Offset
	}
	l := m.c.log(p)
	switch {
	case to == broker.Beginning:
		to = l.start
	case to == broker.End:
		to = l.end
	case to < l.start || to > l.end:
		to = m.reset(p, r, l)
	}
	r.pos = to
}

// reset applies auto.offset.reset. c.mu is held.
func (m *Member) reset(p broker.Partition, r *read, l *log) int64 {
	switch m.conf["auto.offset.reset"] {
	case "earliest":
		return l.start
	case "error":
		r.stuck = true
		m.emit(&broker.ClientError{Class: broker.NoOffset, Code: -140, Op: "poll", Text: "no previously committed offset available"})
	}
	return l.end
}

// collect fills turn with a chunk of every partition that has something, and
// with the errors. If a partition only waits for its fetch delay, it returns a
// channel that fires when that is over.
func (m *Member) collect(limits broker.Limits, turn *broker.Turn) (ready <-chan time.Time) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	soonest := time.Duration(-1)
	for _, p := range m.assigned() {
		r := m.reads[p]
		if !m.c.readable(p) {
			continue
		}
		l := m.c.log(p)
		if r.unset || !r.stuck && (r.pos < l.start || r.pos > l.end) {
			m.move(p, r, r.pos)
		}
		recs := cut(l.from(r.pos), limits)
		if r.paused || r.stuck || len(recs) == 0 {
			continue
		}
		if wait := time.Until(r.ready); wait > 0 {
			if soonest < 0 || wait < soonest {
				soonest = wait
			}
			continue
		}
		turn.Chunks = append(turn.Chunks, broker.Chunk{Partition: p, Epoch: r.epoch, Records: recs})
		r.pos = recs[len(recs)-1].Offset + 1
	}
	m.takeErrors(turn)
	if soonest < 0 {
		return nil
	}
	return time.After(soonest)
}

// collectErrors fills turn with the errors alone.
func (m *Member) collectErrors(turn *broker.Turn) {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.takeErrors(turn)
}

// takeErrors moves the errors into turn. c.mu is held.
func (m *Member) takeErrors(turn *broker.Turn) {
	turn.Errors = append(turn.Errors, m.errs...)
	m.errs = nil
}

// cut copies the head of recs that the limits allow: at least one record, if
// there is one. Limits that are zero do not bind.
func cut(recs []listener.RawRecord, limits broker.Limits) []listener.RawRecord {
	n, bytes := 0, 0
	for n < len(recs) && (limits.Records <= 0 || n < limits.Records) && (limits.Bytes <= 0 || bytes < limits.Bytes) {
		bytes += len(recs[n].Key) + len(recs[n].Value)
		n++
	}
	if n == 0 {
		return nil
	}
	out := append(limits.Room(n), recs[:n]...)
	for i := range out {
		out[i].Attempt = 1
	}
	return out
}

// Pause stops delivery of parts; partitions that are not assigned are ignored.
func (m *Member) Pause(parts []broker.Partition) error {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return m.each(parts, func(r *read) {
		r.paused = true
		if m.how != spec.Queues { // which keeps the prefetch
			m.pauses++
		}
	})
}

// Resume undoes Pause; the fetch delay begins anew.
func (m *Member) Resume(parts []broker.Partition) error {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.wakeUp()
	return m.each(parts, func(r *read) {
		if r.paused {
			r.paused = false
			if m.how != spec.Queues {
				r.ready = time.Now().Add(m.c.fetchDelay)
			}
		}
	})
}

// each calls f for the reads of those of parts that are assigned. c.mu is held.
func (m *Member) each(parts []broker.Partition, f func(*read)) error {
	if m.closed {
		return broker.ErrClosed
	}
	for _, p := range parts {
		if r := m.reads[p]; r != nil {
			f(r)
		}
	}
	return nil
}

// Seek moves the read position of an assigned partition.
func (m *Member) Seek(to broker.Offset, epoch uint64) error {
	if err := m.c.disturb(OpSeek, m).Err; err != nil {
		return err
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if m.closed {
		return broker.ErrClosed
	}
	r := m.reads[to.Partition]
	if r == nil {
		return &broker.ClientError{Class: broker.Transient, Code: -190, Op: "seek", Text: "Local: Unknown partition", Part: to.Partition}
	}
	if to.Offset < 0 && to.Offset != broker.Beginning && to.Offset != broker.End {
		return &broker.ClientError{Class: broker.Transient, Code: -186, Op: "seek", Text: "a seek needs a position", Part: to.Partition}
	}
	r.ready = time.Now().Add(m.c.fetchDelay)
	m.start(to.Partition, r, to.Offset)
	r.epoch = epoch
	m.wakeUp()
	return nil
}

// Assigned returns the partitions that m's owner holds now, in order.
func (m *Member) Assigned() []broker.Partition {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return m.assigned()
}

// Paused returns the assigned partitions that are paused, in order.
func (m *Member) Paused() []broker.Partition {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return slices.DeleteFunc(m.assigned(), func(p broker.Partition) bool { return !m.reads[p].paused })
}

// Position returns the offset that m reads next from p, or broker.None.
func (m *Member) Position(p broker.Partition) int64 {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if r := m.reads[p]; r != nil {
		return r.pos
	}
	return broker.None
}

// Epoch returns the epoch under which m delivers p, 0 if it is not assigned.
func (m *Member) Epoch(p broker.Partition) uint64 {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if r := m.reads[p]; r != nil {
		return r.epoch
	}
	return 0
}

// Pauses counts the partitions that were ever paused: a pause is expensive.
func (m *Member) Pauses() int {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	return m.pauses
}
