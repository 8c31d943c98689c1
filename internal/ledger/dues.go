package ledger

import (
	"slices"
	"time"
)

// A due is a record that is to be delivered again, not before at.
type due struct {
	seq    uint64
	at     time.Time
	heaped bool // it is in dues
}

// dues is a heap of redeliveries, the first due on top. Of a lane only the
// first in log order is in it, once: a redelivery holds its key.
type dues []due

func (d *dues) push(e due) {
	h := append(*d, e)
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].at.Before(h[parent].at) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
	*d = h
}

func (d *dues) pop() due {
	h := *d
	top, n := h[0], len(h)-1
	h[0] = h[n]
	h = h[:n]
	for i := 0; ; {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && h[child+1].at.Before(h[child].at) {
			child++
		}
		if !h[child].at.Before(h[i].at) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*d = h
	return top
}

// againKeyed books the redelivery of a record, which is in state waiting.
func (p *Partition) againKeyed(seq uint64, at, now time.Time) {
	k := p.keys
	k.waiting++
	ln := k.link(seq)
	switch {
	case ln.lane != noLane:
		l := &k.all[ln.lane]
		if l.ready && seq < l.listed { // what comes later in the log waits for this one
			k.withdraw(l)
		}
		i, _ := slices.BinarySearchFunc(l.again, seq, func(e due, seq uint64) int {
			if e.seq < seq {
				return -1
			}
			return 1
		})
		l.again = slices.Insert(l.again, i, due{seq: seq, at: at})
		p.schedule(ln.lane, now)
	case ln.running:
		// Nacked by its own handler, and nothing else holds it back: it runs
		// again when that has returned.
		if k.nacked == nil {
			k.nacked = make(map[uint64]time.Time)
		}
		k.nacked[seq] = at
	case at.After(now):
		p.later(due{seq: seq, at: at})
	default:
		k.list(&k.due, seq)
	}
}

// later waits for the clock.
func (p *Partition) later(e due) {
	p.keys.dues.push(e)
	if p.keys.dues[0].seq == e.seq {
		p.armKeyed()
	}
}

// ripen moves what is due by now into the ready queue.
func (p *Partition) ripen(now time.Time) {
	k := p.keys
	for len(k.dues) > 0 && !k.dues[0].at.After(now) {
		e := k.dues.pop()
		i := k.link(e.seq).lane
		if i == noLane {
			k.list(&k.due, e.seq)
			continue
		}
		l := &k.all[i]
		j := slices.IndexFunc(l.again, func(d due) bool { return d.seq == e.seq })
		if j < 0 {
			continue // it has run since: somebody with a later clock had listed it, and the lane may be another's
		}
		l.again[j].heaped = false
		p.schedule(i, now)
	}
}

// armKeyed asks to be woken when the first redelivery is due.
func (p *Partition) armKeyed() {
	if p.blocked() {
		return
	}
	at := p.opensAt()
	if !at.IsZero() && !at.After(time.Now()) {
		at = time.Time{}
	}
	if d := p.keys.dues; len(d) > 0 && (at.IsZero() || d[0].at.Before(at)) {
		at = d[0].at
	}
	if !at.IsZero() {
		p.hooks.WakeAt(p, at)
	}
}
