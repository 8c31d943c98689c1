package ledger

import "github.com/hearken-go/hearken/listener"

// restored is what an earlier owner has done above the committed offset.
type restored struct {
	known Map
	at    int // first range that may still come
}

// has reports whether r is done already. Offsets come in order. A record whose
// leader epoch is higher than that of the map, or unknown, ends it: the log may
// have been written anew from here on, and the same offset be another record.
func (d *restored) has(r *listener.RawRecord) bool {
	if len(d.known.Done) == 0 {
		return false
	}
	if r.LeaderEpoch < 0 || r.LeaderEpoch > d.known.Epoch {
		d.known.Done = nil
		return false
	}
	for d.at < len(d.known.Done) && d.known.Done[d.at].To <= r.Offset {
		d.at++
	}
	return d.at < len(d.known.Done) && d.known.Done[d.at].From <= r.Offset
}

// rest is what is known of offsets that have not come yet.
func (d *restored) rest() []Range {
	if len(d.known.Done) == 0 {
		return nil
	}
	return d.known.Done[d.at:]
}

// An epochAt is the leader epoch of the records from an offset on.
type epochAt struct {
	from  int64
	epoch int32
}

func (k *keyed) noteEpoch(r *listener.RawRecord) {
	if n := len(k.epochs); n == 0 || k.epochs[n-1].epoch != r.LeaderEpoch {
		k.epochs = append(k.epochs, epochAt{r.Offset, r.LeaderEpoch})
	}
}

// epochOf returns the leader epoch of a record in the ring.
func (k *keyed) epochOf(offset int64) int32 {
	for i := len(k.epochs) - 1; i >= 0; i-- {
		if k.epochs[i].from <= offset {
			return k.epochs[i].epoch
		}
	}
	return -1
}

// mapOf is what is done above base, as metadata; "" where nothing is. An offset
// between two done records that was never delivered is a hole in the log, and
// counts as done; one between a done record and one that is not does not.
func (p *Partition) mapOf(base int64) string {
	k := p.keys
	if k.budget <= 0 {
		return ""
	}
	m := Map{Base: base, Epoch: -1, Done: k.ranges[:0]}
	if k.settled > 0 {
		after := false
		for seq := p.ring.head; seq <= k.highest; seq++ {
			s := p.ring.at(seq)
			switch isDone := s.state == done; {
			case isDone && after:
				m.Done[len(m.Done)-1].To = s.offset + 1
			case isDone:
				m.Done = append(m.Done, Range{s.offset, s.offset + 1})
				fallthrough
			default:
				after = isDone
			}
		}
		m.Epoch = k.epochOf(m.End() - 1)
	}
	p.addRest(&m)
	k.ranges = m.Done
	return m.Encode(k.budget)
}

// addRest adds what an earlier owner has done above the last delivered record.
func (p *Partition) addRest(m *Map) {
	for _, r := range p.keys.restored.rest() {
		if r.From = max(r.From, p.last+1, m.Base+1); r.From >= r.To {
			continue
		}
		m.Epoch, m.Cut = max(m.Epoch, p.keys.restored.known.Epoch), p.keys.restored.known.Cut
		if n := len(m.Done); n > 0 && m.Done[n-1].To == r.From {
			m.Done[n-1].To = r.To
			continue
		}
		m.Done = append(m.Done, r)
	}
}

// ShrinkMap halves what a map may take: the broker has refused one as too large.
func (p *Partition) ShrinkMap() (budget int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		return 0
	}
	if p.keys.budget /= 2; p.keys.budget < smallestMap {
		p.keys.budget = 0
	}
	return p.keys.budget
}

// smallestMap is the least number of characters that is worth a map.
const smallestMap = 64
