//go:build unix

package ours

import (
	"context"
	"errors"
	"time"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// bare is the framework's reader without the framework: one goroutine reads
// chunks and handles their records, and commits at the end. It shows what the
// client and the copying out of it cost by themselves.
func bare(ctx context.Context, j agent.Job, m *agent.Meter) (err error) {
	reader := spec.Poll
	if j.Text("reader", "") == "queues" {
		reader = spec.Queues
	}
	c, err := broker.Open(broker.Params{Reader: reader, Config: map[string]string{
		"bootstrap.servers": j.Brokers, "group.id": j.Group, "auto.offset.reset": "earliest",
	}})
	if err != nil {
		return err
	}
	o := owner{}
	defer func() { err = errors.Join(err, c.Close()) }()
	if at, _ := c.Reading(); at != reader {
		return errFellBack
	}
	if err := c.Subscribe([]string{j.Topic}, o); err != nil {
		return err
	}
	var turn broker.Turn
	ends := map[broker.Partition]int64{}
	for !m.Full() && ctx.Err() == nil {
		c.Next(broker.Limits{Wait: 100 * time.Millisecond, Records: 500, Bytes: 1 << 20}, &turn)
		for i := range turn.Chunks {
			ch := &turn.Chunks[i]
			for r := range ch.Records {
				m.Record(ch.ID, ch.Records[r].Offset, ch.Records[r].Value)
			}
			ends[ch.Partition] = ch.Records[len(ch.Records)-1].Offset + 1
		}
	}
	offsets := make([]broker.Offset, 0, len(ends))
	for p, at := range ends {
		offsets = append(offsets, broker.Offset{Partition: p, Offset: at})
	}
	_, err = c.Commit(offsets)
	return errors.Join(err, ctx.Err())
}

// An owner takes every partition where its group is.
type owner struct{}

func (owner) Assigned(parts []broker.Partition) []broker.Assignment {
	out := make([]broker.Assignment, len(parts))
	for i, p := range parts {
		out[i] = broker.Assignment{Partition: p, Start: broker.Offset{Partition: p, Offset: broker.Stored}, Epoch: 1}
	}
	return out
}

func (owner) Revoked([]broker.Partition) {}

func (owner) Lost([]broker.Partition) {}
