//go:build unix

package main

import (
	"context"
	"io"
	"log"
	"strings"

	"github.com/lovoo/goka"
	"github.com/lovoo/goka/codec"

	"github.com/hearken-go/hearken/bench/agent"
)

// gokaProcessor is a processor with one input and no table; sarama below commits
// what callbacks have returned from once a second.
func gokaProcessor(ctx context.Context, j agent.Job, m *agent.Meter) error {
	graph := goka.DefineGroup(goka.Group(j.Group), goka.Input(goka.Stream(j.Topic), new(codec.Bytes), func(c goka.Context, value any) {
		m.Record(c.Partition(), c.Offset(), value.([]byte))
	}))
	p, err := goka.NewProcessor(strings.Split(j.Brokers, ","), graph,
		goka.WithConsumerGroupBuilder(goka.ConsumerGroupBuilderWithConfig(fromOldest())),
		goka.WithLogger(log.New(io.Discard, "", 0)))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-m.Done():
			p.Stop()
		case <-ctx.Done():
		}
	}()
	return p.Run(ctx)
}
