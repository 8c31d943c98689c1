package broker

import (
	"cmp"
	"math"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/internal/broker/rdqueue"
)

// A queues is what the queue reader adds to a poller: each assigned partition
// has a queue of its own (or shares the last one, see shares), and a turn drains
// them in C, many records per call. What Poll brings is the same as ever, but
// for records, of which it sees none.
//
// It belongs to the owner's goroutine, but for Wake.
type queues struct {
	r     *rdqueue.Reader
	room  int // partitions that may have a queue of their own
	own   int // and those that have
	order []*part
	first int // of order and the shared queue, in the next turn: who comes first gets the room of a turn

	shared *rdqueue.Queue // nil until it is needed
	topics map[topicOf]*part

	list  []*rdqueue.Queue // reused: what may be drained
	parts []*part          // whose they are; nil for the shared one
	ready []bool

	pace    pace
	brought int // bytes, by the turn that runs

	more              bool // Poll has been left with something to say
	waiting, awakened atomic.Bool
}

// A topicOf names a partition as the client does.
type topicOf struct {
	topic uintptr
	id    int32
}

// turnBytes bounds what one turn takes of all partitions together.
const turnBytes = 8 << 20

var attach = rdqueue.Attach // a test lets it fail

// attach makes p a queue reader.
func (p *poller) attach(shares int, pace pace) error {
	r, err := attach(p.c)
	if err != nil {
		return err
	}
	pace.set = r.Set
	p.queues = &queues{r: r, room: shares - 1, topics: map[topicOf]*part{}, pace: pace}
	return nil
}

// drainNext is Next for the queue reader: it waits until there is something,
// drains each queue once, and then lets the client run its events.
func (p *poller) drainNext(wait time.Duration, limits Limits) {
	q := p.queues
	q.brought = 0
	if !p.drain(limits) && !q.more {
		q.wait(wait)
		p.drain(limits)
	}
	q.more = true
	now := time.Now()
	q.pace.came(p.turn.records(), q.brought, now)
	until := now.Add(turnTime)
	for n := 1; !p.ended; n++ {
		ev := p.c.Poll(0)
		if ev == nil {
			q.more = false
			return
		}
		p.take(ev, &limits)
		if n%clockEvery == 0 && time.Now().After(until) {
			return
		}
	}
}

// wait waits for the client, or for Wake.
func (q *queues) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	q.waiting.Store(true)
	if !q.awakened.Load() {
		q.r.Wait(d)
	}
	q.waiting.Store(false)
	q.awakened.Store(false)
}

// Wake ends a Next that waits; see Consumer.
func (p *poller) Wake() {
	if q := p.queues; q != nil {
		q.awakened.Store(true)
		if q.waiting.Load() {
			q.r.Wake()
		}
	}
}

// drain takes what is there, at most one chunk per partition, and reports
// whether there was anything.
func (p *poller) drain(limits Limits) bool {
	q := p.queues
	q.candidates()
	some, bytes := false, 0
	for i, ready := range q.ready {
		if !ready {
			continue
		}
		if bytes >= turnBytes {
			q.first += i
			break
		}
		some = true
		if at := q.parts[i]; at != nil {
			bytes += p.drainOwn(at, limits)
		} else {
			bytes += p.drainShared(limits)
		}
	}
	q.brought += bytes
	return some
}

// candidates looks which queues have something that is wanted.
func (q *queues) candidates() {
	q.list, q.parts = q.list[:0], q.parts[:0]
	all := len(q.order)
	if q.shared != nil {
		all++
	}
	for i := range all {
		n := (q.first + i) % all
		if n == len(q.order) {
			q.list, q.parts = append(q.list, q.shared), append(q.parts, nil)
		} else if at := q.order[n]; !at.held && at.seek == nil {
			q.list, q.parts = append(q.list, at.queue), append(q.parts, at)
		}
	}
	if cap(q.ready) < len(q.list) {
		q.ready = make([]bool, 2*len(q.list))
	}
	q.ready = q.ready[:len(q.list)]
	q.r.Lengths(q.list, q.ready)
}

