package brokertest

import (
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// heldGoesOn: a pause that comes and goes at every turn loses and repeats
// nothing, and an unassigned partition is not held.
func heldGoesOn(t *testing.T, b Backend) {
	const n = 3000
	topic := b.CreateTopic(t, 2)
	p, other := part(topic, 0), part(topic, 1)
	fill(t, b, p, 0, n)
	fill(t, b, other, 0, n)
	s := open(t, b, topic+"-g")
	s.limits.Records = 100
	// From a number: after pauses before the first record, the client sometimes
	// reads a partition again that began at a logical position (DESIGN, Known limits).
	s.start = func(broker.Partition) (int64, bool) { return 0, true }
	s.join(topic, 2)
	how, _ := s.c.Reading()
	if holds := how == spec.Queues; s.c.Holds(p) != holds || s.c.Holds(part(topic, 9)) {
		t.Errorf("by %v: holds %v, and one that is not assigned %v", how, s.c.Holds(p), s.c.Holds(part(topic, 9)))
	}
	rounds := 0
	s.until("the other is read, while one is held every other turn", func() bool {
		had := len(s.got[p])
		must(t, s.c.Pause([]broker.Partition{p}))
		s.next()
		if len(s.got[p]) != had {
			t.Fatalf("%d records came through", len(s.got[p])-had)
		}
		must(t, s.c.Resume([]broker.Partition{p}))
		rounds++
		return len(s.got[other]) >= n && rounds > 20
	})
	values(t, s.count(p, n), 0)
	values(t, s.got[other], 0)
}

// beyondTheBudget: where there are more partitions than shares, all are read,
// pauses and seeks of all are exact, and a rebalance moves them.
func beyondTheBudget(t *testing.T, b Backend) {
	const parts, n = 5, 300
	topic := b.CreateTopic(t, parts)
	for id := range int32(parts) {
		fill(t, b, part(topic, id), 0, n)
	}
	s := open(t, b, topic+"-g", "queued.max.messages.kbytes", "4096") // two shares
	s.limits.Records = 20
	s.join(topic, parts)
	s.until("all have begun", func() bool {
		for id := range int32(parts) {
			if len(s.got[part(topic, id)]) == 0 {
				return false
			}
		}
		return true
	})
	var all []broker.Partition
	for id := range int32(parts) {
		all = append(all, part(topic, id))
	}
	must(t, s.c.Pause(all[1:]))
	had := map[broker.Partition]int{}
	for _, p := range all {
		had[p] = len(s.got[p])
	}
	values(t, s.count(all[0], n), 0)
	for _, p := range all[1:] {
		if len(s.got[p]) != had[p] {
			t.Fatalf("%d records of %v came through a pause", len(s.got[p])-had[p], p)
		}
	}
	s.seekTo(all[4], 7)
	must(t, s.c.Resume(all))
	values(t, s.count(all[4], n-7), 7)
	for _, p := range all[1:4] {
		values(t, s.count(p, n), 0)
	}
	two := open(t, b, topic+"-g", "queued.max.messages.kbytes", "4096")
	two.subscribe(topic)
	s.until("both have some", func() bool { return len(s.owned)+len(two.owned) == parts && len(two.owned) > 1 && len(s.owned) > 1 }, two)
	for id := range int32(parts) {
		fill(t, b, part(topic, id), n, 10)
	}
	for p := range s.owned {
		s.until("what stayed is read on", func() bool { g := s.got[p]; return string(g[len(g)-1].Value) == "309" }, two)
	}
}

// wakeEndsWait: of a reader that can be woken.
func wakeEndsWait(t *testing.T, b Backend) {
	topic := b.CreateTopic(t, 1)
	s := open(t, b, topic+"-g").join(topic, 1)
	s.quiet()
	if how, _ := s.c.Reading(); how != spec.Queues {
		s.c.Wake()
		return
	}
	s.limits.Wait = time.Minute
	began := time.Now()
	s.c.Wake() // before the wait
	s.next()
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		time.AfterFunc(10*time.Millisecond, s.c.Wake)
	}()
	s.next()
	<-woken
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("two wakes ended two waits after %v", d)
	}
	s.limits.Wait = turnWait
}

// seekDropsLeftovers: chunks that are cut by bytes leave something behind in a
// reader; a seek forgets it, a pause keeps it.
func seekDropsLeftovers(t *testing.T, b Backend) {
	const n = 1000
	topic := b.CreateTopic(t, 1)
	p := part(topic, 0)
	fill(t, b, p, 0, n)
	s := open(t, b, topic+"-g")
	s.limits.Bytes = 20
	s.join(topic, 1)
	for _, to := range []int{700, 3, 400} {
		s.until("a few chunks are there", func() bool { return len(s.got[p]) > 30 })
		must(t, s.c.Pause([]broker.Partition{p}))
		s.next()
		must(t, s.c.Resume([]broker.Partition{p}))
		s.until("more are there", func() bool { return len(s.got[p]) > 60 })
		values(t, s.got[p], int(s.got[p][0].Offset))
		s.seekTo(p, int64(to))
		s.until("it is read on", func() bool { return len(s.got[p]) > 30 })
		values(t, s.got[p], to)
	}
	values(t, s.count(p, n-400), 400)
}
