package brokertest

import (
	"fmt"
	"testing"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// seekTo seeks under a new epoch; what comes from now on is a list of its own.
func (s *session) seekTo(p broker.Partition, to int64) {
	s.t.Helper()
	s.epoch++
	must(s.t, s.c.Seek(broker.Offset{Partition: p, Offset: to}, s.epoch))
	s.owned[p] = s.epoch
	delete(s.got, p)
}

// seekEpochs: with a full prefetch of the old position, nothing of it ever
// appears under the epoch of the new one.
func seekEpochs(t *testing.T, b Backend) {
	const n = 5000
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, n)
	s := open(t, b, topic+"-g")
	s.limits.Records = 20
	s.join(topic, 1)
	for round := range 30 {
		to := round * 7919 % (n - 200)
		s.seekTo(p, int64((to+n/2)%n)) // the second of two in a row counts
		s.seekTo(p, int64(to))
		s.until("a few chunks are there", func() bool { return len(s.got[p]) >= 20*(round%4)+1 })
		values(t, s.got[p], to)
	}
	s.seekTo(p, broker.Beginning)
	s.until("a chunk is there", func() bool { return len(s.got[p]) > 0 })
	values(t, s.got[p], 0)
	s.seekTo(p, broker.End)
	s.count(p, 0)
	fill(t, b, p, n, 5)
	values(t, s.count(p, 5), n)
	if len(s.errs) > 0 {
		t.Errorf("errors %v", s.errs)
	}
}

// seekAtOnce: in the turn after the assignment the client may not know yet
// where to start, in a group and without one.
func seekAtOnce(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 100)
	one := open(t, b, topic+"-g").join(topic, 1)
	one.seekTo(p, 40)
	values(t, one.count(p, 60), 40)
	two := open(t, b, topic+"-h").at(broker.Beginning).assign(p)
	two.seekTo(p, 10)
	two.seekTo(p, 70)
	values(t, two.count(p, 30), 70)
	if len(one.errs)+len(two.errs) > 0 {
		t.Errorf("errors %v, %v", one.errs, two.errs)
	}
}

// seekPaused: a seek does not resume, and a resume does not undo a seek.
func seekPaused(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 2)
	p, other := part(topic, 0), part(topic, 1)
	fill(t, b, p, 0, 1000)
	s := open(t, b, topic+"-g")
	s.limits.Records = 20
	s.join(topic, 2)
	for round, to := range []int64{700, 3, broker.Beginning, 0} {
		s.until("it is read", func() bool { return len(s.got[p]) > 0 })
		must(t, s.c.Pause([]broker.Partition{p}))
		s.seekTo(p, 500)
		s.seekTo(p, to)
		fill(t, b, other, round*5, 5)
		s.count(p, 0)
		values(t, s.count(other, (round+1)*5), 0)
		must(t, s.c.Resume([]broker.Partition{p}))
		s.until("it is read again", func() bool { return len(s.got[p]) > 50 })
		values(t, s.got[p], int(max(to, 0)))
	}
}

func seekNeedsPosition(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 1000)
	s := open(t, b, topic+"-g")
	s.limits.Records = 20
	s.join(topic, 1)
	s.until("it is read", func() bool { return len(s.got[p]) > 0 })
	for _, to := range []int64{broker.Stored, broker.None, -7} {
		if s.c.Seek(broker.Offset{Partition: p, Offset: to}, 99) == nil {
			t.Errorf("Seek to %d: no error", to)
		}
	}
	values(t, s.count(p, 1000), 0) // nothing is lost, and the epoch is the old one
}

// topicMadeAgain: a topic that is deleted and made again is read from its new
// beginning, under a new assignment.
func topicMadeAgain(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, 50)
	s := open(t, b, topic+"-g").join(topic, 1)
	s.count(p, 50)
	b.DropTopic(t, topic)
	s.until("the partition is taken away", func() bool { return len(s.owned) == 0 })
	delete(s.got, p)
	b.AddTopic(t, topic, 1)
	recs := make([]listener.RawRecord, 5)
	for i := range recs {
		recs[i].Value = fmt.Append(nil, i)
	}
	b.Produce(t, p, recs...)
	s.until("the topic is found again", func() bool { return len(s.owned) == 1 })
	values(t, s.count(p, 5), 0)
}
