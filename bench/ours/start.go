//go:build unix

package ours

import (
	"context"
	"fmt"
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// hearkenStart starts as many listeners as the parameter listeners says, each
// with a group of its own, and is done when Records partitions are assigned altogether; with
// until=read, when so many records have come.
func hearkenStart(ctx context.Context, j agent.Job, m *agent.Meter) error {
	var all []listener.Listener
	read := untilRead(j)
	told := listener.OnRebalance(listener.RebalanceListener{Assigned: func(_ context.Context, parts *listener.Assigned) {
		m.Told(len(parts.Partitions))
	}})
	for i := range j.Int("listeners", 1) {
		all = append(all, listener.On(fmt.Sprintf("bench-%d", i), func(_ context.Context, r listener.Record[[]byte]) error {
			if read {
				m.Record(r.Partition, r.Offset, nil)
			}
			return nil
		}, listener.Topics(j.Topic), listener.GroupID(fmt.Sprintf("%s-%d", j.Group, i)), told))
	}
	return listen(ctx, j, m, all, event.ObserverFunc(func(e event.Event) {
		if a, ok := e.(event.Assigned); ok && !read {
			for _, p := range a.Partitions {
				m.Record(p.ID, 0, nil)
			}
		}
	}))
}

// untilRead is what all of a start is compared by: a bare client says that it is
// assigned before it knows where to read, and a listener when it does.
func untilRead(j agent.Job) bool { return j.Text("until", "") == "read" }

// loopStart starts as many consumers on the bare client.
func loopStart(ctx context.Context, j agent.Job, m *agent.Meter) error {
	var wg sync.WaitGroup
	errs := make(chan error, j.Int("listeners", 1))
	for i := range j.Int("listeners", 1) {
		wg.Go(func() {
			if err := member(ctx, j, m, fmt.Sprintf("%s-%d", j.Group, i)); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// member is one consumer that polls until all have their partitions.
func member(ctx context.Context, j agent.Job, m *agent.Meter, group string) error {
	c, err := open(j, group)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // the measurement is over
	read := untilRead(j)
	err = c.SubscribeTopics([]string{j.Topic}, func(c *kafka.Consumer, ev kafka.Event) error {
		switch e := ev.(type) {
		case kafka.AssignedPartitions:
			m.Told(len(e.Partitions))
			err := c.IncrementalAssign(e.Partitions)
			for _, p := range e.Partitions {
				if !read {
					m.Record(p.Partition, 0, nil)
				}
			}
			return err
		case kafka.RevokedPartitions:
			return c.IncrementalUnassign(e.Partitions)
		}
		return nil
	})
	for err == nil && !m.Full() {
		if r, ok := c.Poll(100).(*kafka.Message); ok && read {
			m.Record(r.TopicPartition.Partition, int64(r.TopicPartition.Offset), nil)
		}
		err = ctx.Err()
	}
	return err
}
