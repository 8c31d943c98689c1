//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// tuned is the client as the template has it.
func tuned(o options, more kafka.ConfigMap) (*kafka.Producer, error) {
	config := kafka.ConfigMap{
		"bootstrap.servers": o.brokers, "acks": "all", "enable.idempotence": true, "partitioner": "murmur2_random",
		"linger.ms": strconv.FormatFloat(float64(o.linger)/1e6, 'f', -1, 64), "go.delivery.report.fields": "none",
		"go.events.channel.size": 1000, "go.produce.channel.size": 0,
	}
	maps.Copy(config, more)
	return kafka.NewProducer(&config)
}

// A result is what a user keeps of each record, to know what became of it.
type result struct {
	offset kafka.Offset
	err    error
}

// asyncByHand is the fastest loop that correlates its reports: one goroutine
// on Events, and the record's result as its opaque.
func asyncByHand(_ context.Context, o options, n int) (time.Duration, error) {
	return asyncByHandBy(o, n, 1)
}

func async8ByHand(_ context.Context, o options, n int) (time.Duration, error) {
	return asyncByHandBy(o, n, 8)
}

func asyncByHandBy(o options, n, senders int) (time.Duration, error) {
	p, err := tuned(o, nil)
	if err != nil {
		return 0, err
	}
	if err := first(p, o); err != nil {
		return 0, err
	}
	failed, drained := 0, make(chan struct{})
	go func() {
		defer close(drained)
		for seen := 0; seen < n/senders*senders; {
			if m, ok := (<-p.Events()).(*kafka.Message); ok {
				r := m.Opaque.(*result)
				r.offset, r.err = m.TopicPartition.Offset, m.TopicPartition.Error
				if r.err != nil {
					failed++
				}
				seen++
			}
		}
	}()
	began := time.Now()
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for i := range n / senders {
				m := kafka.Message{
					TopicPartition: kafka.TopicPartition{Topic: &o.topic, Partition: kafka.PartitionAny},
					Key:            []byte(keys[i%len(keys)]), Value: payload, Opaque: new(result),
				}
				for p.Produce(&m, nil) != nil { // the queue is full
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	<-drained
	took := time.Since(began)
	p.Close()
	if failed > 0 {
		return 0, fmt.Errorf("%d failed", failed)
	}
	return took, nil
}

// first connects.
func first(p *kafka.Producer, o options) error {
	report := make(chan kafka.Event, 1)
	err := p.Produce(&kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &o.topic, Partition: kafka.PartitionAny}, Value: payload}, report)
	if err != nil {
		return err
	}
	return (<-report).(*kafka.Message).TopicPartition.Error
}

// wait64ByHand is the client's own example from 64 goroutines: a delivery
// channel for each, kept.
func wait64ByHand(_ context.Context, o options, n int) (time.Duration, error) {
	p, err := tuned(o, nil)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	if err := first(p, o); err != nil {
		return 0, err
	}
	began := time.Now()
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for range 64 {
		wg.Go(func() {
			report := make(chan kafka.Event, 1)
			for i := range n / 64 {
				err := p.Produce(&kafka.Message{
					TopicPartition: kafka.TopicPartition{Topic: &o.topic, Partition: kafka.PartitionAny},
					Key:            []byte(keys[i%len(keys)]), Value: payload,
				}, report)
				if err == nil {
					err = (<-report).(*kafka.Message).TopicPartition.Error
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	close(errs)
	return took, <-errs
}

// transactionsByHand leaves the records' reports to the commit.
func transactionsByHand(ctx context.Context, o options, n int) (time.Duration, error) {
	p, err := tuned(o, kafka.ConfigMap{"transactional.id": "by-hand"})
	if err != nil {
		return 0, err
	}
	defer p.Close()
	go func() {
		for ev := range p.Events() {
			_ = ev
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := p.InitTransactions(ctx); err != nil {
		return 0, err
	}
	var began time.Time
	for i := range n/100 + 1 {
		if err := p.BeginTransaction(); err != nil {
			return 0, err
		}
		var errs []error
		for j := range 100 {
			errs = append(errs, p.Produce(&kafka.Message{
				TopicPartition: kafka.TopicPartition{Topic: &o.topic, Partition: kafka.PartitionAny},
				Key:            []byte(keys[(i*100+j)%len(keys)]), Value: payload,
			}, nil))
		}
		if err := errors.Join(append(errs, p.CommitTransaction(ctx))...); err != nil {
			return 0, err
		}
		if i == 0 {
			began = time.Now()
		}
	}
	return time.Since(began), nil
}
