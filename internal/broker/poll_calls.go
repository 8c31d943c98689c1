package broker

import (
	"slices"
	"time"

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
		return inOrder(offsets, fromClient(opCommit, res)), nil
	case *ClientError:
		if e.Code == int(kafka.ErrNoOffset) { // all of it is committed already
			return slices.Clone(offsets), nil
		}
	}
	return nil, wrap(opCommit, Partition{}, err)
}

// Committed asks for the group's offsets of parts; see Consumer.
func (p *poller) Committed(parts []Partition, timeout time.Duration) ([]Offset, error) {
	return p.ask(opCommitted, parts, func(list []kafka.TopicPartition) ([]kafka.TopicPartition, error) {
		return p.c.Committed(list, millis(timeout))
	})
}

// LogEnd asks for the end of each partition's log; see Consumer. Under
// isolation.level=read_committed that is the end of what can be read.
func (p *poller) LogEnd(parts []Partition, timeout time.Duration) ([]Offset, error) {
	return p.ask(opLogEnd, parts, func(list []kafka.TopicPartition) ([]kafka.TopicPartition, error) {
		for i := range list {
			list[i].Offset = kafka.OffsetEnd // as a timestamp, -1 means the end
		}
		return p.c.OffsetsForTimes(list, millis(timeout))
	})
}

// ask runs a question about partitions.
func (p *poller) ask(op string, parts []Partition, f func([]kafka.TopicPartition) ([]kafka.TopicPartition, error)) ([]Offset, error) {
	if !p.gate.enter() {
		return nil, ErrClosed
	}
	defer p.gate.leave()
	if len(parts) == 0 {
		return nil, nil
	}
	res, err := f(toClientList(parts))
	if err != nil {
		return nil, wrap(op, Partition{}, err)
	}
	want := make([]Offset, len(parts))
	for i, part := range parts {
		want[i].Partition = part
	}
	return inOrder(want, fromClient(op, res)), nil
}

// inOrder puts answers into the order of what was asked: the client sorts
// lists in place. What it left out is an error, never a success.
func inOrder(want, got []Offset) []Offset {
	byPart := make(map[Partition]Offset, len(got))
	for _, o := range got {
		byPart[o.Partition] = o
	}
	out := make([]Offset, len(want))
	for i, w := range want {
		o, ok := byPart[w.Partition]
		if !ok {
			o = w
			o.Err = &ClientError{Class: Retriable, Op: "answer", Text: "the client's answer leaves the partition out", Part: w.Partition}
		}
		out[i] = o
	}
	return out
}

// Pause stops delivery of parts; see Consumer.
func (p *poller) Pause(parts []Partition) error { return p.flag(parts, p.c.Pause) }

// Resume undoes Pause; see Consumer.
func (p *poller) Resume(parts []Partition) error { return p.flag(parts, p.c.Resume) }

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

// Seek moves the read position of an assigned partition; see Consumer.
func (p *poller) Seek(to Offset, epoch uint64) error {
	if !p.gate.enter() {
		return ErrClosed
	}
	defer p.gate.leave()
	if p.parts[to.Partition] == nil {
		return &ClientError{Code: int(kafka.ErrUnknownPartition), Op: opSeek, Text: "the partition is not assigned", Part: to.Partition}
	}
	res, err := p.c.SeekPartitions([]kafka.TopicPartition{toClient(to)})
	if err == nil && len(res) == 1 {
		err = res[0].Error
	}
	if err == nil {
		p.parts[to.Partition].epoch = epoch
	}
	return wrap(opSeek, to.Partition, err)
}
