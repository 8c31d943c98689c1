package container_test

import (
	"context"
	"errors"
	"time"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// A sought is one seek of the simulation.
type sought struct {
	asked  time.Time
	to     int64
	failed bool
	used   bool // it explains why an offset went back
}

// seekBack moves a partition back, to somewhere below what is committed: all
// before is done, so that nothing may be missing in the end.
func (s *sim) seekBack(n *node) {
	tp := part(int32(s.n(s.parts)))
	committed := n.committed(tp.ID)
	if committed < 0 {
		return
	}
	k := &sought{asked: time.Now(), to: int64(s.n(int(committed) + 1))}
	s.mu.Lock()
	s.sought[tp] = append(s.sought[tp], k)
	s.mu.Unlock()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		err := n.k.Seek(ctx, tp.Topic, tp.ID, listener.FromOffset(k.to))
		s.mu.Lock()
		defer s.mu.Unlock()
		// Where the time was up, it may have happened all the same.
		k.failed = errors.Is(err, container.ErrNotAssigned) || errors.Is(err, container.ErrNotRunning)
	}()
}

// wasSought reports whether a seek may be why offset runs again. s.mu is held.
func (s *sim) wasSought(tp broker.Partition, offset int64) bool {
	for _, k := range s.sought[tp] {
		if !k.failed && k.to <= offset {
			return true
		}
	}
	return false
}

// checkBack is CheckMonotonic where there were seeks: each explains one offset
// that went back, and not further than it went itself.
func (s *sim) checkBack() {
	last := map[broker.Partition]brokertest.Commit{}
	for _, c := range s.group.Commits() {
		if !c.Owned {
			s.fault("%s committed %d@%d without owning it", c.Member, c.ID, c.Offset.Offset)
		}
		was, ok := last[c.Partition]
		if ok && c.Offset.Offset < was.Offset.Offset && !s.explained(c) {
			s.fault("%d went back from %d (%s, %d) to %d (%s, %d)", c.ID, was.Offset.Offset, was.Member, was.Epoch,
				c.Offset.Offset, c.Member, c.Epoch)
		}
		last[c.Partition] = c
	}
}

// explained uses up the seek that fits c best: what went further back may have to
// explain another one.
func (s *sim) explained(c brokertest.Commit) bool {
	var best *sought
	for _, k := range s.sought[c.Partition] {
		if !k.used && !k.failed && !k.asked.After(c.At) && k.to <= c.Offset.Offset && (best == nil || k.to > best.to) {
			best = k
		}
	}
	if best == nil {
		return false
	}
	best.used = true
	return true
}

// rewind goes back to the beginning while nothing else happens: all comes
// again, once each and in order, and is committed again.
func (s *sim) rewind() {
	s.mu.Lock()
	s.first = map[broker.Partition][]int64{}
	for tp := range s.seen {
		s.seen[tp] = map[int64]bool{}
	}
	for id := range int32(s.parts) {
		s.sought[part(id)] = append(s.sought[part(id)], &sought{asked: time.Now()})
	}
	s.mu.Unlock()
	for _, n := range s.nodes {
		err := n.k.SeekAll(context.Background(), listener.FromBeginning())
		if err != nil && !errors.Is(err, container.ErrNotAssigned) {
			s.fault("rewind: %v", err)
		}
	}
	s.pass(5 * time.Minute)
	for id := range int32(s.parts) {
		tp := part(id)
		for offset := range s.cluster.End(tp) {
			if len(s.first[tp]) <= int(offset) || s.first[tp][offset] != offset {
				s.fault("after a rewind %d@%d is missing, or in the wrong place", id, offset)
				break
			}
		}
	}
}
