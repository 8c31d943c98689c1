package container

import (
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/ackmode"
)

// silence is how long a consumer may be quiet before what is left over under
// COUNT is committed, and how long a late acknowledgment waits under MANUAL.
const silence = time.Second

// A policy carries out the triggers of an ack mode that need a clock or a
// counter over all partitions of a consumer. The others ("at every mark", "at
// a chunk's end") belong to one partition and live in its ledger.
type policy struct {
	when  ackmode.Trigger
	every time.Duration // ack-time; under ChunkEnd 0 unless it was set
	count int64
	nudge func() // lets the committer look at the clock again

	marks  atomic.Int64 // since the last commit by count
	dirty  atomic.Int64 // UnixNano of the first mark since the last look, 0 for none
	latest atomic.Int64 // UnixNano of the last mark, under Counted
	last   atomic.Int64 // UnixNano of the last commit by time or by count
}

func newPolicy(s *Spec, nudge func()) *policy {
	p := &policy{when: s.AckMode.Row().When, every: s.AckTime, count: int64(s.AckCount), nudge: nudge}
	if s.Tx != nil {
		p.when = 0 // transactions end by clocks and counts of their own
	}
	p.last.Store(time.Now().UnixNano())
	return p
}

// marked counts n settled records. It is called under a partition's lock.
func (p *policy) marked(n int) {
	if p.counting() {
		p.marks.Add(int64(n))
		p.latest.Store(time.Now().UnixNano())
	}
	if p.when == 0 || p.when.Has(ackmode.EachMark) || p.dirty.Load() != 0 {
		return
	}
	if p.dirty.CompareAndSwap(0, time.Now().UnixNano()) {
		p.nudge()
	}
}

// counting reports whether there is an ack-count.
func (p *policy) counting() bool { return p.when.Has(ackmode.Counted) }

// counted makes everything due when ack-count is reached. The worker that
// reached it calls it before it starts anything else: with one worker the
// point is exact.
func (p *policy) counted(parts []*assignment) {
	if !p.counting() || p.marks.Load() < p.count {
		return
	}
	p.marks.Store(0)
	p.last.Store(time.Now().UnixNano())
	for _, a := range parts {
		a.DueNow()
	}
}

// next returns when fire has to be called, ok where there is something to wait for.
func (p *policy) next(now time.Time) (time.Time, bool) {
	dirty := p.dirty.Load()
	if dirty == 0 {
		return time.Time{}, false
	}
	var at time.Time
	switch {
	case p.when.Has(ackmode.Elapsed):
		at = time.Unix(0, p.last.Load()).Add(p.every)
	case p.when.Has(ackmode.ChunkEnd) && p.every > 0:
		at = time.Unix(0, dirty).Add(p.every)
	case p.when.Has(ackmode.ChunkEnd):
		at = time.Unix(0, dirty).Add(silence)
	}
	if p.when.Has(ackmode.Counted) {
		quiet := time.Unix(0, p.latest.Load()).Add(silence)
		if at.IsZero() || quiet.Before(at) {
			at = quiet
		}
	}
	return at, !at.IsZero()
}

// fire makes due what the clock says is due. It asks for the partitions after
// it has cleared the marks: one that is assigned in between is not forgotten.
func (p *policy) fire(now time.Time, live func() []*assignment) {
	at, ok := p.next(now)
	if !ok || at.After(now) {
		return
	}
	p.dirty.Store(0)
	p.marks.Store(0)
	p.last.Store(now.UnixNano())
	for _, a := range live() {
		if p.when.Has(ackmode.ChunkEnd) && p.every == 0 {
			a.DueLate()
			continue
		}
		a.DueNow()
	}
}
