package kafkatest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/listener"
)

// Records returns all records of topic, partition by partition in offset
// order, as a read-committed reader sees them: records of aborted transactions
// are left out. An open transaction ends the reading of its partition. Where
// nothing comes for two minutes before the end is reached, the test fails and says
// how far it was read: fewer records are never returned.
func (b *Broker) Records(topic string) []listener.RawRecord {
	b.tb.Helper()
	ctx, cancel := request()
	defer cancel()
	var spans []span
	b.retry("offsets of "+topic, func() (err error) { // a topic that was made just now is not known everywhere
		spans, err = b.stableSpans(ctx, topic)
		return err
	})
	records, err := b.readSpans(topic, spans, patience)
	b.check(err, "records of %s", topic)
	return records
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

// A span is what is left to read of a partition, up to the end of its decided part.
type span struct {
	partition int32
	at, end   int64
}

// stableSpans returns the decided part of each partition that has one.
func (b *Broker) stableSpans(ctx context.Context, topic string) ([]span, error) {
	first, err := b.admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	stable, err := b.admin.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(first.Error(), stable.Error()); err != nil {
		return nil, err
	}
	var spans []span
	stable.Each(func(end kadm.ListedOffset) {
		start, ok := first.Lookup(topic, end.Partition)
		if !ok { // it became known between the questions: without it, records would be missing
			err = kerr.UnknownTopicOrPartition
		} else if start.Offset < end.Offset {
			spans = append(spans, span{end.Partition, start.Offset, end.Offset})
		}
	})
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.partition, b.partition) })
	return spans, err
}

// readSpans reads each span to its end, or says which it could not. It asks by
// itself, because a consumer does not tell where it is: aborted records and gaps
// pass unseen, and at the end nothing would follow them. Patience is how long a
// partition may give nothing, not even an aborted record.
func (b *Broker) readSpans(topic string, spans []span, patience time.Duration) (all []listener.RawRecord, err error) {
	for _, s := range spans {
		for s.at < s.end {
			records, next, err := b.follow(topic, s, patience)
			if err != nil {
				return nil, fmt.Errorf("partition %d is read up to %d of %d: %w", s.partition, s.at, s.end, err)
			}
			all, s.at = append(all, records...), next
		}
	}
	return all, nil
}

// follow returns what comes next in a span, and the offset behind it. What may
// pass by itself, like a leader that moves, is waited for.
func (b *Broker) follow(topic string, s span, patience time.Duration) ([]listener.RawRecord, int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	nothing := errors.New("nothing comes")
	why := nothing
	for {
		records, next, err := b.fetch(ctx, topic, s)
		if next > s.at || refused(err) {
			return records, next, err
		}
		if ctx.Err() == nil { // at the end of the patience that is the error, and says nothing
			why = cmp.Or(err, nothing)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, s.at, fmt.Errorf("%w for %v", why, patience)
		}
	}
}

// refused reports whether the broker has answered with an error that stays.
func refused(err error) bool {
	var answer *kerr.Error
	return errors.As(err, &answer) && !answer.Retriable
}

// decompressor keeps what it has built for the next answer, and serves all readers at once.
var decompressor = kgo.DefaultDecompressor()

// fetch asks once for what is next in a span.
func (b *Broker) fetch(ctx context.Context, topic string, s span) ([]listener.RawRecord, int64, error) {
	leader, id, err := b.leader(ctx, topic, s.partition)
	if err != nil {
		return nil, s.at, err
	}
	resp, err := fetchRequest(topic, id, s).RequestWith(ctx, b.client.Broker(int(leader)))
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return nil, s.at, err
	}
	opts := kgo.ProcessFetchPartitionOpts{Offset: s.at, IsolationLevel: kgo.ReadCommitted(), Topic: topic, Partition: s.partition}
	got, next := kgo.ProcessFetchPartition(opts, &resp.Topics[0].Partitions[0], decompressor, nil)
	if errors.Is(got.Err, kerr.OffsetOutOfRange) {
		return b.skipDeleted(ctx, topic, s)
	}
	var records []listener.RawRecord
	for _, r := range got.Records {
		if r.Offset < s.end { // the decided part may have grown
			records = append(records, incoming(r))
		}
	}
	return records, next, got.Err
}

// skipDeleted goes to where the log begins by now.
func (b *Broker) skipDeleted(ctx context.Context, topic string, s span) ([]listener.RawRecord, int64, error) {
	first, err := b.admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, s.at, err
	}
	start, _ := first.Lookup(topic, s.partition)
	if start.Err == nil && start.Offset <= s.at {
		start.Err = kerr.OffsetOutOfRange // the log became shorter: it is another one
	}
	return nil, max(s.at, start.Offset), start.Err
}

// fetchRequest names the topic both ways: its id since Kafka 3.1, its name before.
func fetchRequest(topic string, id [16]byte, s span) *kmsg.FetchRequest {
	partition := kmsg.NewFetchRequestTopicPartition()
	partition.Partition, partition.FetchOffset, partition.PartitionMaxBytes = s.partition, s.at, 8<<20
	of := kmsg.NewFetchRequestTopic()
	of.Topic, of.TopicID, of.Partitions = topic, id, append(of.Partitions, partition)
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes, req.IsolationLevel = 100, 1, 8<<20, 1
	req.SessionEpoch = -1 // no session: each request stands alone
	req.Topics = append(req.Topics, of)
	return req
}

// leader returns who leads the partition now, and the topic's id.
func (b *Broker) leader(ctx context.Context, topic string, partition int32) (leader int32, id [16]byte, err error) {
	of := kmsg.NewMetadataRequestTopic()
	of.Topic = kmsg.StringPtr(topic)
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = append(req.Topics, of)
	resp, err := req.RequestWith(ctx, b.client)
	if err != nil {
		return 0, id, err
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if p.Partition == partition && p.Leader >= 0 {
				return p.Leader, t.TopicID, nil
			}
		}
		err = kerr.ErrorForCode(t.ErrorCode)
	}
	return 0, id, cmp.Or(err, error(kerr.LeaderNotAvailable))
}