// drainOwn takes a chunk of a partition with a queue of its own, and returns
// its size.
func (p *poller) drainOwn(at *part, limits Limits) int {
	room, bytes := at.guess(limits), 0
	left, old := at.queue.Left(), 0 // popped by an earlier turn
	c := Chunk{Partition: at.Partition, Epoch: at.epoch}
	for {
		b := p.queues.r.Take(at.queue, room, below(limits.Bytes, bytes))
		if b.Len() == 0 {
			break
		}
		if c.Records == nil {
			c.Records = limits.Room(b.Len() + at.queue.Left())
		}
		room -= b.Len()
		for b.Len() > 0 {
			if head := b.Head(); head.Err != 0 {
				p.partitionFault(at.Partition, head.Err, b.Error())
				left--
				continue
			}
			r := c.next()
			b.Record(r)
			bytes += len(r.Key) + len(r.Value)
			if left--; left >= 0 {
				old++
			}
		}
		if room <= 0 || limits.Bytes > 0 && bytes >= limits.Bytes || at.queue.Left() == 0 {
			break
		}
	}
	all := c.Records
	if c.Records = at.unseen(all, old); len(c.Records) == 0 {
		limits.Spare.Put(all)
		return bytes
	}
	at.queue.Singly(false)
	p.welcome()
	at.turn, at.slot, at.bytes = p.no, len(p.turn.Chunks), bytes
	p.turn.Chunks = append(p.turn.Chunks, c)
	return bytes
}

// below is what is left of limit, in bytes.
func below(limit, bytes int) int {
	if limit <= 0 {
		return math.MaxInt
	}
	return max(limit-bytes, 1)
}

// guess is how many records to pop: about as many as the last ones say that
// limits.Bytes holds. What was popped in vain is kept, so that a wrong guess
// costs nothing but memory.
func (at *part) guess(limits Limits) int {
	records := limits.Records
	if records <= 0 {
		records = unlimited
	}
	if limits.Bytes <= 0 || at.size == 0 {
		return records
	}
	return min(records, limits.Bytes/max(at.bytes/at.size, 1)+1)
}

// unlimited is what a chunk takes at most where nobody says.
const unlimited = 1000

// drainShared takes from the queue of those that have none of their own.
func (p *poller) drainShared(limits Limits) (bytes int) {
	q, room := p.queues, cmp.Or(max(limits.Records, 0), unlimited)
	for room > 0 && (limits.Bytes <= 0 || bytes < limits.Bytes) {
		b := q.r.Take(q.shared, room, below(limits.Bytes, bytes))
		if b.Len() == 0 {
			break
		}
		room -= b.Len()
		for b.Len() > 0 {
			bytes += p.shared(b, limits)
		}
	}
	return bytes
}

// shared puts the next message of b into its partition's chunk, and returns its size.
func (p *poller) shared(b *rdqueue.Batch, limits Limits) int {
	head := b.Head()
	at := p.sharer(head)
	switch {
	case head.Err != 0:
		where := Partition{ID: head.Partition}
		if head.Topic != 0 {
			where.Topic = rdqueue.TopicName(head.Topic)
		}
		p.partitionFault(where, head.Err, b.Error())
		return 0
	case at == nil || at.seek != nil:
		b.Skip() // of a partition that was revoked, or of a position that was left
		return 0
	}
	p.welcome()
	r := p.chunk(at, &limits).next()
	b.Record(r)
	at.bytes += len(r.Key) + len(r.Value)
	return len(r.Key) + len(r.Value)
}

// sharer finds the assigned partition of a message.
func (p *poller) sharer(head rdqueue.Head) *part {
	q := p.queues
	key := topicOf{head.Topic, head.Partition}
	at, ok := q.topics[key]
	if !ok && head.Topic != 0 {
		at = p.parts[Partition{rdqueue.TopicName(head.Topic), head.Partition}]
		q.topics[key] = at
	}
	return at
}
