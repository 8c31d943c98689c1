package brokertest

import (
	"errors"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
)

func commitAndCommitted(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p, other := part(topic, 0), part(topic, 1)
	s := open(t, b, topic+"-g").join(topic, 2)
	if res, err := s.c.Commit(nil); err != nil || len(res) != 0 {
		t.Errorf("Commit of nothing: %v, %v", res, err)
	}
	for _, o := range []broker.Offset{{Partition: p, Offset: 3, Metadata: "some+metadata/=="}, {Partition: p, Offset: 5, LeaderEpoch: -1}} {
		done := make(chan error)
		go func() { // commits come from a goroutine of their own
			res, err := s.c.Commit([]broker.Offset{o})
			if err == nil && (len(res) != 1 || res[0].Err != nil || res[0].Offset != o.Offset) {
				err = errors.New("a strange answer")
			}
			done <- err
		}()
		must(t, <-done)
		got, err := s.c.Committed([]broker.Partition{p, other}, 5*time.Second)
		must(t, err)
		if got[0].Offset != o.Offset || got[0].Metadata != o.Metadata || got[0].Err != nil {
			t.Errorf("Committed: %+v, want %+v", got[0], o)
		}
		if got[1].Partition != other || got[1].Offset != broker.None || got[1].Err != nil {
			t.Errorf("Committed of a partition without an offset: %+v", got[1])
		}
	}
	must(t, s.c.Close())
	fill(t, b, p, 0, 8)
	values(t, open(t, b, topic+"-g").join(topic, 2).count(p, 3), 5)
}

// answersInOrder: the client sorts what it is given, but callers match by index.
func answersInOrder(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 4)
	s := open(t, b, topic+"-g").join(topic, 4)
	var parts []broker.Partition
	var offsets []broker.Offset
	for _, id := range []int32{2, 0, 3, 1} {
		parts = append(parts, part(topic, id))
		offsets = append(offsets, broker.Offset{Partition: part(topic, id), Offset: int64(10 + id), LeaderEpoch: -1})
		fill(t, b, part(topic, id), 0, int(id))
	}
	answers := map[string]func() ([]broker.Offset, error){
		"Commit":    func() ([]broker.Offset, error) { return s.c.Commit(offsets) },
		"Committed": func() ([]broker.Offset, error) { return s.c.Committed(parts, 5*time.Second) },
		"LogEnd":    func() ([]broker.Offset, error) { return s.c.LogEnd(parts, 5*time.Second) },
		"LogStart":  func() ([]broker.Offset, error) { return s.c.LogStart(parts, 5*time.Second) },
		"OffsetsAt": func() ([]broker.Offset, error) { return s.c.OffsetsAt(parts, time.UnixMilli(1), 5*time.Second) },
	}
	for what, ask := range answers {
		got, err := ask()
		must(t, err)
		for i, o := range got {
			if o.Partition != parts[i] || o.Err != nil {
				t.Errorf("%s: answer %d is %+v, asked for %+v", what, i, o, parts[i])
			}
		}
	}
}

func questionsInsideAssigned(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 3)
	fill(t, b, part(topic, 1), 0, 42)
	s := open(t, b, topic+"-g")
	var ends, committed []broker.Offset
	var errEnd, errCommitted error
	s.inside = func(parts []broker.Partition) {
		ends, errEnd = s.c.LogEnd(parts, 5*time.Second)
		committed, errCommitted = s.c.Committed(parts, 5*time.Second)
	}
	s.join(topic, 3)
	must(t, errEnd)
	must(t, errCommitted)
	if len(ends) != 3 || len(committed) != 3 {
		t.Fatalf("%d ends and %d committed offsets, want 3", len(ends), len(committed))
	}
	for i := range ends {
		want := map[int32]int64{1: 42}[ends[i].ID]
		if ends[i].Offset != want || ends[i].Err != nil || committed[i].Offset != broker.None || committed[i].Err != nil {
			t.Errorf("inside Assigned: end %+v (want %d), committed %+v", ends[i], want, committed[i])
		}
	}
}

func logEnd(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p := part(topic, 0)
	s := open(t, b, topic+"-g").join(topic, 2)
	for _, n := range []int{0, 7} {
		fill(t, b, p, 0, n)
		done := make(chan error)
		go func() {
			got, err := s.c.LogEnd([]broker.Partition{p}, 5*time.Second)
			if err == nil && (len(got) != 1 || got[0].Partition != p || got[0].Offset != int64(n) || got[0].Err != nil) {
				t.Errorf("LogEnd: %+v, want %d", got, n)
			}
			done <- err
		}()
		must(t, <-done)
	}
	got, err := s.c.LogEnd(nil, time.Second)
	if err != nil || len(got) != 0 {
		t.Errorf("LogEnd of nothing: %v, %v", got, err)
	}
}

func missingOffset(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	fill(t, b, part(topic, 0), 0, 3)
	s := open(t, b, topic+"-g", "auto.offset.reset", "error").join(topic, 1)
	s.until("the missing offset is reported", func() bool { return s.hasError(broker.NoOffset) })
	s.count(part(topic, 0), 0)
}

func missingTopic(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	s := open(t, b, topic+"-g")
	s.subscribe(topic + "-missing")
	s.until("the missing topic is reported", func() bool { return s.hasError(broker.MissingTopic) })
}

func nothingAfterClose(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := []broker.Partition{part(topic, 0)}
	s := open(t, b, topic+"-g").join(topic, 1)
	must(t, s.c.Close())
	_, commit := s.c.Commit([]broker.Offset{{Partition: p[0], Offset: 1}})
	_, committed := s.c.Committed(p, time.Second)
	_, end := s.c.LogEnd(p, time.Second)
	_, start := s.c.LogStart(p, time.Second)
	_, at := s.c.OffsetsAt(p, time.Now(), time.Second)
	_, known := s.c.Topics([]string{topic}, time.Second)
	s.c.Next(s.limits, &s.turn)
	if len(s.turn.Errors) != 1 || len(s.turn.Chunks) != 0 {
		t.Fatalf("Next after Close: %+v", s.turn)
	}
	for what, err := range map[string]error{
		"Subscribe": s.c.Subscribe([]string{topic}, s), "Next": s.turn.Errors[0],
		"Pause": s.c.Pause(p), "Resume": s.c.Resume(p), "Seek": s.c.Seek(broker.Offset{Partition: p[0]}, 1),
		"Commit": commit, "Committed": committed, "LogEnd": end, "LogStart": start, "OffsetsAt": at,
		"Topics": known, "Assign": s.c.Assign(p, s), "Close": s.c.Close(),
	} {
		if !errors.Is(err, broker.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if !s.c.AssignmentLost() {
		t.Error("AssignmentLost after Close is false")
	}
	_ = s.c.MemberID()
}

func openNeedsGroup(t *testing.T, b Backend) {
	c, err := b.Open(broker.Params{Config: map[string]string{}})
	if err == nil {
		_ = c.Close()
		t.Fatal("Open without group.id: no error")
	}
}
