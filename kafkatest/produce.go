package kafkatest

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/listener"
)

// Produce writes records to topic, in order, and returns them as the broker
// stored them, with partition and offset, once all are acknowledged.
func (b *Broker) Produce(topic string, records ...Record) []listener.RawRecord {
	b.tb.Helper()
	ctx, cancel := request()
	defer cancel()
	out := make([]*kgo.Record, len(records))
	for i, r := range records {
		out[i] = outgoing(topic, r)
	}
	b.check(b.client.ProduceSync(ctx, out...).FirstErr(), "produce %d records to %s", len(records), topic)
	stored := make([]listener.RawRecord, len(out))
	for i, r := range out {
		stored[i] = incoming(r)
	}
	return stored
}

// ProduceValues writes one record with a null key for each value (see Value).
func ProduceValues[V any](b *Broker, topic string, vs ...V) []listener.RawRecord {
	b.tb.Helper()
	return b.Produce(topic, Values(vs...)...)
}

func outgoing(topic string, r Record) *kgo.Record {
	out := &kgo.Record{
		Topic: topic, Partition: r.partition, Key: r.raw.Key, Value: r.raw.Value, Timestamp: r.raw.Timestamp,
		Context: context.WithValue(context.Background(), chosenKey{}, r.partition),
	}
	for _, h := range r.raw.Headers {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	return out
}

// incoming turns a record of the outside client into the framework's form.
func incoming(r *kgo.Record) listener.RawRecord {
	in := listener.RawRecord{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, LeaderEpoch: r.LeaderEpoch,
		Timestamp: r.Timestamp, Key: r.Key, Value: r.Value,
	}
	for _, h := range r.Headers {
		in.Headers = append(in.Headers, listener.Header{Key: h.Key, Value: h.Value})
	}
	return in
}

// chosenKey carries the chosen partition beside the record, because the client
// overwrites its Partition field when it asks again.
type chosenKey struct{}

// partitioner honours a chosen partition, else hashes the key as Java clients
// do, else takes the partitions of the topic by turns.
func partitioner() kgo.Partitioner {
	hash := kgo.StickyKeyPartitioner(nil)
	return kgo.BasicConsistentPartitioner(func(topic string) func(*kgo.Record, int) int {
		byKey, next := hash.ForTopic(topic), -1
		return func(r *kgo.Record, n int) int {
			if p, ok := r.Context.Value(chosenKey{}).(int32); ok && p >= 0 { // who uses Client chooses none
				return int(p)
			}
			if r.Key != nil {
				return byKey.Partition(r, n)
			}
			next++
			return next % n
		}
	})
}
