package broker

import (
	"slices"
	"sync"

	"github.com/hearken-go/hearken/listener"
)

// A Shelf has arrays of records that nobody uses any more, for chunks to come.
// The one that came last goes first: the caches have it, still. What was not
// needed for a while is let go, as each array costs the garbage collector a
// look at every turn of its own. Any goroutine may use it; nil has nothing.
type Shelf struct {
	mu     sync.Mutex
	arrays [][]listener.RawRecord // the latest last
	most   int
	takes  int // since the last look
	least  int // arrays that lay there all that time
}

// lookEvery is how many chunks a Shelf waits before it lets go what they did not need.
const lookEvery = 64

// NewShelf returns a Shelf for as many arrays.
func NewShelf(most int) *Shelf { return &Shelf{most: most} }

// Put lays an array down, and clears it: Chunk.next relies on that, and what its
// records hold is let go. Where there are too many, the oldest is left to the garbage collector.
func (s *Shelf) Put(recs []listener.RawRecord) {
	if s == nil || cap(recs) == 0 {
		return
	}
	clear(recs[:cap(recs)])
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.arrays) == s.most {
		s.remove(0, 1)
	}
	s.arrays = append(s.arrays, recs[:0])
}

// take returns an empty array for n records, neither too small nor much too
// large, so that a few records do not hold a large array; nil where there is none.
func (s *Shelf) take(n int) []listener.RawRecord {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	for i, recs := range slices.Backward(s.arrays) {
		if c := cap(recs); c >= n && c <= 4*n {
			s.remove(i, i+1)
			s.least = min(s.least, len(s.arrays))
			return recs
		}
	}
	return nil
}

// look lets go what was not needed.
func (s *Shelf) look() {
	if s.takes++; s.takes < lookEvery {
		return
	}
	s.remove(0, min(s.least, len(s.arrays)))
	s.takes, s.least = 0, len(s.arrays)
}

func (s *Shelf) remove(from, to int) { s.arrays = slices.Delete(s.arrays, from, to) }

// Shed lets one array go: nothing comes.
func (s *Shelf) Shed() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.arrays) > 0 {
		s.remove(0, 1)
	}
}

// next extends c by a record that is to be filled in where it stands, and has
// its topic and the number of its first attempt (who delivers it need not write that then, into
// memory that another core has just written): not all of its other fields need be written, as
// what lies beyond the length of a chunk's array is zero.
func (c *Chunk) next() *listener.RawRecord {
	n := len(c.Records)
	if n < cap(c.Records) {
		c.Records = c.Records[:n+1]
	} else {
		c.Records = append(c.Records, listener.RawRecord{})
	}
	r := &c.Records[n]
	r.Topic, r.Attempt = c.Topic, 1
	return r
}
