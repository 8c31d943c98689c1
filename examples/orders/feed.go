package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"go.uber.org/fx"
)

// feed writes sample records while the application runs, and ends it when it
// has written enough and all of them were handled.
func feed(lc fx.Lifecycle, end fx.Shutdowner, f Flags, cluster *Cluster, screen *Screen) {
	lc.Append(background(func(ctx context.Context) error {
		err := writeSamples(ctx, f, cluster, screen)
		if err != nil || ctx.Err() != nil || !screen.WaitForAll(ctx) {
			return err
		}
		return end.Shutdown()
	}))
}

// writeSamples writes an order at each tick until there are enough, the time is
// up or ctx ends.
func writeSamples(ctx context.Context, f Flags, cluster *Cluster, screen *Screen) error {
	tick := time.NewTicker(time.Second / time.Duration(min(max(1, f.Rate), 20)))
	defer tick.Stop()
	timeUp := after(f.For)
	for id := 1; f.Orders == 0 || id <= f.Orders; id++ {
		select {
		case <-ctx.Done():
			return nil
		case <-timeUp:
			return nil
		case <-tick.C:
		}
		if err := writeSample(cluster, screen, id); err != nil {
			return err
		}
	}
	return nil
}

// writeSample writes an order; every fourth time a refund as well.
func writeSample(cluster *Cluster, screen *Screen, id int) error {
	o := Order{ID: id, Customer: customers[rand.IntN(len(customers))], Cents: 100 + rand.IntN(9900)}
	if err := cluster.Write(ordersTopic, o.Customer, o); err != nil {
		return err
	}
	screen.Sent(ordersTopic)
	if id%4 != 0 {
		return nil
	}
	if err := cluster.Write(refundsTopic, strconv.Itoa(id), Refund{OrderID: id, Cents: o.Cents}); err != nil {
		return err
	}
	screen.Sent(refundsTopic)
	return nil
}

var customers = []string{"Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"}

// Write writes v as JSON and waits until the broker has it.
func (c *Cluster) Write(topic, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	report := make(chan kafka.Event, 1)
	to := kafka.TopicPartition{Topic: &topic, Partition: kafka.PartitionAny}
	if err := c.client.Produce(&kafka.Message{TopicPartition: to, Key: []byte(key), Value: value}, report); err != nil {
		return err
	}
	if m, ok := (<-report).(*kafka.Message); ok {
		return m.TopicPartition.Error
	}
	return nil
}

// after is time.After, and never for 0.
func after(d time.Duration) <-chan time.Time {
	if d == 0 {
		return nil
	}
	return time.After(d)
}

// background is a hook that runs do from the start to the stop, which waits for it.
func background(do func(context.Context) error) fx.Hook {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	return fx.Hook{
		OnStart: func(context.Context) error {
			go func() { done <- do(ctx) }()
			return nil
		},
		OnStop: func(context.Context) error {
			cancel()
			return <-done
		},
	}
}
