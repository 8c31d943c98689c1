//go:build unix

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/IBM/sarama"

	"github.com/hearken-go/hearken/bench/agent"
)

// fromOldest is sarama's configuration with the one change that reading a topic from its beginning takes.
func fromOldest() *sarama.Config {
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	return config
}

// saramaGroup marks each record for the periodic commit (1 s); with each=n it
// commits every n records of a partition, and waits.
func saramaGroup(ctx context.Context, j agent.Job, m *agent.Meter) (err error) {
	config := fromOldest()
	each := j.Int("each", 0)
	config.Consumer.Offsets.AutoCommit.Enable = each == 0
	group, err := sarama.NewConsumerGroup(strings.Split(j.Brokers, ","), j.Group, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-m.Done()
		cancel()
	}()
	for ctx.Err() == nil {
		if err := group.Consume(ctx, []string{j.Topic}, marker{m, each}); err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
			return err
		}
	}
	return nil
}

type marker struct {
	m    *agent.Meter
	each int
}

func (marker) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (marker) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h marker) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	handled := 0
	for {
		select {
		case r, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			h.m.Record(r.Partition, r.Offset, r.Value)
			session.MarkMessage(r, "")
			if handled++; h.each > 0 && handled%h.each == 0 {
				session.Commit()
			}
		case <-session.Context().Done():
			return nil
		}
	}
}
