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

// tunedLoop is the fastest loop that a user would write by hand: tuned settings,
// and the client's own periodic commit, which costs it nothing per record and
// promises less: what is committed was read, not handled.
func tunedLoop(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return loop(ctx, brokers, topic, n, 0, tuned)
}

// committingLoop keeps the promise of BATCH by hand: it commits every 500
// records, after they were handled.
func committingLoop(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return loop(ctx, brokers, topic, n, 500, tuned)
}

// defaultLoop is the loop of the client's own examples.
func defaultLoop(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return loop(ctx, brokers, topic, n, 0, nil)
}

// loop reads n records; with each > 0 it commits after so many.
func loop(ctx context.Context, brokers, topic string, n, each int, more kafka.ConfigMap) (time.Duration, error) {
	config := kafka.ConfigMap{
		"bootstrap.servers": brokers, "group.id": newGroup(), "auto.offset.reset": "earliest",
		"enable.auto.commit": each == 0,
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
			if seen++; each > 0 && seen%each == 0 {
				if _, err := c.CommitMessage(e); err != nil {
					return 0, err
				}
			}
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
