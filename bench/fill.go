package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// fill makes a topic with the records that every contestant reads.
func fill(ctx context.Context, o options) (string, error) {
	topic := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	if err := create(ctx, o, topic); err != nil {
		return "", err
	}
	p, err := kafka.NewProducer(&kafka.ConfigMap{
		"bootstrap.servers": o.brokers, "linger.ms": 20, "go.delivery.reports": false,
		"queue.buffering.max.messages": 1_000_000,
	})
	if err != nil {
		return "", err
	}
	defer p.Close()
	value := make([]byte, 100)
	for i := range o.records {
		msg := &kafka.Message{
			TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: int32(i % o.partitions)},
			Key:            fmt.Appendf(nil, "key-%d", i%1000), Value: value,
		}
		for {
			err := p.Produce(msg, nil)
			var full kafka.Error
			if !errors.As(err, &full) || full.Code() != kafka.ErrQueueFull {
				if err != nil {
					return "", err
				}
				break
			}
			p.Flush(100)
		}
	}
	for p.Flush(1000) > 0 {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	return topic, nil
}

func create(ctx context.Context, o options, topic string) error {
	admin, err := kafka.NewAdminClient(&kafka.ConfigMap{"bootstrap.servers": o.brokers})
	if err != nil {
		return err
	}
	defer admin.Close()
	results, err := admin.CreateTopics(ctx, []kafka.TopicSpecification{{Topic: topic, NumPartitions: o.partitions, ReplicationFactor: 1}})
	if err == nil && results[0].Error.Code() != kafka.ErrNoError {
		err = results[0].Error
	}
	return err
}
