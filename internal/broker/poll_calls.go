package broker

import (
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Commit sends offsets and waits for the answer; see Consumer.
func (p *poller) Commit(offsets []Offset) ([]Offset, error) {
	if !p.gate.enter() {
		return nil, ErrClosed
	}
	defer p.gate.leave()
	if len(offsets) == 0 {
		return nil, nil
	}
	if p.exceeded.Load() || p.c.AssignmentLost() { // with group.protocol=consumer the broker may still take it
		return nil, &ClientError{Class: Fenced, Code: int(kafka.ErrAssignmentLost), Op: opCommit, Text: "the assignment is lost"}
	}
	list := make([]kafka.TopicPartition, len(offsets))
	for i, o := range offsets {
		list[i] = toClient(o)
	}
	res, err := p.c.CommitOffsets(list)
	switch e := wrap(opCommit, Partition{}, err).(type) {
	case nil:
		p.refused.Store(nil)
		return inOrder(offsets, fromClient(opCommit, res)), nil
	case *ClientError:
		if e.Code == int(kafka.ErrNoOffset) { // all of it is committed already
			return slices.Clone(offsets), nil
		}
	}
	return nil, p.because(wrap(opCommit, Partition{}, err))
}

// Pause stops delivery of parts; see Consumer.
func (p *poller) Pause(parts []Partition) error { return p.flag(p.hold(parts, true), p.c.Pause) }

// Resume undoes Pause; see Consumer.
func (p *poller) Resume(parts []Partition) error { return p.flag(p.hold(parts, false), p.c.Resume) }

// flag pauses or resumes those of parts that are assigned: the client would
// remember the flag of any other, until that is assigned some day.
func (p *poller) flag(parts []Partition, f func([]kafka.TopicPartition) error) error {
	if !p.gate.enter() {
		return ErrClosed
	}
	defer p.gate.leave()
	mine := slices.DeleteFunc(slices.Clone(parts), func(at Partition) bool { return p.parts[at] == nil })
	if len(mine) == 0 {
		return nil
	}
	return wrap(opPause, Partition{}, f(toClientList(mine)))
}
