//go:build unix

package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/hearken-go/hearken/bench/agent"
)

// segmentio fetches, handles, and leaves the commit to the reader's clock (1 s);
// with each=n it commits every n records, and waits. Queue and fetch are larger than the
// defaults, which are made for slow readers.
func segmentio(ctx context.Context, j agent.Job, m *agent.Meter) (err error) {
	config := kafka.ReaderConfig{
		Brokers: strings.Split(j.Brokers, ","), GroupID: j.Group, Topic: j.Topic, StartOffset: kafka.FirstOffset,
		QueueCapacity: 10_000, MinBytes: 1, MaxBytes: 4 << 20, MaxWait: 100 * time.Millisecond, CommitInterval: time.Second,
	}
	each := j.Int("each", 0)
	if each > 0 {
		config.CommitInterval = 0
	} else {
		each = 1 // which only notes it
	}
	reader := kafka.NewReader(config)
	defer func() { err = errors.Join(err, reader.Close()) }()
	for handled := 1; !m.Full(); handled++ {
		r, err := reader.FetchMessage(ctx)
		if err != nil {
			return err
		}
		m.Record(int32(r.Partition), r.Offset, r.Value)
		if handled%each == 0 {
			if err := reader.CommitMessages(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}
