package ledger

import (
	"bytes"
	"hash/maphash"

	"github.com/hearken-go/hearken/listener"
)

// An Order says which records of a partition wait for each other.
type Order uint8

// The orders.
const (
	ByPartition Order = iota // all of them
	ByKey                    // those with the same key
	Unordered                // none
)

// A Key is what a record is ordered by, where that is not the record's own key.
type Key struct {
	Bytes []byte // nil is no key: see Rules.NullQueue
	Err   error  // why there is none: the record fails without being handled
}

// noLane is the lane of records that wait for nobody.
const noLane int32 = -1

// A lane is the queue of one key. It lives while a record of its key is not
// settled, and while the commit of its last one is awaited.
type lane struct {
	key     []byte // a copy: the record's may hold a whole chunk in memory
	hash    uint64
	chain   int32 // next lane of the same hash
	null    bool  // of records without a key
	running bool  // a handler has one of its records
	ready   bool  // one of its records is in a ready queue
	refs    int32 // records that are not settled
	queued  int32 // of which wait for their first delivery
	head    uint64
	tail    uint64 // of the queued, linked by links
	await   uint64 // nothing starts until a commit has these marks
	listed  uint64 // what is in a ready queue, where ready
	again   []due  // to be delivered again, in log order
}

// A link is what a slot needs to be in a lane.
type link struct {
	next    uint64 // queued record of the same lane
	lane    int32
	running bool // its handler has not returned
	listed  bool // it is in a ready queue; an entry without it was withdrawn
}

// lanes finds the lane of a key.
type lanes struct {
	all    []lane
	free   []int32
	byHash map[uint64]int32
}

// seed makes hashes that nobody outside can aim at.
var seed = maphash.MakeSeed()

// largeKey is how large a key's buffer may be to be kept for other keys.
const largeKey = 256

// get returns the lane of key, a new one if need be.
func (l *lanes) get(key []byte) int32 {
	hash := maphash.Bytes(seed, key)
	if key == nil {
		hash++ // not the empty key's
	}
	first, known := l.byHash[hash]
	for i := first; known && i != noLane; i = l.all[i].chain {
		if c := &l.all[i]; c.null == (key == nil) && bytes.Equal(c.key, key) {
			return i
		}
	}
	if !known {
		first = noLane
	}
	var i int32
	if n := len(l.free); n > 0 {
		i, l.free = l.free[n-1], l.free[:n-1]
	} else {
		i = int32(len(l.all))
		l.all = append(l.all, lane{})
	}
	c := &l.all[i]
	*c = lane{key: append(c.key[:0], key...), null: key == nil, hash: hash, chain: first, again: c.again[:0]}
	l.byHash[hash] = i
	return i
}

// put gives a lane back that nothing needs any more.
func (l *lanes) put(i int32) {
	c := &l.all[i]
	at := l.byHash[c.hash]
	switch {
	case at == i && c.chain == noLane:
		delete(l.byHash, c.hash)
	case at == i:
		l.byHash[c.hash] = c.chain
	default:
		for l.all[at].chain != i {
			at = l.all[at].chain
		}
		l.all[at].chain = c.chain
	}
	if cap(c.key) > largeKey {
		c.key = nil
	}
	l.free = append(l.free, i)
}

func (l *lanes) live() int { return len(l.all) - len(l.free) }

// laneOf is the lane of a new record, one of l.
func (p *Partition) laneOf(l *lanes, r *listener.RawRecord, key *Key) int32 {
	own := r.Key
	if key != nil {
		own = key.Bytes
	}
	switch {
	case p.rules.Order == ByPartition:
		return l.get(wholePartition)
	case p.rules.Order == Unordered, key != nil && key.Err != nil, own == nil && !p.rules.NullQueue:
		return noLane
	default:
		return l.get(own)
	}
}

// wholePartition is the one key under ByPartition.
var wholePartition = []byte{}

// A queue is a first-in, first-out queue of slots.
type queue struct {
	seqs []uint64 // a power of two
	from uint64
	to   uint64
}

func (q *queue) len() int { return int(q.to - q.from) }

func (q *queue) push(seq uint64) {
	if q.len() == len(q.seqs) {
		old := *q
		q.seqs = make([]uint64, max(minRing, 2*len(old.seqs)))
		for i := old.from; i < old.to; i++ {
			q.seqs[i&uint64(len(q.seqs)-1)] = old.seqs[i&uint64(len(old.seqs)-1)]
		}
	}
	q.seqs[q.to&uint64(len(q.seqs)-1)] = seq
	q.to++
}

func (q *queue) first() uint64 { return q.seqs[q.from&uint64(len(q.seqs)-1)] }

func (q *queue) pop() { q.from++ }
