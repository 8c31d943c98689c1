package ledger

import (
	"slices"

	"github.com/hearken-go/hearken/listener"
)

// A state is where a delivered record stands.
type state uint8

const (
	queued  state = iota // waits for its first delivery
	running              // a handler has it, and nobody has settled it
	open                 // its handler returned and left it unsettled
	waiting              // nacked or failed: in the retry list
	done                 // settled
)

// A slot is one delivered record. Slots are indexed by arrival, not by offset,
// so that a sparse, compacted topic costs no more than a dense one.
type slot struct {
	rec     *listener.RawRecord // nil once the payload is no longer needed
	offset  int64
	attempt int32
	serial  uint32 // of the run that had it last: attempts may repeat
	state   state
	first   bool  // opens its chunk
	last    bool  // closes its chunk
	later   bool  // waiting, and neither failed nor nacked: it is not its time yet
	lane    int32 // within a stretch; it stands here because a slot is kept beyond the ring
}

// count counts one more attempt. Most readers have written the first one already.
func (s *slot) count() {
	s.attempt++
	if n := int(s.attempt); s.rec.Attempt != n {
		s.rec.Attempt = n
	}
}

// A ring holds the slots [head, tail) in a power-of-two array.
type ring struct {
	slots      []slot
	head, tail uint64
	peak       int // the longest since the last trim
	looks      int // since then
}

// Variables for tests alone, which have small ones.
var (
	minRing = 64
	// trimEvery is how many chunks a ring waits before it lets go what they did not need.
	trimEvery = 64
)

func (r *ring) len() int            { return int(r.tail - r.head) }
func (r *ring) at(seq uint64) *slot { return &r.slots[seq&uint64(len(r.slots)-1)] }

// has reports whether seq is still in the ring.
func (r *ring) has(seq uint64) bool { return seq >= r.head && seq < r.tail }

func (r *ring) push(s slot) uint64 {
	if r.len() == len(r.slots) {
		r.grow()
	}
	seq := r.tail
	r.tail++
	*r.at(seq) = s
	return seq
}

func (r *ring) grow() { r.resize(max(minRing, 2*len(r.slots))) }

// trim halves the ring where half of that would have been enough for a while: what
// is large and empty costs the garbage collector a look at each turn of its own. It is
// asked with each chunk, so that a partition that falls silent keeps what it has.
func (r *ring) trim() {
	r.peak = max(r.peak, r.len())
	if r.looks++; r.looks < trimEvery {
		return
	}
	if half := len(r.slots) / 2; half >= minRing && r.peak <= half/2 {
		r.resize(half)
	}
	r.peak, r.looks = r.len(), 0
}

func (r *ring) resize(n int) {
	old := *r
	r.slots = make([]slot, n)
	for seq := old.head; seq < old.tail; seq++ {
		*r.at(seq) = *old.at(seq)
	}
}

// slide drops the done slots at the head and reports whether there were any.
func (r *ring) slide() bool {
	from := r.head
	for r.head < r.tail {
		s := r.at(r.head)
		if s.state != done {
			break
		}
		s.rec = nil
		r.head++
	}
	return r.head != from
}

// unslide puts slots back below the head.
func (r *ring) unslide(slots []slot) {
	for r.len()+len(slots) > len(r.slots) {
		r.grow()
	}
	for _, s := range slices.Backward(slots) {
		r.head--
		*r.at(r.head) = s
	}
}

// find returns the slot that holds offset. Offsets rise with seq.
func (r *ring) find(offset int64) (uint64, bool) {
	lo, hi := r.head, r.tail
	for lo < hi {
		mid := lo + (hi-lo)/2
		if r.at(mid).offset < offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < r.tail && r.at(lo).offset == offset
}
