package kafkatest

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// A Member is one member of a group, as the coordinator sees it.
type Member struct {
	ID         string
	InstanceID string // "" for a dynamic member
	ClientID   string
	Partitions map[string][]int32 // topic → its partitions, in order
}

// Assigned returns how many partitions the member has.
func (m Member) Assigned() int {
	n := 0
	for _, ps := range m.Partitions {
		n += len(ps)
	}
	return n
}

// A Group is a consumer group, as the coordinator sees it.
type Group struct {
	State    string // "Stable", "Empty" …, "Dead" when there is no such group
	Protocol string // the assignor
	Members  []Member
}

// Group describes a group of either protocol (classic, KIP-848).
func (b *Broker) Group(group string) Group {
	b.tb.Helper()
	var g Group
	b.retry("describe group "+group, func() (err error) { g, err = b.describe(group); return })
	return g
}

// Members returns the group's members; none when there is no such group.
func (b *Broker) Members(group string) []Member {
	b.tb.Helper()
	return b.Group(group).Members
}

// WaitMembers waits until the group is stable with exactly n members, and
// returns them. With n = 0 it waits until the group is empty or gone.
func (b *Broker) WaitMembers(group string, n int) []Member {
	b.tb.Helper()
	var g Group
	b.eventually(fmt.Sprintf("group %s is stable with %d members", group, n), func() (bool, string) {
		var err error
		if g, err = b.describe(group); err != nil {
			return false, err.Error()
		}
		settled := g.State == "Stable" || n == 0
		return settled && len(g.Members) == n, fmt.Sprintf("%s with %d members", g.State, len(g.Members))
	})
	return g.Members
}

// describe asks as for a classic group first; a KIP-848 group then shows no members, or does not exist.
func (b *Broker) describe(group string) (Group, error) {
	ctx, cancel := request()
	defer cancel()
	classic, err := b.admin.DescribeGroups(ctx, group)
	if err != nil {
		return Group{}, err
	}
	g := classic[group]
	if g.Err == nil && len(g.Members) > 0 {
		return classicGroup(g), nil
	}
	modern, err := b.admin.DescribeConsumerGroups(ctx, group)
	m := modern[group]
	switch {
	case err == nil && m.Err == nil:
		return modernGroup(m), nil
	case g.Err == nil:
		return classicGroup(g), nil
	case errors.Is(g.Err, kerr.GroupIDNotFound):
		return Group{State: "Dead"}, nil
	default:
		return Group{}, g.Err
	}
}

func classicGroup(g kadm.DescribedGroup) Group {
	out := Group{State: g.State, Protocol: g.Protocol}
	for _, m := range g.Members {
		topics := make(kadm.TopicsSet)
		if a, ok := m.Assigned.AsConsumer(); ok {
			for _, t := range a.Topics {
				topics.Add(t.Topic, t.Partitions...)
			}
		}
		out.Members = append(out.Members, member(m.MemberID, m.InstanceID, m.ClientID, topics))
	}
	return out
}

func modernGroup(g kadm.DescribedConsumerGroup) Group {
	out := Group{State: g.State, Protocol: g.AssignorName}
	for _, m := range g.Members {
		out.Members = append(out.Members, member(m.MemberID, m.InstanceID, m.ClientID, m.Assignment))
	}
	return out
}

func member(id string, instance *string, client string, topics kadm.TopicsSet) Member {
	m := Member{ID: id, ClientID: client, Partitions: make(map[string][]int32)}
	if instance != nil {
		m.InstanceID = *instance
	}
	for _, t := range topics.Sorted() {
		m.Partitions[t.Topic] = t.Partitions
	}
	return m
}
