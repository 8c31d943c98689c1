package broker

import (
	"context"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The operations of an Admin that a ClientError names.
const (
	opDescribeCluster = "describe cluster"
	opDescribeTopics  = "describe topics"
	opTopicNames      = "list topics"
	opTopicConfigs    = "describe topic settings"
	opListOffsets     = "list offsets"
)

// Operations are what a client may do with a resource: "READ", "DESCRIBE",
// "DELETE" …; nil where the cluster does not say.
type Operations []string

// Known reports whether the cluster said what is allowed.
func (o Operations) Known() bool { return o != nil }

// Allow reports whether an operation is among them.
func (o Operations) Allow(operation string) bool { return slices.Contains(o, operation) }

// A Cluster is what a cluster says of itself.
type Cluster struct {
	ID         string
	Controller int // a node's id, -1 where none is known
	Nodes      []Node
	Allowed    Operations
}

// A Node is one broker, under the address that it tells its clients.
type Node struct {
	ID      int
	Address string // host:port
}

// A TopicDetail is what the cluster says of one topic.
type TopicDetail struct {
	Name       string
	Err        error // a *ClientError: MissingTopic, Auth …
	Partitions []PartitionDetail
	Allowed    Operations
}

// A PartitionDetail is where the copies of one partition are.
type PartitionDetail struct {
	ID               int32
	Leader           int // a node's id, -1 for none
	Replicas, InSync int
}

// Cluster describes the cluster; see Admin.
func (a *admin) Cluster(ctx context.Context) (Cluster, error) {
	out := Cluster{Controller: -1}
	err := a.during(ctx, opDescribeCluster, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.DescribeCluster(ctx, kafka.SetAdminRequestTimeout(left), kafka.SetAdminOptionIncludeAuthorizedOperations(true))
		if err != nil {
			return err
		}
		if res.ClusterID != nil {
			out.ID = *res.ClusterID
		}
		if res.Controller != nil {
			out.Controller = res.Controller.ID
		}
		for _, n := range res.Nodes {
			out.Nodes = append(out.Nodes, Node{n.ID, net.JoinHostPort(n.Host, strconv.Itoa(n.Port))})
		}
		out.Allowed = fromOperations(res.AuthorizedOperations)
		return nil
	})
	return out, err
}

// TopicNames lists the topics; see Admin.
func (a *admin) TopicNames(ctx context.Context) ([]string, error) {
	var names []string
	err := a.during(ctx, opTopicNames, func(_ context.Context, left time.Duration) error {
		md, err := a.c.GetMetadata(nil, true, millis(left))
		if err != nil {
			return err
		}
		for name := range md.Topics {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil
	})
	return names, err
}

// DescribeTopics describes topics; see Admin.
func (a *admin) DescribeTopics(ctx context.Context, names []string) ([]TopicDetail, error) {
	if len(names) == 0 {
		return nil, nil
	}
	byName := map[string]TopicDetail{}
	err := a.during(ctx, opDescribeTopics, func(ctx context.Context, left time.Duration) error {
		unique := slices.Compact(slices.Sorted(slices.Values(names))) // the client refuses doubles
		res, err := a.c.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(unique),
			kafka.SetAdminRequestTimeout(left), kafka.SetAdminOptionIncludeAuthorizedOperations(true))
		for _, d := range res.TopicDescriptions {
			byName[d.Name] = fromTopic(d)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]TopicDetail, len(names))
	for i, name := range names {
		d, ok := byName[name]
		if !ok {
			d = TopicDetail{Name: name, Err: &ClientError{Op: opDescribeTopics, Text: "the answer leaves the topic out"}}
		}
		out[i] = d
	}
	return out, nil
}

func fromTopic(d kafka.TopicDescription) TopicDetail {
	out := TopicDetail{Name: d.Name, Allowed: fromOperations(d.AuthorizedOperations)}
	out.Err = adminError(opDescribeTopics, Partition{}, d.Error)
	for _, p := range d.Partitions {
		leader := -1
		if p.Leader != nil {
			leader = p.Leader.ID
		}
		out.Partitions = append(out.Partitions, PartitionDetail{int32(p.Partition), leader, len(p.Replicas), len(p.Isr)})
	}
	return out
}

// TopicConfigs returns the settings of a topic; see Admin.
func (a *admin) TopicConfigs(ctx context.Context, name string) (map[string]string, error) {
	settings := map[string]string{}
	err := a.during(ctx, opTopicConfigs, func(ctx context.Context, left time.Duration) error {
		res, err := a.c.DescribeConfigs(ctx, []kafka.ConfigResource{{Type: kafka.ResourceTopic, Name: name}}, kafka.SetAdminRequestTimeout(left))
		if err != nil {
			return err
		}
		for _, r := range res {
			if r.Error.Code() != kafka.ErrNoError {
				return r.Error
			}
			for key, entry := range r.Config {
				if !entry.IsSensitive {
					settings[key] = entry.Value
				}
			}
		}
		return nil
	})
	return settings, err
}

// LogStarts returns the oldest offsets; see Admin.
func (a *admin) LogStarts(ctx context.Context, parts []Partition) ([]Offset, error) {
	return a.listOffsets(ctx, parts, kafka.EarliestOffsetSpec)
}

// LogEnds returns the ends of the logs; see Admin.
func (a *admin) LogEnds(ctx context.Context, parts []Partition) ([]Offset, error) {
	return a.listOffsets(ctx, parts, kafka.LatestOffsetSpec)
}

func (a *admin) listOffsets(ctx context.Context, parts []Partition, which kafka.OffsetSpec) ([]Offset, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	var got []Offset
	err := a.during(ctx, opListOffsets, func(ctx context.Context, left time.Duration) error {
		ask := make(map[kafka.TopicPartition]kafka.OffsetSpec, len(parts))
		for _, tp := range toClientList(parts) {
			ask[tp] = which
		}
		res, err := a.c.ListOffsets(ctx, ask, kafka.SetAdminRequestTimeout(left))
		for tp, info := range res.ResultInfos {
			at := Partition{*tp.Topic, tp.Partition}
			o := Offset{Partition: at, Offset: int64(info.Offset), LeaderEpoch: -1, Err: adminError(opListOffsets, at, info.Error)}
			if info.Offset == kafka.OffsetInvalid && o.Err == nil {
				// The leader has not answered, and the client says nothing of it.
				o.Err = &ClientError{Class: Transient, Code: int(kafka.ErrTimedOut), Op: opListOffsets, Part: at, Text: "no answer in time"}
			}
			got = append(got, o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return inOrder(asked(parts), got), nil
}

// fromOperations names operations; nil stays nil.
func fromOperations(list []kafka.ACLOperation) Operations {
	if list == nil {
		return nil
	}
	out := make(Operations, len(list))
	for i, o := range list {
		out[i] = o.String()
	}
	return out
}
