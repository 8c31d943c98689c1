package broker

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"time"

	"github.com/hearken-go/hearken/listener"
)

// A mark is a record that was delivered: enough of it that a log which was made
// again, even with the old one's data and times, is not mistaken for it.
type mark struct {
	set       bool
	offset    int64
	at        time.Time
	leader    int32
	key, size int // how long they are
	sum       uint64
}

// summed is how many bytes of a key and a value are looked at.
const summed = 64

var seed = maphash.MakeSeed()

func markOf(r *listener.RawRecord) mark {
	key, value := r.Key[:min(len(r.Key), summed)], r.Value[:min(len(r.Value), summed)]
	return mark{
		set: true, offset: r.Offset, at: r.Timestamp, leader: r.LeaderEpoch, key: len(r.Key), size: len(r.Value),
		sum: maphash.Bytes(seed, key) ^ bits.RotateLeft64(maphash.Bytes(seed, value), 1),
	}
}

// is reports whether r is that record.
func (m mark) is(r *listener.RawRecord) bool {
	if !m.set || m.offset != r.Offset || m.leader != r.LeaderEpoch || !m.at.Equal(r.Timestamp) {
		return false
	}
	o := markOf(r)
	return m.key == o.key && m.size == o.size && m.sum == o.sum
}

// repeats is what a partition's queue has to know to drop what the client
// delivers twice. It stores its position after a whole batch was popped, so that
// a rebalance which comes just then lets it read the batch again.
type repeats struct {
	last  mark  // delivered
	begun mark  // the first record of the batch that was popped last
	doubt bool  // a rebalance came: the next batch may be that one again
	again bool  // it is: all up to last is dropped
	at    int64 // and was, up to here
}

// unseen drops from a chunk what was delivered already. The first old of recs
// were popped by an earlier turn: what comes again is behind them. A record
// counts as seen only right after a rebalance, and only in a batch which holds
// the last delivered one again, or begins as the last popped one did. That one
// may have been larger than a chunk, and then it is over several chunks again.
func (s *repeats) unseen(recs []listener.RawRecord, old int) []listener.RawRecord {
	if len(recs) == 0 {
		return recs
	}
	begun := s.begun
	if old < len(recs) {
		begun = markOf(&recs[old])
	}
	if s.doubt || s.again {
		recs = s.sift(recs, old)
	}
	if s.begun = begun; len(recs) > 0 {
		s.last = markOf(&recs[len(recs)-1])
	}
	return recs
}

// sift is unseen where there may be something to drop.
func (s *repeats) sift(recs []listener.RawRecord, old int) []listener.RawRecord {
	first, fresh := s.rest(recs[:old]), recs[old:]
	if len(first) > 0 {
		s.last = markOf(&first[len(first)-1])
	}
	if len(fresh) > 0 {
		fresh = s.judge(fresh)
		s.doubt = false
	}
	return append(first, fresh...) // fresh is behind first in the same array
}

// judge decides about a batch that was popped just now.
func (s *repeats) judge(fresh []listener.RawRecord) []listener.RawRecord {
	begins := s.doubt && s.begun.is(&fresh[0])
	if s.doubt && !s.again && s.last.set && fresh[0].Offset <= s.last.offset {
		if i := slices.IndexFunc(fresh, func(r listener.RawRecord) bool { return s.last.is(&r) }); i >= 0 {
			return fresh[i+1:]
		}
		s.again = begins
	}
	if begins {
		s.at = fresh[0].Offset - 1
	}
	return s.rest(fresh)
}

// rest drops what belongs to the batch that comes again, as long as it is that:
// offsets rise, and no leader is younger than the one who wrote the last.
func (s *repeats) rest(recs []listener.RawRecord) []listener.RawRecord {
	for i := range recs {
		r := &recs[i]
		if !s.again {
			return recs[i:]
		}
		s.again = r.Offset > s.at && r.Offset <= s.last.offset && r.LeaderEpoch <= s.last.leader
		if !s.again {
			return recs[i:]
		}
		s.at = r.Offset
		s.again = r.Offset < s.last.offset
	}
	return nil
}

// doubtAll is called after a rebalance.
func (p *poller) doubtAll() {
	for _, at := range p.parts {
		at.doubt = at.queue != nil
	}
}
