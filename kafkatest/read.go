package kafkatest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/listener"
)

// Records returns all records of topic, partition by partition in offset
// order, as a read-committed reader sees them: records of aborted transactions
// are left out. An open transaction ends the reading of its partition.
func (b *Broker) Records(topic string) []listener.RawRecord {
	b.tb.Helper()
	ctx, cancel := request()
	defer cancel()
	var starts map[int32]kgo.Offset
	var ends map[int32]int64
	b.retry("offsets of "+topic, func() (err error) { // a topic that was made just now is not known everywhere
		starts, ends, err = b.stableRange(ctx, topic)
		return err
	})
	if len(ends) == 0 {
		return nil
	}
	reader, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(b.brokers, ",")...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last offset is often a transaction's marker
		kgo.FetchMaxWait(100*time.Millisecond),
	)
	b.check(err, "reader of %s", topic)
	defer reader.Close()
	return readTo(reader, ends)
}

// WaitRecords waits until topic has at least n records, and returns all it has.
func (b *Broker) WaitRecords(topic string, n int) []listener.RawRecord {
	b.tb.Helper()
	var records []listener.RawRecord
	b.eventually(fmt.Sprintf("%s has %d records", topic, n), func() (bool, string) {
		records = b.Records(topic)
		return len(records) >= n, fmt.Sprintf("it has %d", len(records))
	})
	return records
}

// stableRange returns where each partition that has records begins, and where
// its decided part ends.
func (b *Broker) stableRange(ctx context.Context, topic string) (map[int32]kgo.Offset, map[int32]int64, error) {
	first, err := b.admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, nil, err
	}
	stable, err := b.admin.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return nil, nil, err
	}
	starts, ends := make(map[int32]kgo.Offset), make(map[int32]int64)
	stable.Each(func(end kadm.ListedOffset) {
		start, ok := first.Lookup(topic, end.Partition)
		if ok && start.Err == nil && end.Err == nil && start.Offset < end.Offset {
			starts[end.Partition] = kgo.NewOffset().At(start.Offset)
			ends[end.Partition] = end.Offset
		}
	})
	return starts, ends, errors.Join(first.Error(), stable.Error())
}

// quiet is how long readTo waits for more. Only an aborted record right before
// an open transaction makes it wait: no fetch shows that the end was reached.
const quiet = 5 * time.Second

// readTo reads up to ends, and uses ends up.
func readTo(reader *kgo.Client, ends map[int32]int64) []listener.RawRecord {
	var records []listener.RawRecord
	for len(ends) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), quiet)
		fetches := reader.PollFetches(ctx)
		cancel()
		if fetches.Empty() {
			break
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end, ok := ends[r.Partition]
			if ok && r.Offset < end && !r.Attrs.IsControl() {
				records = append(records, incoming(r))
			}
			if r.Offset >= end-1 {
				delete(ends, r.Partition)
			}
		})
	}
	slices.SortFunc(records, func(a, b listener.RawRecord) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return records
}
