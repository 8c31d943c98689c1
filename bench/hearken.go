package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

var groups atomic.Int64

func newGroup() string { return fmt.Sprintf("bench-%d-%d", time.Now().UnixNano(), groups.Add(1)) }

// hearken is a BATCH listener that does nothing, with default settings.
func hearken(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return hearkenBy(ctx, brokers, topic, n, factory.Poll)
}

// hearkenQueues is the same by the queue reader.
func hearkenQueues(ctx context.Context, brokers, topic string, n int) (time.Duration, error) {
	return hearkenBy(ctx, brokers, topic, n, factory.Queues)
}

func hearkenBy(ctx context.Context, brokers, topic string, n int, r factory.ReaderStyle) (time.Duration, error) {
	var seen atomic.Int64
	var began time.Time
	done := make(chan struct{})
	l := listener.On("bench", func(context.Context, listener.Record[[]byte]) error {
		switch seen.Add(1) {
		case 1:
			began = time.Now()
		case int64(n):
			close(done)
		}
		return nil
	}, listener.Topics(topic), listener.GroupID(newGroup()), factory.Reader(r))
	cfg, err := config.Load(config.Map(map[string]any{
		"kafka.bootstrap-servers": brokers, "kafka.consumer.auto-offset-reset": "earliest",
	}), config.Environ())
	if err != nil {
		return 0, err
	}
	reg, err := factory.Build(cfg, nil, []listener.Listener{l})
	if err != nil {
		return 0, err
	}
	defer reg.Close()
	if err := reg.Start(ctx); err != nil {
		return 0, err
	}
	select {
	case <-done:
		took := time.Since(began)
		return took, reg.Stop(context.Background())
	case <-ctx.Done():
		return 0, fmt.Errorf("%d of %d records: %w", seen.Load(), n, ctx.Err())
	}
}
