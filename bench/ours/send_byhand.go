//go:build unix

package ours

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/bench/agent"
)

// producer is the client as the template has it.
func producer(j agent.Job, more kafka.ConfigMap) (*kafka.Producer, error) {
	config := kafka.ConfigMap{
		"bootstrap.servers": j.Brokers, "acks": "all", "enable.idempotence": true, "partitioner": "murmur2_random",
		"linger.ms": 0, "go.delivery.report.fields": "none", "go.events.channel.size": 1000, "go.produce.channel.size": 0,
	}
	maps.Copy(config, more)
	return kafka.NewProducer(&config)
}

func message(j agent.Job, i int) *kafka.Message {
	return &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &j.Topic, Partition: kafka.PartitionAny},
		Key:            []byte(keys[i%len(keys)]), Value: payload,
	}
}

// A result is what a user keeps of each record, to know what became of it.
type result struct {
	offset kafka.Offset
	err    error
}

// sendAsyncByHand is the fastest loop that correlates its reports: one goroutine
// on Events, and the record's result as its opaque.
func sendAsyncByHand(_ context.Context, j agent.Job, m *agent.Meter) error {
	p, err := producer(j, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := wait(p, message(j, 0), make(chan kafka.Event, 1)); err != nil {
		return err
	}
	m.Begin()
	failed := 0
	var drained sync.WaitGroup
	drained.Go(func() {
		for seen := 0; seen < j.Records; {
			if report, ok := (<-p.Events()).(*kafka.Message); ok {
				r := report.Opaque.(*result)
				r.offset, r.err = report.TopicPartition.Offset, report.TopicPartition.Error
				if r.err != nil {
					failed++
				}
				seen++
			}
		}
	})
	for i := range j.Records {
		r := message(j, i)
		r.Opaque = new(result)
		for p.Produce(r, nil) != nil { // the queue is full
			time.Sleep(time.Millisecond)
		}
	}
	drained.Wait()
	m.Sent(j.Records)
	if failed > 0 {
		return fmt.Errorf("%d failed", failed)
	}
	return nil
}

// send64ByHand is the client's own example from 64 goroutines: a delivery
// channel for each, kept.
func send64ByHand(_ context.Context, j agent.Job, m *agent.Meter) error {
	p, err := producer(j, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := wait(p, message(j, 0), make(chan kafka.Event, 1)); err != nil {
		return err
	}
	reports := make([]chan kafka.Event, senders)
	for i := range reports {
		reports[i] = make(chan kafka.Event, 1)
	}
	m.Begin()
	if err := fromEach(j.Records, func(i int) error { return wait(p, message(j, i), reports[i%senders]) }); err != nil {
		return err
	}
	m.Sent(j.Records)
	return nil
}

// wait sends and waits for the report.
func wait(p *kafka.Producer, r *kafka.Message, report chan kafka.Event) error {
	if err := p.Produce(r, report); err != nil {
		return err
	}
	return (<-report).(*kafka.Message).TopicPartition.Error
}

// transactionsByHand leaves the records' reports to the commit.
func transactionsByHand(ctx context.Context, j agent.Job, m *agent.Meter) error {
	p, err := producer(j, kafka.ConfigMap{"transactional.id": j.Group})
	if err != nil {
		return err
	}
	defer p.Close()
	go func() {
		for ev := range p.Events() {
			_ = ev
		}
	}()
	if err := p.InitTransactions(ctx); err != nil {
		return err
	}
	return inHundreds(j, m, func(from int) error {
		if err := p.BeginTransaction(); err != nil {
			return err
		}
		var errs []error
		for i := range inTransaction {
			errs = append(errs, p.Produce(message(j, from+i), nil))
		}
		return errors.Join(append(errs, p.CommitTransaction(ctx))...)
	})
}
