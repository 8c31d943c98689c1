package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/kafkatest"
)

// partitions is how many a new topic gets.
const partitions = 3

// patience is how long the cluster may take to answer.
const patience = 10 * time.Second

// A Cluster is the Kafka that the example talks to: an embedded one or yours.
type Cluster struct {
	brokers  string
	topics   []string
	embedded *kafkatest.Broker // nil for a real one
	client   *kafka.Producer
	admin    *kafka.AdminClient
}

// Open connects to brokers, or starts an embedded broker where there are none,
// and creates the topics that are not there.
func Open(brokers string, topics ...string) (*Cluster, error) {
	c := &Cluster{brokers: brokers, topics: topics}
	var err error
	if brokers == "" {
		if c.embedded, err = kafkatest.Start(); err != nil {
			return nil, err
		}
		c.brokers = c.embedded.Brokers()
	}
	if err = c.connect(); err != nil {
		c.Close()
		return nil, fmt.Errorf("kafka at %s: %w", c.brokers, err)
	}
	return c, nil
}

func (c *Cluster) connect() (err error) {
	c.client, err = kafka.NewProducer(&kafka.ConfigMap{
		"bootstrap.servers": c.brokers, "partitioner": "murmur2_random", "linger.ms": 0, "log_level": 0,
	})
	if err != nil {
		return err
	}
	if c.admin, err = kafka.NewAdminClientFromProducer(c.client); err != nil {
		return err
	}
	return c.createTopics()
}

// createTopics leaves topics that are there as they are.
func (c *Cluster) createTopics() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var wanted []kafka.TopicSpecification
	for _, t := range c.topics {
		wanted = append(wanted, kafka.TopicSpecification{Topic: t, NumPartitions: partitions, ReplicationFactor: -1})
	}
	results, err := c.admin.CreateTopics(ctx, wanted)
	if err != nil {
		return err
	}
	for _, r := range results {
		if code := r.Error.Code(); code != kafka.ErrNoError && code != kafka.ErrTopicAlreadyExists {
			err = errors.Join(err, fmt.Errorf("create topic %s: %w", r.Topic, r.Error))
		}
	}
	return err
}

// Brokers returns the bootstrap servers.
func (c *Cluster) Brokers() string { return c.brokers }

// A Position is how far a group has come in a partition.
type Position struct {
	Topic          string
	Partition      int32
	Committed, End int64
}

// Positions returns what group has committed of its topics, as the broker
// knows it, partition by partition. Committed is negative where there is none.
func (c *Cluster) Positions(group string, topics ...string) ([]Position, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	parts, err := c.partitions(topics)
	if err != nil {
		return nil, err
	}
	result, err := c.admin.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{{Group: group, Partitions: parts}})
	if err != nil {
		return nil, err
	}
	var out []Position
	for _, p := range result.ConsumerGroupsTopicPartitions[0].Partitions {
		_, end, err := c.client.QueryWatermarkOffsets(*p.Topic, p.Partition, int(patience.Milliseconds()))
		if err != nil {
			return nil, err
		}
		out = append(out, Position{*p.Topic, p.Partition, int64(p.Offset), end})
	}
	slices.SortFunc(out, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return out, nil
}

func (c *Cluster) partitions(topics []string) ([]kafka.TopicPartition, error) {
	var out []kafka.TopicPartition
	for _, t := range topics {
		meta, err := c.client.GetMetadata(&t, false, int(patience.Milliseconds()))
		if err != nil {
			return nil, err
		}
		for _, p := range meta.Topics[t].Partitions {
			out = append(out, kafka.TopicPartition{Topic: &t, Partition: p.ID})
		}
	}
	return out, nil
}

// Close ends the connection, and the embedded broker.
func (c *Cluster) Close() {
	if c.client != nil {
		c.client.Close()
	}
	if c.embedded != nil {
		c.embedded.Close()
	}
}
