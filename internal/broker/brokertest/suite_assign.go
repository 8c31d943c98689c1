package brokertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

// assign takes partitions without the group; one turn does it.
func (s *session) assign(parts ...broker.Partition) *session {
	s.t.Helper()
	must(s.t, s.c.Assign(parts, s))
	s.next()
	if len(s.owned) != len(parts) || len(s.turn.Chunks) > 0 {
		s.t.Fatalf("after Assign of %v one turn brought %d partitions and %d chunks", parts, len(s.owned), len(s.turn.Chunks))
	}
	return s
}

// at makes the session start at offset everywhere.
func (s *session) at(offset int64) *session {
	s.start = func(broker.Partition) (int64, bool) { return offset, true }
	return s
}

func explicitPartitions(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 5)
	for id := range int32(5) {
		fill(t, b, part(topic, id), 0, 10)
	}
	starts := []int64{4, broker.Beginning, broker.End, 10}
	s := open(t, b, topic+"-g")
	s.start = func(p broker.Partition) (int64, bool) { return starts[p.ID], true }
	s.assign(part(topic, 3), part(topic, 1), part(topic, 0), part(topic, 2))
	for id, from := range []int{4, 0, 10, 10} {
		values(t, s.count(part(topic, int32(id)), 10-from), from)
	}
	fill(t, b, part(topic, 2), 10, 3)
	values(t, s.count(part(topic, 2), 3), 10)
	if s.c.AssignmentLost() || len(s.got[part(topic, 4)]) > 0 || len(s.errs) > 0 {
		t.Errorf("lost %v, %d records of a partition that was not asked for, errors %v", s.c.AssignmentLost(), len(s.got[part(topic, 4)]), s.errs)
	}
}

// assignCommits: the offsets of explicit partitions are the group's, and each
// start begins where its owner says.
func assignCommits(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p, other := part(topic, 0), part(topic, 1)
	fill(t, b, p, 0, 10)
	one := open(t, b, topic+"-g").at(2).assign(p)
	values(t, one.count(p, 8), 2)
	res, err := one.c.Commit([]broker.Offset{{Partition: p, Offset: 6, Metadata: "m"}})
	if err != nil || len(res) != 1 || res[0].Err != nil {
		t.Fatalf("Commit without a group: %+v, %v", res, err)
	}
	must(t, one.c.Close())
	two := open(t, b, topic+"-g").at(broker.Stored)
	got, err := two.c.Committed([]broker.Partition{other, p}, 5*time.Second)
	if err != nil || got[0].Offset != broker.None || got[1].Offset != 6 || got[1].Metadata != "m" {
		t.Fatalf("Committed from outside: %+v, %v", got, err)
	}
	values(t, two.assign(p).count(p, 4), 6)
	values(t, open(t, b, topic+"-g").at(3).assign(p).count(p, 7), 3)
}

// newGroupCommittedNothing: before anybody has joined or committed.
func newGroupCommittedNothing(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	got, err := open(t, b, topic+"-new").c.Committed([]broker.Partition{part(topic, 0)}, 5*time.Second)
	if err != nil || len(got) != 1 || got[0].Offset != broker.None || got[0].Err != nil {
		t.Errorf("Committed of a group that does not exist: %+v, %v", got, err)
	}
}

// assignReplaces: what stays goes on as it was, what goes is drained and
// committed, what comes is started.
func assignReplaces(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 3)
	parts := []broker.Partition{part(topic, 0), part(topic, 1), part(topic, 2)}
	for _, p := range parts {
		fill(t, b, p, 0, 1000)
	}
	s := committing(t, b, topic).at(broker.Beginning).assign(parts[0], parts[1])
	stays := s.owned[parts[1]]
	s.until("both are read", func() bool { return len(s.got[parts[0]]) > 30 && len(s.got[parts[1]]) > 30 })
	s.assign(parts[1], parts[2])
	had := len(s.got[parts[0]])
	if s.owned[parts[1]] != stays || s.owned[parts[2]] == stays {
		t.Errorf("epochs %v, partition 1 had %d", s.owned, stays)
	}
	for _, p := range parts[1:] {
		values(t, s.count(p, 1000), 0)
	}
	if len(s.got[parts[0]]) != had {
		t.Errorf("%d records came after the partition was gone", len(s.got[parts[0]])-had)
	}
	got, err := s.c.Committed(parts[:1], 5*time.Second)
	if err != nil || got[0].Offset != int64(had) {
		t.Errorf("Revoked committed %+v, %v, want %d", got, err, had)
	}
	s.assign()
	values(t, s.at(int64(had)).assign(parts[0]).count(parts[0], 1000), 0)
	if len(s.log) != 5 {
		t.Errorf("events %v, want 0 and 1 in, 0 out, 2 in, 1 and 2 out, 0 in", s.log)
	}
}

func assignCloseRevokes(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p := part(topic, 0)
	fill(t, b, p, 0, 10)
	s := committing(t, b, topic).at(broker.Beginning).assign(p, part(topic, 1))
	s.count(p, 10)
	must(t, s.c.Close())
	if len(s.owned) != 0 {
		t.Errorf("after Close %v is still owned; events %v", s.owned, s.log)
	}
	got, err := open(t, b, topic+"-g").c.Committed([]broker.Partition{p}, 5*time.Second)
	if err != nil || got[0].Offset != 10 {
		t.Errorf("the commit inside Close: %+v, %v", got, err)
	}
}

func assignOrSubscribe(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	one := open(t, b, topic+"-g").at(broker.Beginning).assign(part(topic, 0))
	if one.c.Subscribe([]string{topic}, one) == nil {
		t.Error("Subscribe after Assign: no error")
	}
	two := open(t, b, topic+"-g").join(topic, 1)
	if two.c.Assign([]broker.Partition{part(topic, 0)}, two) == nil {
		t.Error("Assign after Subscribe: no error")
	}
	_, err := one.c.Commit([]broker.Offset{{Partition: part(topic, 0), Offset: 1}})
	if e := (*broker.ClientError)(nil); !errors.As(err, &e) || e.Class != broker.Fenced {
		t.Errorf("a commit from outside beside a member: %v, want Fenced", err)
	}
	must(t, two.c.Close())
	if _, err := one.c.Commit([]broker.Offset{{Partition: part(topic, 0), Offset: 1}}); err != nil {
		t.Errorf("a commit when the member is gone: %v", err)
	}
}

func assignLeftOut(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p, q := part(topic, 0), part(topic, 1)
	fill(t, b, p, 0, 5)
	fill(t, b, q, 0, 5)
	s := open(t, b, topic+"-g")
	_, err := s.c.Commit([]broker.Offset{{Partition: q, Offset: 2}})
	must(t, err)
	s.start = func(p broker.Partition) (int64, bool) { return broker.Beginning, p.ID == 0 }
	s.assign(p, q)
	values(t, s.count(p, 5), 0)
	s.count(q, 0)
	must(t, s.c.Resume([]broker.Partition{q}))
	values(t, s.count(q, 3), 2)
}

func assignMissing(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	s := open(t, b, topic+"-g").at(broker.Beginning).assign(part(topic, 0), part(topic, 7))
	s.until("the missing partition is reported", func() bool { return s.hasError(broker.MissingTopic) })
	fill(t, b, part(topic, 0), 0, 5)
	values(t, s.count(part(topic, 0), 5), 0)
	if !slices.Contains(s.log, "assigned [{"+topic+" 0} {"+topic+" 7}]") {
		t.Errorf("events %v", s.log)
	}
}
