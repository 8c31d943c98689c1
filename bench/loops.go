package main

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// tuned are the client settings that make a plain Poll loop fast; they are the
// framework's own defaults.
var tuned = kafka.ConfigMap{
	"fetch.queue.backoff.ms": 5, "fetch.wait.max.ms": 100, "queued.min.messages": 10000,
	"queued.max.messages.kbytes": 16384, "partition.assignment.strategy": "cooperative-sticky",
}

// tunedLoop is the best loop that a user would write by hand: tuned settings,
// and the client's own periodic commit, which costs it nothing per record.
func tunedLoop(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return loop(ctx, brokers, topic, n, tuned)
}

// defaultLoop is the loop of the client's own examples.
func defaultLoop(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return loop(ctx, brokers, topic, n, nil)
}

func loop(ctx context.Context, brokers, topic string, n int, more kafka.ConfigMap) (time.Duration, error) {
	config := kafka.ConfigMap{
		"bootstrap.servers": brokers, "group.id": newGroup(), "auto.offset.reset": "earliest",
	}
	maps.Copy(config, more)
	c, err := kafka.NewConsumer(&config)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	if err := c.SubscribeTopics([]string{topic}, nil); err != nil {
		return 0, err
	}
	var began time.Time
	for seen := 0; seen < n; {
		switch e := c.Poll(100).(type) {
		case *kafka.Message:
			if seen == 0 {
				began = time.Now()
			}
			seen++
		case kafka.Error:
			if e.IsFatal() {
				return 0, e
			}
		case nil:
			if ctx.Err() != nil {
				return 0, fmt.Errorf("%d of %d records: %w", seen, n, ctx.Err())
			}
		}
	}
	return time.Since(began), nil
}
