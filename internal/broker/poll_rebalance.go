package broker

import (
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// rebalance is the client's callback, inside Poll or Close. It always calls an
// (un)assign of the right flavour, else the client would do it by itself and
// hang on an error. The client discards what it returns, so faults are recorded.
func (p *poller) rebalance(_ *kafka.Consumer, ev kafka.Event) error {
	p.ended = true
	switch e := ev.(type) {
	case kafka.AssignedPartitions:
		p.welcome()
		p.assigned(e.Partitions)
	case kafka.RevokedPartitions:
		p.revoked(e.Partitions)
	}
	p.doubtAll()
	return nil
}

// assigned asks the owner where to start, and assigns.
func (p *poller) assigned(given []kafka.TopicPartition) {
	var answers []Assignment // none of none; the owner hears all the same that the group has answered
	p.tell(func() { answers = p.owner.Assigned(partitions(given)) })
	p.enter(given, answers)
}

// enter assigns what was given, as the owner has answered, and sets the pause flags:
// the client keeps those of partitions that it had before.
func (p *poller) enter(given []kafka.TopicPartition, answers []Assignment) {
	taken := map[Partition]Assignment{}
	for _, a := range answers {
		taken[a.Partition] = a
	}
	list := make([]kafka.TopicPartition, len(given))
	var wanted, unwanted []kafka.TopicPartition
	for i, tp := range given {
		at := Partition{*tp.Topic, tp.Partition}
		a, ok := taken[at]
		if !ok {
			a.Start = Offset{Offset: Stored}
		}
		a.Start.Partition = at
		list[i] = toClient(a.Start)
		p.parts[at] = &part{Partition: at, epoch: a.Epoch}
		p.split(p.parts[at])
		p.parts[at].held = !ok && p.Holds(at)
		if ok || p.parts[at].held {
			wanted = append(wanted, list[i])
		} else {
			unwanted = append(unwanted, list[i])
		}
	}
	p.last = nil
	if p.queues != nil && len(list) > 0 {
		p.queues.pace.begin(time.Now())
	}
	p.assignFault(p.assign(list))
	p.assignFault(unlessEmpty(unwanted, p.c.Pause))
	p.assignFault(unlessEmpty(wanted, p.c.Resume))
}

// revoked throws half-built chunks away, tells the owner, and unassigns.
func (p *poller) revoked(taken []kafka.TopicPartition) {
	lost := p.exceeded.Load() || p.c.AssignmentLost()
	parts := slices.DeleteFunc(partitions(taken), func(at Partition) bool { return p.parts[at] == nil })
	p.purge(parts)
	if len(parts) > 0 {
		p.tell(func() {
			if lost {
				p.owner.Lost(parts)
			} else {
				p.owner.Revoked(parts)
			}
		})
	}
	for _, at := range parts {
		p.unsplit(p.parts[at])
		delete(p.parts, at)
	}
	p.last = nil
	p.assignFault(p.unassign(taken))
	if len(p.parts) == 0 {
		p.exceeded.Store(false)
	}
}

// purge drops the chunks of parts from the turn that is being built.
func (p *poller) purge(parts []Partition) {
	if p.turn != nil {
		p.turn.Chunks = slices.DeleteFunc(p.turn.Chunks, func(c Chunk) bool { return slices.Contains(parts, c.Partition) })
	}
}

// tell calls the owner, who may commit also while Close runs.
func (p *poller) tell(f func()) {
	if p.closing {
		p.gate.during(f)
		return
	}
	f()
}

func (p *poller) assign(list []kafka.TopicPartition) error {
	if p.cooperative {
		return p.c.IncrementalAssign(list)
	}
	return p.c.Assign(list)
}

func (p *poller) unassign(list []kafka.TopicPartition) error {
	if p.cooperative {
		return p.c.IncrementalUnassign(list)
	}
	return p.c.Unassign()
}

func unlessEmpty(list []kafka.TopicPartition, f func([]kafka.TopicPartition) error) error {
	if len(list) == 0 {
		return nil
	}
	return f(list)
}

// assignFault records that the client and the group disagree about what is
// assigned: from here on it would poll happily, and silently without data.
func (p *poller) assignFault(err error) {
	if e, ok := wrap(opAssign, Partition{}, err).(*ClientError); ok {
		if e.Class != FencedInstance {
			e.Class = Dead
		}
		p.fail(e)
	}
}
