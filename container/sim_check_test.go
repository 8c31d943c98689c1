package container_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// begin looks at what a handler call may be: no second one of its partition,
// and nothing that its owner has committed.
func (n *node) begin(ctx context.Context, d *listener.Delivery) {
	tp := broker.Partition{Topic: d.Records[0].Topic, ID: d.Records[0].Partition}
	committed, owner := n.committed(tp.ID), n.group.Owner(tp)
	mine := owner != nil && n.latest(listener.Info(ctx).Consumer).Member == owner
	s := n.s
	s.mu.Lock()
	n.running[tp.ID]++
	two := n.running[tp.ID] > 1
	again := s.wasSought(tp, d.Records[0].Offset)
	if s.seen[tp] == nil {
		s.seen[tp], s.done[tp] = map[int64]bool{}, map[int64]time.Time{}
	}
	for _, r := range d.Records {
		if !s.seen[tp][r.Offset] {
			s.seen[tp][r.Offset] = true
			s.first[tp] = append(s.first[tp], r.Offset)
		}
	}
	s.mu.Unlock()
	if two {
		s.fault("two handlers of partition %d at once", tp.ID)
	}
	if mine && d.Records[0].Offset < committed && !again && !s.wild() {
		s.fault("%d@%d runs again although %d is committed", tp.ID, d.Records[0].Offset, committed)
	}
}

// finish looks whether the record is still what it was at the begin.
func (n *node) finish(d *listener.Delivery, was listener.RawRecord) {
	if now := d.Records[0]; now.Offset != was.Offset || now.Topic != was.Topic || now.Partition != was.Partition || !bytes.Equal(now.Value, was.Value) {
		n.s.fault("%d@%d was overwritten while its handler had it", was.Partition, was.Offset)
	}
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.running[was.Partition]--
}

// latest returns the newest client of a consumer.
func (n *node) latest(consumer int) *client {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := len(n.clients) - 1; i >= 0; i-- {
		if n.clients[i].index == consumer {
			return n.clients[i]
		}
	}
	panic("no client")
}

// mark says that the work of the first records is done.
func (s *sim) mark(d *listener.Delivery, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range d.Records[:n] {
		tp := broker.Partition{Topic: r.Topic, ID: r.Partition}
		if s.done[tp][r.Offset].IsZero() {
			s.done[tp][r.Offset] = time.Now()
		}
	}
}

// wild runs have slow commits and lost members: a commit may then land after
// its owner was replaced, and the next owner asserts its own again.
func (s *sim) wild() bool { return s.slow && s.losing }

// check looks at the whole story: everything was done and is committed, first
// deliveries came in order, no commit ran ahead of the work or went back.
func (s *sim) check() {
	s.checkCommitted()
	for id := range int32(s.parts) {
		tp := part(id)
		end := s.cluster.End(tp)
		for offset := range end {
			if s.done[tp][offset].IsZero() {
				s.fault("%d@%d was never done", id, offset)
			}
		}
		for i, offset := range s.first[tp] {
			if i > 0 && offset < s.first[tp][i-1] {
				s.fault("%d@%d came first after %d", id, offset, s.first[tp][i-1])
			}
		}
	}
	done := map[broker.Partition]int64{} // checked so far
	for _, c := range s.group.Commits() {
		for offset := done[c.Partition]; offset < c.Offset.Offset; offset++ {
			if at := s.done[c.Partition][offset]; at.IsZero() || at.After(c.At) {
				s.fault("%d was committed up to %d before %d was done", c.ID, c.Offset.Offset, offset)
			}
			done[c.Partition] = offset + 1
		}
	}
	switch {
	case s.wild():
	case s.moving:
		s.checkBack()
	default:
		s.group.CheckMonotonic(recorder{s.t, s})
	}
}

func (s *sim) checkCommitted() {
	for id := range int32(s.parts) {
		end := s.cluster.End(part(id))
		if got := s.group.Committed(part(id)).Offset; got != end && end > 0 {
			s.fault("partition %d is committed up to %d of %d", id, got, end)
		}
	}
}

// A recorder takes a check's errors as faults.
type recorder struct {
	testing.TB
	s *sim
}

func (recorder) Helper() {}

func (r recorder) Errorf(format string, args ...any) { r.s.fault(format, args...) }
