package ledger

import (
	"fmt"
	"time"
)

// Smooth is the short way alone, after hide has hidden a reason not to take it.
func (p *Partition) Smooth(run *Run, f Finish, now time.Time, hide func(p *Hidden)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := &Hidden{p: p, run: run}
	hide(h)
	defer h.restore()
	return p.smooth(run, &f, now)
}

// A Hidden is what somebody has overlooked. Every method is one of the questions of the short way.
type Hidden struct {
	p    *Partition
	run  *Run
	undo []func()
}

func (h *Hidden) restore() {
	for _, undo := range h.undo {
		undo()
	}
}

func hide[T any](h *Hidden, v *T) {
	was, none := *v, *new(T)
	*v = none
	h.undo = append(h.undo, func() { *v = was })
}

// Pause overlooks a pause.
func (h *Hidden) Pause() { hide(h, &h.p.paused) }

// Hold overlooks that an older handler runs.
func (h *Hidden) Hold() { hide(h, &h.p.held) }

// Fence overlooks a fence.
func (h *Hidden) Fence() { hide(h, &h.p.fenced); hide(h, &h.p.drain) }

// Drain overlooks a drain.
func (h *Hidden) Drain() { hide(h, &h.p.drain) }

// Failed overlooks what has failed before.
func (h *Hidden) Failed() { hide(h, &h.p.failed) }

// End overlooks that the run is its chunk's last.
func (h *Hidden) End() { hide(h, &h.run.Closes) }

// Start overlooks that the next record is the first of a chunk.
func (h *Hidden) Start() {
	if h.p.next < h.p.ring.tail {
		hide(h, &h.p.ring.at(h.p.next).first)
	}
	h.End()
}

// State overlooks that the record was settled by somebody else, or left.
func (h *Hidden) State() {
	if h.p.ring.has(h.run.From) {
		h.p.ring.at(h.run.From).state = running
	}
}

// Rules overlooks what the rules ask for.
func (h *Hidden) Rules() { h.p.short = true }

// Inside is all that p knows, for a comparison.
func (p *Partition) Inside() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := fmt.Sprint("ring ", p.ring.head, p.ring.tail)
	for seq := p.ring.head; seq < p.ring.tail; seq++ {
		at := *p.ring.at(seq)
		payload := at.rec != nil
		at.rec = nil
		s += fmt.Sprintf(" %+v/%v", at, payload)
	}
	for _, l := range p.lots {
		s += fmt.Sprint(" lot ", len(l.recs), l.end)
	}
	waiters := len(p.commit.waiters)
	c := p.commit
	c.waiters = nil
	return s + fmt.Sprintf(" next %d bytes %d retry %+v failed %+v last %d floor %d open %d lane %d runs %d serial %d "+
		"flags %v %v %v %v %v %v %v %v commit %+v waiters %d", p.next, p.bytes, p.retry, p.failed, p.last, p.floor, p.openRecs, p.lane, p.runs, p.serial,
		p.paused, p.held, p.away, p.full, p.drain != nil, p.drained, p.fenced, p.ended, c, waiters)
}

// Lane is where p stands between the workers; 0 is nowhere.
func (p *Partition) Lane() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.lane)
}
