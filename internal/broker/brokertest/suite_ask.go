package brokertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

func offsetsAt(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 3)
	p, empty, other := part(topic, 0), part(topic, 1), part(topic, 2)
	first := time.UnixMilli(1_600_000_000_000)
	for i := range 5 {
		at := first.Add(time.Duration(i) * time.Second)
		b.Produce(t, p, listener.RawRecord{Value: []byte("v"), Timestamp: at})
		b.Produce(t, other, listener.RawRecord{Value: []byte("v"), Timestamp: at.Add(-2 * time.Second)})
	}
	c := open(t, b, topic+"-g").c
	for _, q := range []struct {
		what string
		at   time.Time
		want [3]int64 // of other, p, empty
	}{
		{"before all", first.Add(-time.Hour), [3]int64{0, 0, 0}},
		{"equal to the first", first, [3]int64{2, 0, 0}},
		{"between two", first.Add(1500 * time.Millisecond), [3]int64{4, 2, 0}},
		{"a microsecond after one", first.Add(time.Second + time.Microsecond), [3]int64{4, 2, 0}},
		{"equal to the last", first.Add(4 * time.Second), [3]int64{5, 4, 0}},
		{"after all", first.Add(time.Hour), [3]int64{5, 5, 0}},
		{"the zero time", time.Time{}, [3]int64{0, 0, 0}},
	} {
		got, err := c.OffsetsAt([]broker.Partition{other, p, empty}, q.at, 5*time.Second)
		must(t, err)
		answered(t, "OffsetsAt "+q.what, got, broker.Offset{Partition: other, Offset: q.want[0]},
			broker.Offset{Partition: p, Offset: q.want[1]}, broker.Offset{Partition: empty, Offset: q.want[2]})
	}
	if got, err := c.OffsetsAt(nil, first, time.Second); err != nil || len(got) != 0 {
		t.Errorf("OffsetsAt of nothing: %v, %v", got, err)
	}
}

func logStart(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 3)
	p, q := part(topic, 2), part(topic, 0)
	fill(t, b, p, 0, 10)
	fill(t, b, q, 0, 10)
	c := open(t, b, topic+"-g").c
	for _, start := range []int64{0, 4, 10} {
		if start > 0 {
			b.Trim(t, p, start)
		}
		got, err := c.LogStart([]broker.Partition{p, part(topic, 1), q}, 5*time.Second)
		must(t, err)
		answered(t, "LogStart", got, broker.Offset{Partition: p, Offset: start},
			broker.Offset{Partition: part(topic, 1)}, broker.Offset{Partition: q})
	}
	s := open(t, b, topic+"-h").at(broker.Beginning).assign(p)
	fill(t, b, p, 10, 3)
	values(t, s.count(p, 3), 10)
}

// answered checks answers and their order.
func answered(t *testing.T, what string, got []broker.Offset, want ...broker.Offset) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %+v, want %+v", what, got, want)
	}
	for i, o := range got {
		if o.Partition != want[i].Partition || o.Offset != want[i].Offset || o.Err != nil {
			t.Errorf("%s: answer %d is %+v, want %+v", what, i, o, want[i])
		}
	}
}

// missingPartitions: a question about what does not exist is answered for the rest.
func missingPartitions(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	fill(t, b, part(topic, 0), 0, 3)
	c := open(t, b, topic+"-g").c
	absent := part(topic+"-missing", 0)
	for what, ask := range map[string]func([]broker.Partition, time.Duration) ([]broker.Offset, error){
		"LogStart": c.LogStart, "LogEnd": c.LogEnd,
		"OffsetsAt": func(ps []broker.Partition, d time.Duration) ([]broker.Offset, error) {
			return c.OffsetsAt(ps, time.UnixMilli(1), d)
		},
	} {
		for _, parts := range [][]broker.Partition{{absent}, {part(topic, 9), part(topic, 0)}} {
			got, err := ask(parts, 10*time.Second)
			if err != nil || len(got) != len(parts) || !isClass(got[0].Err, broker.MissingTopic) || got[len(got)-1].Partition != parts[len(parts)-1] {
				t.Errorf("%s of %v: %+v, %v", what, parts, got, err)
			} else if len(got) == 2 && got[1].Err != nil {
				t.Errorf("%s: one that is missing spoils the other: %+v", what, got)
			}
		}
	}
}

