package e2e

import (
	"context"
	"errors"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/listener"
)

// plainBatch is how many records a plain loop handles between two commits.
const plainBatch = 50

// loop is what services without a framework do: poll, work, and commit by hand
// after each batch. All but what the test needs is the client's default, the
// assignor (range,roundrobin) included.
func (j job) loop(ctx context.Context, work func(listener.Record[string]) error) (err error) {
	conf := kafka.ConfigMap{
		"bootstrap.servers": j.Brokers, "group.id": j.Group,
		"auto.offset.reset": "earliest", "enable.auto.commit": false,
	}
	properties, _ := j.Settings[propertiesKey].(map[string]any)
	for k, v := range properties {
		conf[k] = v
	}
	consumer, err := kafka.NewConsumer(&conf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, consumer.Close()) }()
	if err := consumer.Subscribe(j.Topic, nil); err != nil {
		return err
	}
	for n := 0; ctx.Err() == nil; {
		m, isRecord := consumer.Poll(100).(*kafka.Message)
		if isRecord && m.TopicPartition.Error == nil {
			r := listener.Record[string]{Partition: m.TopicPartition.Partition, Offset: int64(m.TopicPartition.Offset)}
			if err := work(r); err != nil {
				return err
			}
			n++
		}
		if n == plainBatch || n > 0 && !isRecord {
			_, _ = consumer.Commit() // the next one carries it
			n = 0
		}
	}
	_, _ = consumer.Commit()
	return nil
}
