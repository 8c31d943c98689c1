package broker

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The operations of an Admin that a ClientError names.
const (
	opDescribeGroup = "describe group"
	opDeleteGroup   = "delete group"
	opOffsets       = "group offsets"
)

// A Group is a consumer group as its coordinator sees it.
type Group struct {
	Name     string
	Exists   bool   // the other fields say nothing of a group that does not
	State    string // Stable, Empty, PreparingRebalance …
	Protocol string // classic or consumer
	Assignor string // how partitions are shared; "" while nobody is
	Members  []GroupMember
	Allowed  Operations // what this client may do with the group
}

// A GroupMember is one client of a group.
type GroupMember struct {
	ID         string
	InstanceID string // "" for a dynamic member
	ClientID   string
	Host       string
	Partitions []Partition
}

// Group describes a group; see Admin.
func (a *admin) Group(ctx context.Context, name string) (Group, error) {
	var g Group
	err := a.during(ctx, opDescribeGroup, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.DescribeConsumerGroups(ctx, []string{name},
			kafka.SetAdminRequestTimeout(left), kafka.SetAdminOptionIncludeAuthorizedOperations(true))
		if err != nil {
			return err
		}
		if len(res.ConsumerGroupDescriptions) != 1 {
			return kafka.NewError(kafka.ErrFail, "the answer leaves the group out", false)
		}
		g, err = fromGroup(res.ConsumerGroupDescriptions[0])
		return err
	})
	return g, err
}

func fromGroup(d kafka.ConsumerGroupDescription) (Group, error) {
	g := Group{Name: d.GroupID, State: d.State.String(), Allowed: fromOperations(d.AuthorizedOperations)}
	switch {
	case d.Error.Code() == kafka.ErrGroupIDNotFound || d.State == kafka.ConsumerGroupStateDead && d.Error.Code() == kafka.ErrNoError:
		return Group{Name: d.GroupID, Allowed: g.Allowed}, nil
	case d.Error.Code() != kafka.ErrNoError:
		return Group{Name: d.GroupID}, d.Error
	}
	g.Exists, g.Protocol, g.Assignor = true, "classic", d.PartitionAssignor
	if d.Type == kafka.ConsumerGroupTypeConsumer {
		g.Protocol = "consumer"
	}
	for _, m := range d.Members {
		g.Members = append(g.Members, GroupMember{
			ID: m.ConsumerID, InstanceID: m.GroupInstanceID, ClientID: m.ClientID, Host: m.Host,
			Partitions: partitions(m.Assignment.TopicPartitions),
		})
	}
	return g, nil
}

// DeleteGroup deletes a group; see Admin.
func (a *admin) DeleteGroup(ctx context.Context, name string) error {
	return a.during(ctx, opDeleteGroup, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.DeleteConsumerGroups(ctx, []string{name}, kafka.SetAdminRequestTimeout(left))
		if err != nil {
			return err
		}
		for _, r := range res.ConsumerGroupResults {
			if code := r.Error.Code(); code != kafka.ErrNoError && code != kafka.ErrGroupIDNotFound {
				return r.Error
			}
		}
		return nil
	})
}

// Offsets returns a group's committed offsets; see Admin.
func (a *admin) Offsets(ctx context.Context, group string, parts []Partition) ([]Offset, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	var got []Offset
	err := a.during(ctx, opOffsets, func(ctx context.Context, left time.Duration) error {
		ask := []kafka.ConsumerGroupTopicPartitions{{Group: group, Partitions: toClientList(parts)}}
		var err error
		got, err = a.listGroupOffsets(ctx, ask, left)
		return err
	})
	if err != nil {
		return nil, err
	}
	return inOrder(asked(parts), got), nil
}

// listGroupOffsets asks by a consumer of that group, which never joins it: a
// client without a group crashes the process (librdkafka 2.15, rd_kafka_cgrp_op
// without a cgrp) where the coordinator is just being elected or loaded.
func (a *admin) listGroupOffsets(ctx context.Context, ask []kafka.ConsumerGroupTopicPartitions, left time.Duration) ([]Offset, error) {
	config := maps.Clone(a.config)
	config["group.id"] = ask[0].Group
	consumer, err := kafka.NewConsumer(&config)
	if err != nil {
		return nil, err
	}
	defer func() { _ = consumer.Close() }() // it has nothing to leave
	c, err := kafka.NewAdminClientFromConsumer(consumer)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	res, err := c.ListConsumerGroupOffsets(ctx, ask, kafka.SetAdminRequestTimeout(left))
	if err != nil {
		return nil, err
	}
	var got []Offset
	for _, g := range res.ConsumerGroupsTopicPartitions {
		got = append(got, fromClient(opOffsets, g.Partitions)...)
	}
	for _, o := range got { // else nobody would ask again
		if ce, ok := errors.AsType[*ClientError](o.Err); ok && moving(kafka.NewError(kafka.ErrorCode(ce.Code), ce.Text, false)) {
			return nil, kafka.NewError(kafka.ErrorCode(ce.Code), ce.Text, false)
		}
	}
	return got, nil
}

// asked is parts as questions for inOrder.
func asked(parts []Partition) []Offset {
	want := make([]Offset, len(parts))
	for i, p := range parts {
		want[i].Partition = p
	}
	return want
}
