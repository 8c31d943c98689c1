//go:build unix

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"

	"github.com/hearken-go/hearken/bench/agent"
)

// watermillSubscriber acknowledges each message; sarama below commits what was
// acknowledged once a second.
func watermillSubscriber(ctx context.Context, j agent.Job, m *agent.Meter) (err error) {
	s, err := kafka.NewSubscriber(kafka.SubscriberConfig{
		Brokers: strings.Split(j.Brokers, ","), Unmarshaler: kafka.DefaultMarshaler{}, ConsumerGroup: j.Group,
		OverwriteSaramaConfig: fromOldest(),
	}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	messages, err := s.Subscribe(ctx, j.Topic)
	if err != nil {
		return err
	}
	for {
		select {
		case message, ok := <-messages:
			if !ok {
				return nil
			}
			m.Record(0, 0, message.Payload)
			message.Ack()
		case <-m.Done():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
