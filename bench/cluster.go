//go:build unix

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// A cluster is where topics are made, and groups are asked what they have committed.
type cluster struct {
	brokers string
	admin   *kafka.AdminClient
	prefix  string
	made    int
	names   map[topic]string
	all     []string
}

func newCluster(brokers string) (*cluster, error) {
	a, err := kafka.NewAdminClient(&kafka.ConfigMap{"bootstrap.servers": brokers})
	if err != nil {
		return nil, err
	}
	return &cluster{brokers: brokers, admin: a, prefix: fmt.Sprintf("bench-%d", time.Now().UnixNano()), names: make(map[topic]string)}, nil
}

// name returns a name that nobody else has, for topics and groups.
func (c *cluster) name(kind string) string {
	c.made++
	return fmt.Sprintf("%s-%s-%d", c.prefix, kind, c.made)
}

// filled returns the name of a topic like t, which is written the first time.
func (c *cluster) filled(ctx context.Context, t topic) (string, error) {
	if name, ok := c.names[t]; ok {
		return name, nil
	}
	name, err := c.create(ctx, t.partitions)
	if err != nil {
		return "", err
	}
	if err := t.write(ctx, c.brokers, name); err != nil {
		return "", fmt.Errorf("fill a topic: %w", err)
	}
	c.names[t] = name
	return name, nil
}

// create makes an empty topic.
func (c *cluster) create(ctx context.Context, partitions int) (string, error) {
	name := c.name("topic")
	results, err := c.admin.CreateTopics(ctx, []kafka.TopicSpecification{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}})
	if err == nil && results[0].Error.Code() != kafka.ErrNoError {
		err = results[0].Error
	}
	if err != nil {
		return "", fmt.Errorf("create a topic: %w", err)
	}
	c.all = append(c.all, name)
	return name, nil
}

// forget deletes the topics of the scenarios that are over.
func (c *cluster) forget(ctx context.Context) {
	if len(c.all) > 0 {
		_, _ = c.admin.DeleteTopics(ctx, c.all) // a leftover is the cluster's owner's to see; names say what it is
	}
	c.all, c.names = nil, make(map[topic]string)
}

// committed returns how many records of topic the group has committed.
func (c *cluster) committed(ctx context.Context, group, topic string, partitions int) (int64, error) {
	var parts []kafka.TopicPartition
	for p := range partitions {
		parts = append(parts, kafka.TopicPartition{Topic: &topic, Partition: int32(p)})
	}
	answer, err := c.admin.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{{Group: group, Partitions: parts}})
	if err != nil {
		return 0, fmt.Errorf("offsets of %s: %w", group, err)
	}
	sum := int64(0)
	for _, p := range answer.ConsumerGroupsTopicPartitions[0].Partitions {
		sum += max(0, int64(p.Offset))
	}
	return sum, nil
}

func (c *cluster) close(ctx context.Context) {
	c.forget(ctx)
	c.admin.Close()
}
