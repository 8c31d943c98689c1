package broker

import (
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/listener"
)

// split gives a new partition its queue, before it is assigned: one of its own
// while there is room in the budget, else the shared one. Where the client has
// no queue for it, its records come by Poll.
func (p *poller) split(at *part) {
	q := p.queues
	if q == nil {
		return
	}
	if q.own < q.room {
		if at.queue = q.r.Split(at.Topic, at.ID); at.queue != nil {
			q.own++
			at.queue.Singly(p.alone) // until it is known to exist
			q.order = append(q.order, at)
		}
		return
	}
	if q.shared == nil {
		q.shared = q.r.Shared()
	}
	q.r.Forward(at.Topic, at.ID, q.shared)
	clear(q.topics)
}

// unsplit gives a partition's queue up, with what is in it.
func (p *poller) unsplit(at *part) {
	q := p.queues
	if q == nil {
		return
	}
	clear(q.topics)
	if at.queue == nil {
		return
	}
	q.r.Drop(at.queue)
	at.queue = nil
	q.own--
	q.order = slices.DeleteFunc(q.order, func(o *part) bool { return o == at })
	q.first = 0
}

// quit gives up what must be gone before the client is closed: messages that
// were popped keep it alive.
func (q *queues) quit() {
	if q == nil {
		return
	}
	for _, at := range q.order {
		q.r.Forget(at.queue)
	}
	if q.shared != nil {
		q.r.Drop(q.shared)
		q.shared = nil
	}
	q.r.Quit()
}

// close frees what is left, once the client is closed.
func (p *poller) closeQueues() {
	if p.queues == nil {
		return
	}
	for _, at := range slices.Clone(p.queues.order) { // after a fatal error the client's Close calls nobody
		p.unsplit(at)
	}
	p.queues.r.Close()
}

// Holds reports whether Pause of the partition costs nothing; see Consumer.
func (p *poller) Holds(tp Partition) bool {
	at := p.parts[tp]
	return at != nil && at.queue != nil
}

// hold marks those of parts that have a queue of their own as held or free, and
// returns the others, which the client itself has to pause.
func (p *poller) hold(parts []Partition, held bool) (rest []Partition) {
	for _, tp := range parts {
		switch at := p.parts[tp]; {
		case at == nil:
		case at.queue != nil:
			at.held = held
		default:
			rest = append(rest, tp)
		}
	}
	return rest
}

// A mark is the last record that a partition has delivered.
type mark struct {
	set    bool
	offset int64
	at     time.Time
	leader int32
}

func markOf(r *listener.RawRecord) mark { return mark{true, r.Offset, r.Timestamp, r.LeaderEpoch} }

// unseen drops what the client delivers twice. It stores its position after a
// whole batch was popped, so that a rebalance which comes just then lets it
// read the batch again. A record counts as seen only right after a rebalance,
// and only where the last delivered one comes again, the same by offset, time
// and leader epoch: a log that was made again is never mistaken for it. The first
// old of recs were popped by an earlier turn: what comes again is behind them.
func (at *part) unseen(recs []listener.RawRecord, old int) []listener.RawRecord {
	if len(recs) == 0 {
		return recs
	}
	last := at.last
	if old > 0 {
		last = markOf(&recs[old-1])
	}
	at.last = markOf(&recs[len(recs)-1])
	if !at.doubt || old == len(recs) {
		return recs
	}
	at.doubt = false
	fresh := recs[old:]
	if !last.set || fresh[0].Offset > last.offset {
		return recs
	}
	for i := range fresh {
		if m := markOf(&fresh[i]); m.offset == last.offset && m.at.Equal(last.at) && m.leader == last.leader {
			copy(recs[i+1:], recs[:old])
			return recs[i+1:]
		}
	}
	return recs
}

// doubtAll is called after a rebalance.
func (p *poller) doubtAll() {
	for _, at := range p.parts {
		at.doubt = at.queue != nil
	}
}

// left forgets what belongs to the position that a seek has left.
func (p *poller) left(at *part) {
	at.last = mark{}
	if at.queue != nil {
		p.queues.r.Forget(at.queue)
	}
}

// partitionFault reports an error that came in a partition's queue. Its end is
// not for the engine.
func (p *poller) partitionFault(tp Partition, code int, text string) {
	if kafka.ErrorCode(code) == kafka.ErrPartitionEOF {
		return
	}
	p.fail(wrap(opPoll, tp, kafka.NewError(kafka.ErrorCode(code), text, false)))
}
