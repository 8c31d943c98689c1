package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/broker"
)

// The operations that an Error names.
const (
	opCreate   = "create topic"
	opDescribe = "describe topic"
	opDelete   = "delete topic"
	opExpand   = "add partitions to topic"
	opAlter    = "change topic"
)

// A TopicDescription is a topic as it is.
type TopicDescription struct {
	Name       string
	Partitions []PartitionDescription // by their numbers
	Config     map[string]string      // by the brokers' names, secret ones left out
}

// Replicas returns how many brokers have the partition that the fewest have.
func (d TopicDescription) Replicas() int {
	least := 0
	for i, p := range d.Partitions {
		if i == 0 || p.Replicas < least {
			least = p.Replicas
		}
	}
	return least
}

// A PartitionDescription is one partition as it is.
type PartitionDescription struct {
	ID       int32
	Leader   int // a broker's id, -1 for none
	Replicas int // brokers that are to have it
	InSync   int // brokers that have all of it
}

// CreateTopics creates topics. It names every one that was not created: one
// that is there already is ErrTopicExists, however it looks. See Declare for topics that may exist.
func (a *Admin) CreateTopics(ctx context.Context, topics ...Topic) error {
	specs, err := factory.TopicSpecs(nil, recipes(topics))
	if err != nil {
		return err
	}
	return errors.Join(a.create(ctx, specs)...)
}

func recipes(topics []Topic) []factory.TopicRecipe {
	out := make([]factory.TopicRecipe, len(topics))
	for i, t := range topics {
		out[i] = t.Recipe()
	}
	return out
}

// create returns what became of each topic.
func (a *Admin) create(ctx context.Context, specs []factory.TopicSpec) []error {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	ask := make([]broker.NewTopic, len(specs))
	for i, s := range specs {
		ask[i] = broker.NewTopic{Name: s.Name, Partitions: s.Partitions, Replicas: s.Replicas, Config: s.Config}
	}
	errs, err := a.c.CreateTopics(ctx, ask)
	out := make([]error, len(specs))
	for i, s := range specs {
		of := err
		if err == nil {
			of = errs[i]
		}
		out[i] = a.fault(ctx, opCreate, s.Name, of)
	}
	return out
}

// DescribeTopics describes topics, in the order of names. Those that can't be
// described are named in the error, and left out of the answer.
func (a *Admin) DescribeTopics(ctx context.Context, names ...string) ([]TopicDescription, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	details, err := a.c.DescribeTopics(ctx, names)
	if err != nil {
		return nil, a.fault(ctx, opDescribe, "", err)
	}
	var out []TopicDescription
	var errs []error
	for _, d := range details {
		err := d.Err
		made := TopicDescription{Name: d.Name}
		if err == nil {
			made.Config, err = a.c.TopicConfigs(ctx, d.Name)
		}
		if err != nil {
			errs = append(errs, a.fault(ctx, opDescribe, d.Name, err))
			continue
		}
		for _, p := range d.Partitions {
			made.Partitions = append(made.Partitions, PartitionDescription(p))
		}
		slices.SortFunc(made.Partitions, func(a, b PartitionDescription) int { return int(a.ID - b.ID) })
		out = append(out, made)
	}
	return out, errors.Join(errs...)
}

// TopicNames lists the topics that this client may see, sorted.
func (a *Admin) TopicNames(ctx context.Context) ([]string, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	names, err := a.c.TopicNames(ctx)
	return names, a.fault(ctx, "list topics", "", err)
}

// DeleteTopics deletes topics with all of their records. It names every one
// that was not deleted; one that there is not is ErrUnknownTopic.
func (a *Admin) DeleteTopics(ctx context.Context, names ...string) error {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	errs, err := a.c.DeleteTopics(ctx, names)
	if err != nil {
		return a.fault(ctx, opDelete, "", err)
	}
	for i, name := range names {
		errs[i] = a.fault(ctx, opDelete, name, errs[i])
	}
	return errors.Join(errs...)
}
