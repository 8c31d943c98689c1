package ledger

import (
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A Ticket is what an acknowledgment needs to find its records again.
type Ticket struct {
	From, To uint64
	Offset   int64                 // of the last record
	Attempt  int                   // the highest of its records
	Serial   uint32                // of the run
	Records  []*listener.RawRecord // kept, so that a late nack can deliver them again
}

// Ack settles the first n records of t. It answers listener.ErrRevoked after
// a fence and listener.ErrSettled where one of them was settled before.
func (p *Partition) Ack(t *Ticket, n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(t, n); err != nil {
		return err
	}
	p.spoil() // its handler may still run
	marked := 0
	for seq := t.From; seq < t.From+uint64(n); seq++ {
		if p.ring.has(seq) && p.ring.at(seq).state != done {
			p.done(seq)
			marked++
		}
	}
	if p.rules.Cumulative {
		marked += p.settleEarlier(t.From)
	}
	p.settled(marked)
	p.checkDrained()
	return nil
}

// settleEarlier settles the open records before seq.
func (p *Partition) settleEarlier(seq uint64) (marked int) {
	for e := p.ring.head; e < seq; e++ {
		if p.ring.at(e).state == open {
			p.done(e)
			marked++
		}
	}
	return marked
}

// Nack settles the first n records of t and has the rest delivered again,
// not before delay has passed.
func (p *Partition) Nack(t *Ticket, n int, delay time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(t, int(t.To-t.From)); err != nil {
		return err
	}
	p.spoil()
	marked, from := 0, t.To
	for seq := t.From; seq < t.To; seq++ {
		if !p.ring.has(seq) || p.ring.at(seq).state == done {
			continue
		}
		if seq < t.From+uint64(n) {
			p.done(seq)
			marked++
			continue
		}
		s := p.ring.at(seq)
		if s.state == open {
			p.openRecs--
			if p.keys != nil {
				p.bytes += size(t.Records[seq-t.From])
			}
		}
		s.state, s.rec = waiting, t.Records[seq-t.From]
		from = min(from, seq)
	}
	p.settled(marked)
	if from < t.To {
		p.again(retry{from: from, to: t.To, due: time.Now().Add(max(delay, 0))})
	}
	p.checkDrained()
	return nil
}

// again books a redelivery that a nack asked for. While the handler runs, the
// rest follows when it returns.
func (p *Partition) again(r retry) {
	if p.keys != nil {
		now := time.Now()
		p.againKeyed(r.from, r.due, now)
		if p.offer(now); p.runs == 0 && !p.keys.handed {
			p.returned(false, true)
		}
		return
	}
	p.insert(r)
	if p.lane == laneIdle {
		p.returned(false, true)
		p.wake()
	}
}

// check refuses a stale ticket: its first n records have to be unsettled and
// of the run that it was given out for. Records acknowledged by an earlier call with a smaller
// n are no obstacle.
func (p *Partition) check(t *Ticket, n int) error {
	if p.fenced {
		return listener.ErrRevoked
	}
	fresh := false
	for seq := t.From; seq < t.From+uint64(n); seq++ {
		if !p.ring.has(seq) {
			continue
		}
		s := p.ring.at(seq)
		switch {
		case s.state == done:
		case (s.state == running || s.state == open) && s.serial == t.Serial:
			fresh = true
		default:
			return listener.ErrSettled
		}
	}
	if !fresh && n > 0 {
		return listener.ErrSettled
	}
	return nil
}
