package brokertest

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

func deliversInOrder(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 3)
	for id := range int32(3) {
		fill(t, b, part(topic, id), 0, 1000)
	}
	s := open(t, b, topic+"-g").join(topic, 3)
	for id := range int32(3) {
		values(t, s.count(part(topic, id), 1000), 0)
	}
	fill(t, b, part(topic, 1), 1000, 10)
	values(t, s.count(part(topic, 1), 1010), 0)
}

func chunksKeepLimits(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 100)
	b.Produce(t, p, listener.RawRecord{Value: make([]byte, 5000)}, listener.RawRecord{Value: []byte("x")})
	s := open(t, b, topic+"-g")
	s.limits.Records, s.limits.Bytes = 10, 1000
	s.join(topic, 1).count(p, 102)
	for _, c := range s.chunks {
		size := 0
		for i, r := range c.Records {
			if i > 0 && size >= 1000 {
				t.Errorf("a chunk has %d bytes before its record %d", size, i)
			}
			size += len(r.Key) + len(r.Value)
		}
		if len(c.Records) > 10 {
			t.Errorf("a chunk has %d records", len(c.Records))
		}
	}
}

func chunksBelongToCaller(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 60)
	s := open(t, b, topic+"-g")
	s.limits.Records = 7
	s.join(topic, 1).count(p, 60)
	var all []listener.RawRecord
	for _, c := range s.chunks { // all slices that were ever handed out, after the last turn
		all = append(all, c.Records...)
	}
	values(t, all, 0)
}

func nullsAndHeaders(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	at := time.UnixMilli(1_600_000_000_123)
	sent := []listener.RawRecord{
		{Key: nil, Value: nil},
		{Key: []byte{}, Value: []byte{}},
		{Key: []byte("k"), Value: nil},
		{Key: nil, Value: []byte("v")},
		{Key: []byte("k"), Value: []byte("v"), Headers: listener.Headers{
			{Key: "a", Value: []byte("1")},
			{Key: "a", Value: []byte("2")},
			{Key: "null", Value: nil},
			{Key: "empty", Value: []byte{}},
			{Key: "", Value: []byte("no name")},
		}},
		{Key: []byte{0, 255}, Value: bytes.Repeat([]byte{1}, 900_000)},
	}
	for i := range sent {
		sent[i].Timestamp = at.Add(time.Duration(i) * time.Second)
	}
	b.Produce(t, p, sent...)
	got := open(t, b, topic+"-g").join(topic, 1).count(p, len(sent))
	for i, r := range got {
		w := sent[i]
		if !reflect.DeepEqual(r.Key, w.Key) || !reflect.DeepEqual(r.Value, w.Value) {
			t.Errorf("record %d: key %#v value %.20q (nil: %v), want %#v %.20q", i, r.Key, r.Value, r.Value == nil, w.Key, w.Value)
		}
		if !reflect.DeepEqual(r.Headers, w.Headers) {
			t.Errorf("record %d: headers %#v, want %#v", i, r.Headers, w.Headers)
		}
		if !r.Timestamp.Equal(w.Timestamp) || r.Attempt != 1 {
			t.Errorf("record %d: timestamp %v, want %v; attempt %d", i, r.Timestamp, w.Timestamp, r.Attempt)
		}
	}
}

func startPositions(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 4)
	for id := range int32(4) {
		fill(t, b, part(topic, id), 0, 10)
	}
	starts := []int64{4, broker.Beginning, broker.End, broker.Stored}
	s := open(t, b, topic+"-g")
	s.start = func(p broker.Partition) (int64, bool) { return starts[p.ID], true }
	s.join(topic, 4)
	for id, from := range []int{4, 0, 10, 0} { // Stored: nothing committed, earliest
		values(t, s.count(part(topic, int32(id)), 10-from), from)
	}
	fill(t, b, part(topic, 2), 10, 3)
	values(t, s.count(part(topic, 2), 3), 10)
}

func leftOutIsPaused(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	fill(t, b, part(topic, 0), 0, 10)
	fill(t, b, part(topic, 1), 0, 10)
	s := open(t, b, topic+"-g")
	s.start = func(p broker.Partition) (int64, bool) { return broker.Stored, p.ID == 0 }
	s.join(topic, 2)
	s.count(part(topic, 0), 10)
	s.count(part(topic, 1), 0)
	must(t, s.c.Resume([]broker.Partition{part(topic, 1)}))
	values(t, s.count(part(topic, 1), 10), 0)
}

func pauseIsExact(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p, other := part(topic, 0), part(topic, 1)
	fill(t, b, p, 0, 2000)
	s := open(t, b, topic+"-g")
	s.limits.Records = 50
	s.join(topic, 2)
	for round := range 3 {
		want := len(s.got[p]) + 100
		s.until("100 more are there", func() bool { return len(s.got[p]) >= want })
		have := len(s.got[p])
		must(t, s.c.Pause([]broker.Partition{p}))
		fill(t, b, other, round*10, 10)
		s.quiet()
		if len(s.got[p]) != have {
			t.Fatalf("%d records came through a pause", len(s.got[p])-have)
		}
		values(t, s.count(other, (round+1)*10), 0)
		must(t, s.c.Resume([]broker.Partition{p}))
	}
	values(t, s.count(p, 2000), 0)
}

func pauseAfterAssignment(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 100)
	s := open(t, b, topic+"-g").join(topic, 1)
	must(t, s.c.Pause([]broker.Partition{p}))
	s.count(p, 0)
	must(t, s.c.Resume([]broker.Partition{p}))
	values(t, s.count(p, 100), 0)
}

func seekIsExact(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 500)
	s := open(t, b, topic+"-g")
	s.limits.Records = 20
	s.join(topic, 1)
	s.until("100 records are there", func() bool { return len(s.got[p]) >= 100 })
	for _, to := range []int64{0, 321, 7} {
		must(t, s.c.Seek(broker.Offset{Partition: p, Offset: to}, 1))
		delete(s.got, p)
		s.until("a record is there", func() bool { return len(s.got[p]) > 0 })
		values(t, s.got[p], int(to))
	}
	must(t, s.c.Pause([]broker.Partition{p}))
	must(t, s.c.Seek(broker.Offset{Partition: p, Offset: 490}, 1))
	delete(s.got, p)
	s.count(p, 0)
	must(t, s.c.Resume([]broker.Partition{p}))
	values(t, s.count(p, 10), 490)
}

func seekUnassigned(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	s := open(t, b, topic+"-g").join(topic, 1)
	if err := s.c.Seek(broker.Offset{Partition: part(topic, 5)}, 1); err == nil {
		t.Error("Seek of a partition that is not assigned: no error")
	}
	if !slices.Equal(s.errs, nil) {
		t.Errorf("errors: %v", s.errs)
	}
}
