package container

import (
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// starts says where parts begin: where a seek of the user's callback wants
// it, else where the listener's own positions do, else at the committed offset.
// Without an answer there is no start: the client would look the offsets up
// itself, and when the coordinator has moved meanwhile (code 16) it gives up on
// the partition without a word.
func (c *consumer) starts(parts []broker.Partition, seeks map[listener.TopicPartition]listener.Position) ([]start, error) {
	asks := make([]ask, len(parts))
	for i, tp := range parts {
		asks[i] = c.usual(tp)
		if to, ok := seeks[listener.TopicPartition{Topic: tp.Topic, Partition: tp.ID}]; ok {
			asks[i].to = to
		}
	}
	out, err := c.resolve(asks)
	if unmet(err) {
		err = &FatalError{Listener: c.spec.ID, Reason: ReasonNoOffset, Err: err}
	}
	return out, err
}

// usual is where a partition begins when no callback says otherwise.
func (c *consumer) usual(tp broker.Partition) ask {
	if c.own == nil {
		return ask{tp: tp}
	}
	known, late := c.shared.places.of(tp)
	if known != nil {
		return ask{tp: tp, known: known}
	}
	return ask{tp: tp, to: c.own.position(tp, late)}
}
