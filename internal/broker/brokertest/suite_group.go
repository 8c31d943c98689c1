package brokertest

import (
	"errors"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

func closeRevokes(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p := part(topic, 0)
	fill(t, b, p, 0, 10)
	s := open(t, b, topic+"-g").join(topic, 2)
	s.count(p, 10)
	s.revoking = func(parts []broker.Partition) {
		if len(parts) != 2 || s.c.AssignmentLost() {
			t.Errorf("Close revokes %v, lost %v", parts, s.c.AssignmentLost())
		}
		done := make(chan error)
		go func() { // the committer's goroutine, while the owner waits in the callback
			_, err := s.c.Commit([]broker.Offset{{Partition: p, Offset: 6}})
			done <- err
		}()
		must(t, <-done)
	}
	must(t, s.c.Close())
	if len(s.owned) != 0 {
		t.Errorf("after Close %v is still owned; events %v", s.owned, s.log)
	}
	values(t, open(t, b, topic+"-g").join(topic, 2).count(p, 4), 6)
}

// A Sitter is a Backend whose broker expels members that it does not hear of.
type Sitter interface {
	// Sit makes the sessions of a group's members that long, and returns the
	// properties, name by name and value, that its members need for it.
	Sit(t testing.TB, group string, session time.Duration) []string
}

// idleLeaves closes a member that has no partition yet, in the moment in which
// another has given one up for it: the group must not wait for its session's end.
func idleLeaves(t *testing.T, b Backend) {
	const session = time.Minute // twice what a machine may take that is very busy
	topic := b.CreateTopic(t, 2)
	var config []string
	if s, ok := b.(Sitter); ok {
		config = s.Sit(t, topic+"-g", session)
	}
	one := open(t, b, topic+"-g", config...).join(topic, 2)
	two := open(t, b, topic+"-g", config...)
	two.subscribe(topic)
	one.until("one has given up a partition", func() bool { return len(one.owned) < 2 }, two)
	must(t, two.c.Close())
	closed := time.Now()
	one.until("one has it again", func() bool { return len(one.owned) == 2 })
	if took := time.Since(closed); took > session/2 {
		t.Errorf("one had it again after %v: the member that was closed did not leave", took)
	}
}

func closeInsideCallback(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	s := open(t, b, topic+"-g")
	var inside error
	s.inside = func([]broker.Partition) { inside = s.c.Close() }
	s.join(topic, 1)
	if !errors.Is(inside, broker.ErrBusy) {
		t.Errorf("Close inside Assigned: %v, want ErrBusy", inside)
	}
	fill(t, b, part(topic, 0), 0, 5)
	s.count(part(topic, 0), 5)
}

// handOver moves partitions between members that read all the time and commit
// in Revoked: everything arrives once.
func handOver(t *testing.T, b Backend) {
	const parts, each = 4, 600
	topic := b.CreateTopic(t, parts)
	for id := range int32(parts) {
		fill(t, b, part(topic, id), 0, each/2)
	}
	one := committing(t, b, topic).join(topic, parts)
	one.until("some are read", func() bool { return len(one.got[part(topic, 3)]) > 20 })
	two := committing(t, b, topic)
	two.subscribe(topic)
	one.until("both have two partitions", func() bool { return len(one.owned) == 2 && len(two.owned) == 2 }, two)
	for id := range int32(parts) {
		fill(t, b, part(topic, id), each/2, each/2)
	}
	one.until("two has read something", func() bool { return len(two.chunks) > 3 }, two)
	must(t, one.c.Close())
	two.until("two has all partitions", func() bool { return len(two.owned) == parts })
	total := func() (n int) {
		for id := range int32(parts) {
			n += len(one.got[part(topic, id)]) + len(two.got[part(topic, id)])
		}
		return n
	}
	two.until("everything is read", func() bool { return total() >= parts*each })
	two.quiet()
	for id := range int32(parts) {
		values(t, append(one.got[part(topic, id)], two.got[part(topic, id)]...), 0)
	}
	if total() != parts*each {
		t.Errorf("%d records, want %d", total(), parts*each)
	}
}

// committing makes a member that commits what it has read, in Revoked.
func committing(t *testing.T, b Backend, topic string) *session {
	s := open(t, b, topic+"-g")
	s.limits.Records = 10
	s.revoking = func(ps []broker.Partition) {
		var offsets []broker.Offset
		for _, p := range ps {
			if recs := s.got[p]; len(recs) > 0 {
				offsets = append(offsets, broker.Offset{Partition: p, Offset: recs[len(recs)-1].Offset + 1})
			}
		}
		_, err := s.c.Commit(offsets)
		must(t, err)
	}
	return s
}

// pauseEndsWithAssignment: the client remembers the pause of a partition that
// went away; a new assignment must not.
func pauseEndsWithAssignment(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	one := open(t, b, topic+"-g").join(topic, 2)
	both := []broker.Partition{part(topic, 0), part(topic, 1)}
	must(t, one.c.Pause(both))
	two := open(t, b, topic+"-g")
	two.subscribe(topic)
	one.until("each has one", func() bool { return len(one.owned) == 1 && len(two.owned) == 1 }, two)
	var moved broker.Partition
	for p := range two.owned {
		moved = p
	}
	must(t, two.c.Close())
	one.until("one has both again", func() bool { return len(one.owned) == 2 })
	fill(t, b, moved, 0, 5)
	values(t, one.count(moved, 5), 0)
}

func secondAssignment(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	one := open(t, b, topic+"-g").join(topic, 2)
	first := map[broker.Partition]uint64{part(topic, 0): one.owned[part(topic, 0)], part(topic, 1): one.owned[part(topic, 1)]}
	two := open(t, b, topic+"-g")
	two.subscribe(topic)
	one.until("each has one", func() bool { return len(one.owned) == 1 && len(two.owned) == 1 }, two)
	var moved broker.Partition
	for p := range two.owned {
		moved = p
	}
	must(t, two.c.Close())
	one.until("one has both again", func() bool { return len(one.owned) == 2 })
	if one.owned[moved] == first[moved] {
		t.Fatalf("epoch of %v is %d again", moved, first[moved])
	}
	fill(t, b, moved, 0, 5)
	one.count(moved, 5) // next checks that chunks carry the present epoch
}

// fencedInstance: of two members with one group.instance.id one is told that it
// is over (the older one, or with group.protocol=consumer the newcomer).
func fencedInstance(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	one := open(t, b, topic+"-g", "group.instance.id", "i-0").join(topic, 2)
	two := open(t, b, topic+"-g", "group.instance.id", "i-0")
	two.subscribe(topic)
	over := func(s *session) bool { return s.hasError(broker.FencedInstance) || s.hasError(broker.Dead) }
	one.until("one of two with one instance id is fenced", func() bool { return over(one) || over(two) }, two)
	fenced, other := one, two
	if over(two) {
		fenced, other = two, one
	}
	_ = fenced.c.Close() // it may repeat the fatal error
	if len(fenced.owned) != 0 {
		t.Errorf("the fenced member still owns %v; events %v", fenced.owned, fenced.log)
	}
	other.until("the other has everything", func() bool { return len(other.owned) == 2 })
}
