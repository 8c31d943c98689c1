package brokertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

const (
	patience = 2 * time.Minute        // longest wait for a fact, also on a machine that is very busy
	silence  = 400 * time.Millisecond // how long nothing must happen
	turnWait = 20 * time.Millisecond
)

// A session is one member, driven by the test's goroutine, with everything that
// it was told and given.
type session struct {
	t      testing.TB
	c      broker.Consumer
	limits broker.Limits
	turn   broker.Turn
	got    map[broker.Partition][]listener.RawRecord
	chunks []broker.Chunk
	errs   []error

	start    func(broker.Partition) (int64, bool) // nil is Stored
	inside   func([]broker.Partition)             // runs inside Assigned
	revoking func([]broker.Partition)             // runs inside Revoked
	epoch    uint64
	owned    map[broker.Partition]uint64
	log      []string
}

// open makes a session that has not subscribed yet; it is closed with the test.
func open(t testing.TB, b Backend, group string, more ...string) *session {
	t.Helper()
	config := map[string]string{"group.id": group, "auto.offset.reset": "earliest"}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
	}
	c, err := b.Open(broker.Params{Config: config})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	s := &session{
		t: t, c: c, limits: broker.Limits{Wait: turnWait, Records: 500, Bytes: 1 << 20},
		got: map[broker.Partition][]listener.RawRecord{}, owned: map[broker.Partition]uint64{},
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil && !errors.Is(err, broker.ErrClosed) {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// join subscribes and waits for n partitions.
func (s *session) join(topic string, n int) *session {
	s.t.Helper()
	s.subscribe(topic)
	s.until(fmt.Sprintf("%d partitions are assigned", n), func() bool { return len(s.owned) == n })
	return s
}

func (s *session) subscribe(topic string) {
	s.t.Helper()
	if err := s.c.Subscribe([]string{topic}, s); err != nil {
		s.t.Fatalf("Subscribe: %v", err)
	}
}

// next runs one turn and checks what holds for every turn.
func (s *session) next() {
	s.t.Helper()
	s.c.Next(s.limits, &s.turn)
	s.errs = append(s.errs, s.turn.Errors...)
	seen := map[broker.Partition]bool{}
	for _, c := range s.turn.Chunks {
		epoch, owned := s.owned[c.Partition]
		if !owned || epoch != c.Epoch || seen[c.Partition] || len(c.Records) == 0 {
			s.t.Fatalf("chunk of %v: owned %v, epoch %d (owner's %d), twice %v, %d records", c.Partition, owned, c.Epoch, epoch, seen[c.Partition], len(c.Records))
		}
		seen[c.Partition] = true
		for _, r := range c.Records {
			if r.Topic != c.Topic || r.Partition != c.ID {
				s.t.Fatalf("record of %s[%d] in the chunk of %v", r.Topic, r.Partition, c.Partition)
			}
		}
		s.got[c.Partition] = append(s.got[c.Partition], c.Records...)
		s.chunks = append(s.chunks, c)
	}
}

// until runs turns of s, and of the others that share its group, until cond.
func (s *session) until(what string, cond func() bool, others ...*session) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !cond(); {
		if time.Now().After(deadline) {
			s.t.Fatalf("after %v it is not so that %s; events %v, errors %v", patience, what, s.log, s.errs)
		}
		s.next()
		for _, o := range others {
			o.next()
		}
	}
}

// count waits for n records of p and then for silence, and returns the records.
func (s *session) count(p broker.Partition, n int) []listener.RawRecord {
	s.t.Helper()
	s.until(fmt.Sprintf("%d records of %v are there", n, p), func() bool { return len(s.got[p]) >= n })
	s.quiet()
	if len(s.got[p]) != n {
		s.t.Fatalf("%d records of %v, want %d", len(s.got[p]), p, n)
	}
	return s.got[p]
}

// quiet runs turns for a while.
func (s *session) quiet() {
	s.t.Helper()
	for end := time.Now().Add(silence); time.Now().Before(end); {
		s.next()
	}
}

// hasError reports whether an error of class came.
func (s *session) hasError(class broker.Class) bool {
	return slices.ContainsFunc(s.errs, func(err error) bool {
		e, ok := err.(*broker.ClientError)
		return ok && e.Class == class
	})
}

// Assigned is broker.Owner's: it takes everything that start wants.
func (s *session) Assigned(parts []broker.Partition) (answer []broker.Assignment) {
	s.log = append(s.log, fmt.Sprint("assigned ", parts))
	if s.inside != nil {
		s.inside(parts)
	}
	s.epoch++
	for _, p := range parts {
		to, ok := broker.Stored, true
		if s.start != nil {
			to, ok = s.start(p)
		}
		s.owned[p] = 0
		if ok {
			s.owned[p] = s.epoch
			answer = append(answer, broker.Assignment{Partition: p, Start: broker.Offset{Partition: p, Offset: to}, Epoch: s.epoch})
		}
	}
	return answer
}

// Revoked is broker.Owner's.
func (s *session) Revoked(parts []broker.Partition) {
	s.log = append(s.log, fmt.Sprint("revoked ", parts))
	if s.revoking != nil {
		s.revoking(parts)
	}
	s.drop(parts)
}

// Lost is broker.Owner's.
func (s *session) Lost(parts []broker.Partition) {
	s.log = append(s.log, fmt.Sprint("lost ", parts))
	s.drop(parts)
}

func (s *session) drop(parts []broker.Partition) {
	for _, p := range parts {
		if _, ok := s.owned[p]; !ok {
			s.t.Errorf("%v is taken away but was not assigned", p)
		}
		delete(s.owned, p)
	}
}

// part names partition id of topic.
func part(topic string, id int32) broker.Partition { return broker.Partition{Topic: topic, ID: id} }

// fill produces n records with values "from", "from+1" … to p.
func fill(t testing.TB, b Backend, p broker.Partition, from, n int) {
	t.Helper()
	recs := make([]listener.RawRecord, n)
	for i := range recs {
		recs[i].Key, recs[i].Value = []byte("k"), fmt.Appendf(nil, "%d", from+i)
	}
	b.Produce(t, p, recs...)
}

// values checks that recs carry from, from+1 … with rising offsets.
func values(t testing.TB, recs []listener.RawRecord, from int) {
	t.Helper()
	for i, r := range recs {
		if string(r.Value) != fmt.Sprint(from+i) || i > 0 && r.Offset <= recs[i-1].Offset {
			t.Fatalf("record %d is %q at offset %d, want value %d", i, r.Value, r.Offset, from+i)
		}
	}
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
