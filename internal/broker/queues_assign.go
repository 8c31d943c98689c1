package broker

import (
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
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

// left forgets what belongs to the position that a seek has left.
func (p *poller) left(at *part) {
	at.repeats = repeats{}
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
