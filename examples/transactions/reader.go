package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// A reader is another program: it reads both topics from the beginning, as
// isolation.level=read_committed lets it, and notes what is new.
type reader struct{ client *kafka.Consumer }

func newReader(brokers string) (*reader, error) {
	c, err := kafka.NewConsumer(&kafka.ConfigMap{
		"bootstrap.servers": brokers, "group.id": "reader", "isolation.level": "read_committed", "enable.auto.commit": false,
		"enable.partition.eof": true, "fetch.wait.max.ms": 50,
	})
	if err != nil {
		return nil, fmt.Errorf("reader: %w", err)
	}
	var parts []kafka.TopicPartition
	for _, topic := range []string{orders, ledger} {
		_, end, err := c.QueryWatermarkOffsets(topic, 0, 10_000)
		if err != nil {
			return nil, fmt.Errorf("reader: %w", err)
		}
		parts = append(parts, kafka.TopicPartition{Topic: &topic, Partition: 0, Offset: kafka.Offset(end)}) // what earlier runs have left is no news
	}
	if err := c.Assign(parts); err != nil {
		return nil, fmt.Errorf("reader: %w", err)
	}
	return &reader{c}, nil
}

func (r *reader) close() { _ = r.client.Close() }

// quiet is how long nothing may come before all has been seen: a commit is
// answered some milliseconds before its records are there.
const quiet = 500 * time.Millisecond

// news returns what has become visible since the last call, sorted.
func (r *reader) news() ([]string, error) {
	var seen []string
	for last := time.Now(); time.Since(last) < quiet; {
		switch e := r.client.Poll(50).(type) {
		case *kafka.Message:
			seen = append(seen, fmt.Sprintf("%s: %s", *e.TopicPartition.Topic, e.Value))
			last = time.Now()
		case kafka.Error:
			if e.IsFatal() {
				return nil, e
			}
		}
	}
	slices.Sort(seen)
	return seen, nil
}
