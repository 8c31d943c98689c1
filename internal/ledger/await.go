package ledger

import "github.com/hearken-go/hearken/listener"

// A waiter is somebody who waits for a commit.
type waiter struct {
	offset int64
	marks  uint64 // or a commit with these; 0 is none
	answer chan<- error
}

// AwaitCommit returns a channel that answers once, when the group's offset
// has passed the records of t: nil, the commit's error, or
// listener.ErrRevoked. Where an earlier record is unsettled, or the offset has
// passed already, it answers nil at once. After a fence the last commit
// decides, which carries no record behind an unsettled one.
func (p *Partition) AwaitCommit(t *Ticket) <-chan error {
	answer := make(chan error, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	want := t.Offset + 1
	switch {
	case p.commit.committed >= want:
		answer <- nil
	case p.keys != nil && p.keys.budget > 0 && !p.ended:
		p.awaitMarks(want, answer)
	case p.ended || p.fenced && p.watermark() < want:
		answer <- listener.ErrRevoked
	case p.watermark() < want:
		answer <- nil
	default:
		p.commit.waiters = append(p.commit.waiters, waiter{want, 0, answer})
		p.duePoint(p.watermark())
	}
	return answer
}

// awaitMarks waits for a commit with all that is settled now: a record may be
// in its map before everything below is done. A map that had to be cut may not
// hold it; then it follows by itself.
func (p *Partition) awaitMarks(want int64, answer chan<- error) {
	if p.commit.sure == p.commit.marks {
		answer <- nil
		return
	}
	p.commit.waiters = append(p.commit.waiters, waiter{want, p.commit.marks, answer})
	p.duePoint(p.watermark())
}

// resolve answers the waiters up to offset, and those up to marks.
func (p *Partition) resolve(offset int64, marks uint64, err error) {
	rest := p.commit.waiters[:0]
	for _, w := range p.commit.waiters {
		if w.offset > offset && (w.marks == 0 || w.marks > marks) {
			rest = append(rest, w)
			continue
		}
		w.answer <- err
	}
	clear(p.commit.waiters[len(rest):])
	p.commit.waiters = rest
}
