package broker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Topics asks for metadata; see Consumer. Names go through an admin request:
// the client's GetMetadata takes one topic, and goes on refreshing each that it
// was ever asked for. All topics go through GetMetadata, as no admin request
// takes "all".
func (p *poller) Topics(names []string, timeout time.Duration) ([]Topic, error) {
	if !p.gate.enter() {
		return nil, ErrClosed
	}
	defer p.gate.leave()
	if len(names) == 0 {
		return p.allTopics(timeout)
	}
	admin, err := kafka.NewAdminClientFromConsumer(p.c)
	if err != nil {
		return nil, wrap(opTopics, Partition{}, err)
	}
	defer admin.Close()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	unique := slices.Compact(slices.Sorted(slices.Values(names)))
	res, err := admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(unique))
	if errors.Is(err, context.DeadlineExceeded) {
		err = kafka.NewError(kafka.ErrTimedOut, "no broker answered in time", false)
	}
	if err != nil {
		return nil, wrap(opTopics, Partition{}, err)
	}
	known := map[string]Topic{}
	for _, d := range res.TopicDescriptions {
		known[d.Name] = topic(d.Name, len(d.Partitions), d.Error)
	}
	return named(names, known), nil
}

// named puts what is known into the order of the question.
func named(names []string, known map[string]Topic) []Topic {
	out := make([]Topic, len(names))
	for i, name := range names {
		t, ok := known[name]
		if !ok {
			t = topic(name, 0, kafka.NewError(kafka.ErrUnknownTopicOrPart, "the answer leaves the topic out", false))
		}
		out[i] = t
	}
	return out
}

// allTopics asks for everything that this client may see, in order of the names.
func (p *poller) allTopics(timeout time.Duration) ([]Topic, error) {
	md, err := p.c.GetMetadata(nil, true, millis(timeout))
	if err != nil {
		return nil, wrap(opTopics, Partition{}, err)
	}
	out := make([]Topic, 0, len(md.Topics))
	for _, name := range slices.Sorted(maps.Keys(md.Topics)) {
		t := md.Topics[name]
		out = append(out, topic(name, len(t.Partitions), t.Error))
	}
	return out, nil
}

func topic(name string, partitions int, err kafka.Error) Topic {
	return Topic{Name: name, Partitions: partitions, Err: wrap(opTopics, Partition{Topic: name, ID: -1}, err)}
}
