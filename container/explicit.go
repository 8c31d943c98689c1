package container

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

const (
	topicsEvery = 30 * time.Second       // look-ups of topics, for partitions that were added; see lookEvery
	topicsAgain = time.Second            // while something is missing
	topicsSoon  = 200 * time.Millisecond // to be sure that it is
	// topicGone is how many look-ups in a row have to miss a topic: a broker
	// that has just come up may not know it yet.
	topicGone = 2
)

// own is the loop's part of explicit partitions: which ones there are, and
// which the client was told to take. A goroutine of its own looks topics up.
type own struct {
	sets  []spec.PartitionSet
	known atomic.Pointer[map[string]int] // topic → partitions

	seen    *map[string]int // what the loop has acted upon
	width   int             // and the consumers that it has shared with
	taken   []broker.Partition
	waiting bool // for another consumer to let go
}

func newOwn(sets []spec.PartitionSet) *own {
	if len(sets) == 0 {
		return nil
	}
	sets = slices.Clone(sets)
	slices.SortStableFunc(sets, func(a, b spec.PartitionSet) int { return strings.Compare(a.Topic, b.Topic) })
	for i := range sets {
		if sets[i].IDs != nil {
			sets[i].IDs = slices.Sorted(slices.Values(sets[i].IDs))
		}
	}
	return &own{sets: sets}
}

func (o *own) topics() []string {
	names := map[string]bool{}
	for _, s := range o.sets {
		names[s.Topic] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// share is what consumer index of width takes: each width-th partition. What
// was counted once stays where it is when topics grow: the partitions that are
// listed are numbered first, and those of a whole topic by their ids.
func (o *own) share(known map[string]int, index, width int) []broker.Partition {
	mine := map[broker.Partition]bool{}
	number, base := 0, o.listed()
	add := func(topic string, id int32, number int) {
		if int(id) < known[topic] && number%width == index {
			mine[broker.Partition{Topic: topic, ID: id}] = true
		}
	}
	for _, s := range o.sets {
		if s.IDs == nil {
			for id := range int32(known[s.Topic]) {
				add(s.Topic, id, base+int(id))
			}
			base++
			continue
		}
		for _, id := range s.IDs {
			add(s.Topic, id, number)
			number++
		}
	}
	return slices.SortedFunc(maps.Keys(mine), func(a, b broker.Partition) int {
		if d := strings.Compare(a.Topic, b.Topic); d != 0 {
			return d
		}
		return int(a.ID) - int(b.ID)
	})
}

func (o *own) listed() (n int) {
	for _, s := range o.sets {
		n += len(s.IDs)
	}
	return n
}

// complete reports whether everything that is listed is there.
func (o *own) complete(known map[string]int) bool {
	for _, s := range o.sets {
		if known[s.Topic] == 0 {
			return false
		}
		for _, id := range s.IDs {
			if int(id) >= known[s.Topic] {
				return false
			}
		}
	}
	return true
}

// position is where a partition begins at a start. One that came late was not
// there when the end of its log was asked for: all of it is new.
func (o *own) position(tp broker.Partition, late bool) listener.Position {
	for _, s := range o.sets {
		if s.Topic != tp.Topic || s.IDs != nil && !slices.Contains(s.IDs, tp.ID) {
			continue
		}
		if late && (s.Start.Kind == spec.AtEnd || s.Start.Kind == spec.FromEnd) {
			return listener.FromBeginning()
		}
		return s.Start
	}
	return listener.Position{}
}

// applyPartitions tells the client which explicit partitions to read, when that
// has changed. What another consumer still has is taken when it has let go.
func (c *consumer) applyPartitions() error {
	if c.own == nil {
		return nil
	}
	o := c.own
	known, width := o.known.Load(), c.member.k.requested()
	if known == nil || known == o.seen && width == o.width && !o.waiting {
		return nil
	}
	o.seen, o.width, o.waiting = known, width, false
	var list []broker.Partition
	for _, tp := range o.share(*known, c.index, width) {
		if c.shared.places.take(tp, c) {
			list = append(list, tp)
		} else {
			o.waiting = true
		}
	}
	if !o.complete(*known) {
		c.waiting.doubt(time.Now()) // nobody else says so while others are read
	}
	c.shared.places.free(c, func(tp broker.Partition) bool { return c.parts[tp] != nil || slices.Contains(list, tp) })
	if len(list) == 0 && o.taken == nil && !o.waiting && o.complete(*known) {
		c.answered() // there is no partition for it
	}
	if slices.Equal(list, o.taken) {
		return nil
	}
	o.taken = list
	return c.client.Assign(list, c)
}

// watchTopics looks topics up until the consumer is over.
func (c *consumer) watchTopics() {
	defer c.asking.Add(-1)
	w := topicWatch{c: c, known: map[string]int{}, missed: map[string]int{}, every: lookEvery(c.spec.Client)}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-c.over:
			return
		}
		timer.Reset(w.look())
	}
}

// A topicWatch belongs to the goroutine that looks topics up.
type topicWatch struct {
	c      *consumer
	known  map[string]int
	missed map[string]int // look-ups in a row that did not find the topic
	said   string         // the last fault
	every  time.Duration
}

// lookEvery is how often topics are looked up: the client says nothing about
// explicit partitions that come or go, but who wants its own look-ups sooner wants ours, too.
func lookEvery(properties map[string]string) time.Duration {
	ms, err := strconv.Atoi(properties["topic.metadata.refresh.interval.ms"])
	if err != nil || ms <= 0 {
		return topicsEvery
	}
	return min(max(time.Duration(ms)*time.Millisecond, topicsAgain), topicsEvery)
}

// look asks once, and returns when to ask again.
func (w *topicWatch) look() time.Duration {
	topics, err := w.c.client.Topics(w.c.own.topics(), askTimeout)
	if err != nil {
		w.fault(err)
		return topicsAgain
	}
	known := maps.Clone(w.known)
	again := w.every
	for _, t := range topics {
		ce, _ := t.Err.(*broker.ClientError)
		switch {
		case t.Err == nil:
			w.missed[t.Name] = 0
			known[t.Name] = max(known[t.Name], t.Partitions)
			w.c.shared.places.saw(t.Name, t.Partitions)
			continue
		case ce != nil && ce.Class == broker.MissingTopic:
			if w.missed[t.Name]++; w.missed[t.Name] >= topicGone {
				known[t.Name] = 0
				w.c.shared.places.deleted(t.Name)
			} else {
				again = topicsSoon
			}
		}
		w.fault(t.Err)
		again = min(again, topicsAgain)
	}
	if !w.c.own.complete(known) {
		again = min(again, topicsAgain)
	}
	if !maps.Equal(known, w.known) || w.c.own.known.Load() == nil {
		w.known = known
		w.c.own.known.Store(&known)
		w.c.nudge()
	}
	return again
}

// fault reports an error once, until another one follows it.
func (w *topicWatch) fault(err error) {
	if err.Error() != w.said {
		w.said = err.Error()
		w.c.clientFault("topics", err)
	}
}
