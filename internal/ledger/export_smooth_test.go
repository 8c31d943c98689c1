package ledger

import "fmt"

// Smooth is the short way alone, after hide has hidden a reason not to take it.
func (p *Partition) Smooth(run *Run, f Finish, hide func(p *Hidden)) (taken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := &Hidden{p: p, run: run, f: &f}
	hide(h)
	defer func() { h.restore(taken) }()
	return p.smooth(run, &f)
}

// A Hidden is what somebody has overlooked. Every method is one of the questions of the short way.
type Hidden struct {
	p      *Partition
	run    *Run
	f      *Finish
	undo   []func() // in any case
	refuse []func() // where the short way was not taken
}

func (h *Hidden) restore(taken bool) {
	if !taken {
		h.undo = append(h.undo, h.refuse...)
	}
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

// Start overlooks that the next record is the first of a chunk.
func (h *Hidden) Start() {
	if h.p.next < h.p.ring.tail {
		hide(h, &h.p.ring.at(h.p.next).first)
	}
}

// State overlooks that the record was settled by somebody else, or left.
func (h *Hidden) State() {
	if h.p.ring.has(h.run.From) {
		s := h.p.ring.at(h.run.From)
		was := s.state
		s.state = running
		h.refuse = append(h.refuse, func() { s.state = was })
	}
}

// Plain overlooks that somebody may have kept the record.
func (h *Hidden) Plain() { h.f.Plain = h.f.Plain || h.f.Mark }

// Rule overlooks a rule: change takes it out.
func (h *Hidden) Rule(change func(*Rules)) {
	rules := h.p.rules
	change(&rules)
	h.p.short = rules.hasShortWay()
}

// Inside is all that p knows, for a comparison.
func (p *Partition) Inside() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := 0
	for _, at := range p.ring.slots {
		if at.rec != nil {
			held++
		}
	}
	s := fmt.Sprint("ring ", p.ring.head, p.ring.tail, " holds ", held)
	for seq := p.ring.head; seq < p.ring.tail; seq++ {
		at := *p.ring.at(seq)
		payload := at.rec != nil
		at.rec = nil
		s += fmt.Sprintf(" %+v/%v", at, payload)
	}
	for _, l := range p.lots {
		s += fmt.Sprint(" lot ", len(l.recs), l.end)
	}
	if k := p.keys; k != nil {
		s += fmt.Sprint(" lanes ", k.queued, k.waiting, k.settled, k.highest, k.live(), k.due.len(), k.ready.len(), k.handed)
	}
	waiters := len(p.commit.waiters)
	c := p.commit
	c.waiters = nil
	return s + fmt.Sprintf(" next %d bytes %d retry %+v failed %+v last %d floor %d open %d lane %d runs %d serial %d "+
		"flags %v %v %v %v %v %v %v %v commit %+v waiters %d", p.next, p.bytes, p.retry, p.failed, p.last, p.floor, p.openRecs, p.lane, p.runs, p.serial,
		p.paused, p.held, p.away, p.full, p.drain != nil, p.drained, p.fenced, p.ended, c, waiters)
}

// Offered reports whether workers were asked to take p.
func (p *Partition) Offered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lane == laneReady || p.keys != nil && p.keys.handed
}
