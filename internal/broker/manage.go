package broker

import (
	"context"
	"errors"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The operations of a Manager that a ClientError names.
const (
	opCreateTopics     = "create topics"
	opDeleteTopics     = "delete topics"
	opCreatePartitions = "create partitions"
	opAlterConfigs     = "alter topic settings"
	opAlterOffsets     = "alter group offsets"
)

// A Manager is an Admin that changes clusters, too. Errors of single topics and
// partitions are in the answers, in the order of the questions.
type Manager interface {
	Admin
	// CreateTopics creates topics, and returns what became of each.
	CreateTopics(ctx context.Context, topics []NewTopic) ([]error, error)
	// DeleteTopics deletes topics, and returns what became of each.
	DeleteTopics(ctx context.Context, names []string) ([]error, error)
	// CreatePartitions gives a topic more partitions: total is how many it has then.
	CreatePartitions(ctx context.Context, topic string, total int) error
	// AlterTopicConfigs sets settings of a topic, and leaves its others alone.
	AlterTopicConfigs(ctx context.Context, topic string, settings map[string]string) error
	// AllOffsets returns everything that a group has committed; one that does not exist, nothing.
	AllOffsets(ctx context.Context, group string) ([]Offset, error)
	// OffsetsAt returns the first offset that is not older than at, in the order
	// of parts; End where there is none.
	OffsetsAt(ctx context.Context, parts []Partition, at time.Time) ([]Offset, error)
	// AlterOffsets commits for a group without members, and returns what became
	// of each partition, in the order of offsets.
	AlterOffsets(ctx context.Context, group string, offsets []Offset) ([]Offset, error)
}

// A NewTopic is a topic to be created. -1 is the brokers' default.
type NewTopic struct {
	Name                 string
	Partitions, Replicas int
	Config               map[string]string
}

// OpenManager is OpenAdmin for a client that changes things.
func OpenManager(config map[string]string, log func(level int, tag, text string)) (Manager, error) {
	a, err := OpenAdmin(config, log)
	if err != nil {
		return nil, err
	}
	return a.(*admin), nil
}

// CreateTopics creates topics; see Manager.
func (a *admin) CreateTopics(ctx context.Context, topics []NewTopic) ([]error, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	names := make([]string, len(topics))
	specs := make([]kafka.TopicSpecification, len(topics))
	for i, t := range topics {
		names[i] = t.Name
		specs[i] = kafka.TopicSpecification{Topic: t.Name, NumPartitions: t.Partitions, ReplicationFactor: t.Replicas, Config: t.Config}
	}
	var out []error
	err := a.during(ctx, opCreateTopics, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.CreateTopics(ctx, specs, kafka.SetAdminRequestTimeout(left), kafka.SetAdminOperationTimeout(operation(left)))
		out = perTopic(opCreateTopics, names, res)
		return err
	})
	return out, err
}

// DeleteTopics deletes topics; see Manager.
func (a *admin) DeleteTopics(ctx context.Context, names []string) ([]error, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var out []error
	err := a.during(ctx, opDeleteTopics, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.DeleteTopics(ctx, names, kafka.SetAdminRequestTimeout(left), kafka.SetAdminOperationTimeout(operation(left)))
		out = perTopic(opDeleteTopics, names, res)
		return err
	})
	return out, err
}

// CreatePartitions adds partitions; see Manager.
func (a *admin) CreatePartitions(ctx context.Context, topic string, total int) error {
	return a.during(ctx, opCreatePartitions, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.CreatePartitions(ctx, []kafka.PartitionsSpecification{{Topic: topic, IncreaseTo: total}},
			kafka.SetAdminRequestTimeout(left), kafka.SetAdminOperationTimeout(operation(left)))
		if err != nil {
			return err
		}
		return perTopic(opCreatePartitions, []string{topic}, res)[0]
	})
}

// operation is how long the controller may wait for the brokers: less than
// the client waits for its answer.
func operation(left time.Duration) time.Duration { return max(left*9/10, time.Millisecond) }

// perTopic puts the results into the order of names.
func perTopic(op string, names []string, results []kafka.TopicResult) []error {
	out := make([]error, len(names))
	for i, name := range names {
		out[i] = &ClientError{Op: op, Text: "the answer leaves the topic out", Part: Partition{Topic: name, ID: -1}}
		for _, r := range results {
			if r.Topic == name {
				out[i] = adminError(op, Partition{Topic: name, ID: -1}, r.Error)
			}
		}
	}
	return out
}

// AlterTopicConfigs sets settings; see Manager.
func (a *admin) AlterTopicConfigs(ctx context.Context, topic string, settings map[string]string) error {
	resource := kafka.ConfigResource{Type: kafka.ResourceTopic, Name: topic}
	for name, value := range settings {
		resource.Config = append(resource.Config, kafka.ConfigEntry{Name: name, Value: value, IncrementalOperation: kafka.AlterConfigOpTypeSet})
	}
	return a.during(ctx, opAlterConfigs, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.IncrementalAlterConfigs(ctx, []kafka.ConfigResource{resource}, kafka.SetAdminRequestTimeout(left))
		if err != nil {
			return err
		}
		for _, r := range res {
			if err := adminError(opAlterConfigs, Partition{Topic: topic, ID: -1}, r.Error); err != nil {
				return err
			}
		}
		return nil
	})
}

// AllOffsets returns all commits; see Manager.
func (a *admin) AllOffsets(ctx context.Context, group string) ([]Offset, error) {
	var got []Offset
	err := a.during(ctx, opOffsets, func(ctx context.Context, left time.Duration) error {
		var err error
		got, err = a.listGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{{Group: group}}, left)
		return err
	})
	if ce, ok := errors.AsType[*ClientError](err); ok && ce.Code == int(kafka.ErrGroupIDNotFound) {
		return nil, nil
	}
	return got, err
}

// OffsetsAt looks times up; see Manager.
func (a *admin) OffsetsAt(ctx context.Context, parts []Partition, at time.Time) ([]Offset, error) {
	return a.listOffsets(ctx, parts, kafka.NewOffsetSpecForTimestamp(at.UnixMilli()))
}

// AlterOffsets moves a group; see Manager.
func (a *admin) AlterOffsets(ctx context.Context, group string, offsets []Offset) ([]Offset, error) {
	ask := kafka.ConsumerGroupTopicPartitions{Group: group}
	for _, o := range offsets {
		topic := o.Topic
		part := kafka.TopicPartition{Topic: &topic, Partition: o.ID, Offset: kafka.Offset(o.Offset)}
		if o.Metadata != "" {
			part.Metadata = &o.Metadata
		}
		ask.Partitions = append(ask.Partitions, part)
	}
	var got []Offset
	err := a.during(ctx, opAlterOffsets, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.AlterConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{ask}, kafka.SetAdminRequestTimeout(left))
		if err != nil {
			return err
		}
		got = nil
		for _, g := range res.ConsumerGroupsTopicPartitions {
			got = append(got, fromClient(opAlterOffsets, g.Partitions)...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return inOrder(offsets, got), nil
}
