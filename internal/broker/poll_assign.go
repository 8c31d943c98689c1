package broker

import (
	"cmp"
	"maps"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Assign takes partitions without joining the group; see Consumer. Outside a
// group the client takes either flavour of assign, so the incremental one
// serves every protocol.
func (p *poller) Assign(parts []Partition, owner Owner) error {
	if !p.gate.enter() {
		return ErrClosed
	}
	defer p.gate.leave()
	if p.owner != nil && !p.alone {
		return &ClientError{Class: Dead, Code: int(kafka.ErrConflict), Op: opAssign, Text: "the consumer has subscribed already"}
	}
	p.owner, p.alone, p.cooperative = owner, true, true
	wanted := slices.Clone(parts)
	p.wanted = &wanted
	return nil
}

// reassign does what the last Assign asked for, and ends the turn.
func (p *poller) reassign() {
	wanted := map[Partition]bool{}
	for _, at := range *p.wanted {
		wanted[at] = true
	}
	p.wanted, p.ended = nil, true
	var gone, fresh []Partition
	for _, at := range p.held() {
		if !wanted[at] {
			gone = append(gone, at)
		}
		delete(wanted, at)
	}
	fresh = inNameOrder(maps.Keys(wanted))
	if len(gone) > 0 {
		p.revoked(toClientList(gone))
	}
	if len(fresh) > 0 {
		p.assigned(toClientList(fresh))
	}
}

// held returns what the owner holds, in order.
func (p *poller) held() []Partition { return inNameOrder(maps.Keys(p.parts)) }

// giveBack revokes what was taken by Assign: the client's Close calls nobody.
func (p *poller) giveBack() {
	if rest := p.held(); p.alone && len(rest) > 0 {
		p.revoked(toClientList(rest))
	}
}

func inNameOrder(parts func(func(Partition) bool)) []Partition {
	return slices.SortedFunc(parts, func(a, b Partition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
	})
}
