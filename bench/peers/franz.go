//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/bench/agent"
)

// franz polls, handles, and marks what it has handled for the client's
// periodic commit; with each=n it commits every n records, and waits.
func franz(ctx context.Context, j agent.Job, m *agent.Meter) error {
	each := j.Int("each", 0)
	opts := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(j.Brokers, ",")...), kgo.ConsumerGroup(j.Group), kgo.ConsumeTopics(j.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	if each > 0 {
		opts = append(opts, kgo.DisableAutoCommit())
	} else {
		opts = append(opts, kgo.AutoCommitMarks())
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	handled := 0
	for !m.Full() {
		fetches := client.PollFetches(ctx)
		if errs := fetches.Errors(); len(errs) > 0 {
			return fmt.Errorf("%s[%d]: %w", errs[0].Topic, errs[0].Partition, errs[0].Err)
		}
		for records := fetches.RecordIter(); !records.Done(); {
			r := records.Next()
			m.Record(r.Partition, r.Offset, r.Value)
			if each == 0 {
				client.MarkCommitRecords(r)
				continue
			}
			if handled++; handled%each == 0 {
				if err := client.CommitRecords(ctx, r); err != nil {
					return err
				}
			}
			if m.Full() {
				break
			}
		}
	}
	return client.CommitMarkedOffsets(ctx)
}