func topics(t *testing.T, b Backend) {
	one, two := b.CreateTopic(t, 1), b.CreateTopic(t, 3)
	absent := one + "-missing"
	c := open(t, b, one+"-g").c
	for range 2 { // to ask does not create
		got, err := c.Topics([]string{two, absent, one, two}, 10*time.Second)
		must(t, err)
		if len(got) != 4 || got[0] != (broker.Topic{Name: two, Partitions: 3}) || got[2] != (broker.Topic{Name: one, Partitions: 1}) || got[3] != got[0] {
			t.Fatalf("Topics: %+v", got)
		}
		if got[1].Name != absent || !isClass(got[1].Err, broker.MissingTopic) {
			t.Errorf("Topics of one that is missing: %+v", got[1])
		}
	}
	all, err := c.Topics(nil, 10*time.Second)
	must(t, err)
	if !slices.IsSortedFunc(all, func(a, b broker.Topic) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("all topics are not in order: %+v", all)
	}
	has := func(want broker.Topic) bool { return slices.Contains(all, want) }
	if !has(broker.Topic{Name: one, Partitions: 1}) || !has(broker.Topic{Name: two, Partitions: 3}) {
		t.Errorf("all topics: %+v", all)
	}
	if slices.ContainsFunc(all, func(t broker.Topic) bool { return t.Name == absent }) {
		t.Error("all topics name one that does not exist")
	}
	b.AddTopic(t, absent, 2)
	got, err := c.Topics([]string{absent}, 10*time.Second)
	if err != nil || got[0] != (broker.Topic{Name: absent, Partitions: 2}) {
		t.Errorf("Topics once it exists: %+v, %v", got, err)
	}
}

// topicCreatedLater, patternFindsNewTopics and partitionsAdded: what comes
// later is found without a new subscription.
func topicCreatedLater(t *testing.T, b Backend) {
	name := b.CreateTopic(t, 1) + "-later"
	s := open(t, b, name+"-g")
	s.subscribe(name)
	s.quiet()
	b.AddTopic(t, name, 2)
	s.until("the topic is found", func() bool { return len(s.owned) == 2 })
	fill(t, b, part(name, 1), 0, 5)
	values(t, s.count(part(name, 1), 5), 0)
}

func patternFindsNewTopics(t *testing.T, b Backend) {
	name := b.CreateTopic(t, 1)
	s := open(t, b, name+"-g").join("^"+name+".*", 1)
	b.AddTopic(t, name+"-more", 2)
	s.until("the new topic is found", func() bool { return len(s.owned) == 3 })
	fill(t, b, part(name+"-more", 1), 0, 5)
	values(t, s.count(part(name+"-more", 1), 5), 0)
}

func partitionsAdded(t *testing.T, b Backend) {
	name := b.CreateTopic(t, 1)
	s := open(t, b, name+"-g").join(name, 1)
	epoch := s.owned[part(name, 0)]
	b.AddTopic(t, name, 3)
	s.until("the new partitions are found", func() bool { return len(s.owned) == 3 })
	fill(t, b, part(name, 2), 0, 5)
	values(t, s.count(part(name, 2), 5), 0)
	if epoch == s.owned[part(name, 2)] {
		t.Errorf("epochs %v", s.owned)
	}
}

// isClass reports whether err is a *broker.ClientError of class.
func isClass(err error, class broker.Class) bool {
	e, ok := err.(*broker.ClientError)
	return ok && e.Class == class
}
