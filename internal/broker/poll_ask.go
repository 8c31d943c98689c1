package broker

import (
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Committed asks for the group's offsets of parts; see Consumer. A group that
// does not exist yet has committed nothing; some brokers call that an error.
func (p *poller) Committed(parts []Partition, timeout time.Duration) ([]Offset, error) {
	return p.ask(opCommitted, parts, func(list []kafka.TopicPartition) ([]kafka.TopicPartition, error) {
		res, err := p.c.Committed(list, millis(timeout))
		if e, ok := err.(kafka.Error); ok && e.Code() == kafka.ErrGroupIDNotFound {
			return list, nil
		}
		if err == nil {
			p.refused.Store(nil)
		}
		return res, err
	})
}

// LogEnd asks for the end of each partition's log; see Consumer. Under
// isolation.level=read_committed that is the end of what can be read.
func (p *poller) LogEnd(parts []Partition, timeout time.Duration) ([]Offset, error) {
	return p.listed(opLogEnd, parts, kafka.OffsetEnd, timeout) // as a timestamp, -1 means the end
}

// LogStart asks for the oldest offset of each partition's log; see Consumer.
func (p *poller) LogStart(parts []Partition, timeout time.Duration) ([]Offset, error) {
	return p.listed(opLogStart, parts, kafka.OffsetBeginning, timeout) // as a timestamp, -2 means the start
}

// OffsetsAt asks for offsets by time; see Consumer. Kafka's times are whole
// milliseconds, and the negative ones mean something else. A partition that has no
// record so young is answered with its end as it was before: a record that is written
// between the two questions is young enough, and must not be left out.
func (p *poller) OffsetsAt(parts []Partition, at time.Time, timeout time.Duration) ([]Offset, error) {
	until := time.Now().Add(timeout)
	ends, err := p.listed(opOffsetsAt, parts, kafka.OffsetEnd, timeout)
	if err != nil {
		return nil, err
	}
	stamp := max(at.Add(time.Millisecond-1).UnixMilli(), 0)
	found, err := p.listed(opOffsetsAt, parts, kafka.Offset(stamp), time.Until(until))
	if err != nil {
		return nil, err
	}
	for i, o := range found { // both in the order of parts
		if isLate(o) {
			found[i] = ends[i]
		}
	}
	return found, nil
}

// isLate reports whether the partition of o has no record so young: the client
// answers with its constant for the end.
func isLate(o Offset) bool { return o.Err == nil && o.Offset == End }

// listed asks for each partition's offset by a timestamp, in one request.
func (p *poller) listed(op string, parts []Partition, stamp kafka.Offset, timeout time.Duration) ([]Offset, error) {
	until := time.Now().Add(timeout)
	offsets, err := p.ask(op, parts, func(list []kafka.TopicPartition) ([]kafka.TopicPartition, error) {
		for i := range list {
			list[i].Offset = stamp
		}
		res, err := p.c.OffsetsForTimes(list, millis(timeout))
		if e, ok := err.(kafka.Error); ok && e.Code() == kafka.ErrUnknownPartition {
			for i := range list { // it says so only of all of them together
				list[i].Error = err
			}
			return list, nil
		}
		return res, err
	})
	p.whyMissing(op, offsets, time.Until(until))
	return offsets, err
}

// whyMissing asks for the topics of what is missing: the client says of a topic
// that may not be read that it does not exist.
func (p *poller) whyMissing(op string, offsets []Offset, timeout time.Duration) {
	var names []string
	var at []int
	for i, o := range offsets {
		if e, ok := o.Err.(*ClientError); ok && e.Class == MissingTopic {
			names, at = append(names, o.Topic), append(at, i)
		}
	}
	if len(names) == 0 {
		return
	}
	topics, _ := p.Topics(names, timeout)
	for i, t := range topics {
		if e, ok := t.Err.(*ClientError); ok {
			e := *e
			e.Op, e.Part = op, offsets[at[i]].Partition
			offsets[at[i]].Err = &e
		}
	}
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
		return nil, p.because(wrap(op, Partition{}, err))
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
