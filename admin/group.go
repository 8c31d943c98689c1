package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
)

const (
	opOffsets     = "offsets of group"
	opReset       = "reset offsets of group"
	opDeleteGroup = "delete group"
)

// NoOffset is the Committed of a partition of which a group has committed nothing.
const NoOffset int64 = -1

// A GroupOffset is where a group stands in one partition.
type GroupOffset struct {
	Topic      string
	Partition  int32
	Committed  int64 // the next record to be handled, or NoOffset
	Start, End int64 // the oldest record, and the next one to be written
}

// Lag returns how many records lie before the group. Of a partition of which
// nothing is committed it is the whole log. Transactions' markers count as records.
func (o GroupOffset) Lag() int64 {
	return max(0, o.End-max(o.Committed, o.Start))
}

// A Group is a consumer group.
type Group struct {
	Name     string
	State    string // Stable, Empty, PreparingRebalance …
	Protocol string // classic or consumer
	Members  []Member
}

// A Member is one client of a group.
type Member struct{ ID, InstanceID, ClientID, Host string }

// Group describes a group. One that does not exist is ErrUnknownGroup.
func (a *Admin) Group(ctx context.Context, name string) (Group, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	g, err := a.c.Group(ctx, name)
	if err == nil && !g.Exists {
		return Group{}, &Error{Op: "describe group", Subject: name, Text: ErrUnknownGroup.Error(), kinds: []error{ErrUnknownGroup}}
	}
	out := Group{Name: g.Name, State: g.State, Protocol: g.Protocol}
	for _, m := range g.Members {
		out.Members = append(out.Members, Member{m.ID, m.InstanceID, m.ClientID, m.Host})
	}
	return out, a.fault(ctx, "describe group", name, err)
}

// Offsets returns where a group stands, in all partitions that it has committed,
// sorted. With topics, in all partitions of these, committed or not. Of a topic
// that has been deleted meanwhile Start and End are 0. A group that has
// committed nothing, without topics, is ErrUnknownGroup.
func (a *Admin) Offsets(ctx context.Context, group string, topics ...string) ([]GroupOffset, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	return a.offsets(ctx, opOffsets, group, topics)
}

func (a *Admin) offsets(ctx context.Context, op, group string, topics []string) ([]GroupOffset, error) {
	parts, committed, err := a.commits(ctx, group, topics)
	if err != nil {
		return nil, a.fault(ctx, op, group, err)
	}
	if len(parts) == 0 {
		return nil, &Error{Op: op, Subject: group, Text: ErrUnknownGroup.Error() + ": it has committed nothing", kinds: []error{ErrUnknownGroup}}
	}
	starts, err := a.c.LogStarts(ctx, parts)
	if err != nil {
		return nil, a.fault(ctx, op, group, err)
	}
	ends, err := a.c.LogEnds(ctx, parts)
	if err != nil {
		return nil, a.fault(ctx, op, group, err)
	}
	out := make([]GroupOffset, len(parts))
	var errs []error
	for i, p := range parts {
		out[i] = GroupOffset{Topic: p.Topic, Partition: p.ID, Committed: committed[p]}
		if err := cmp.Or(starts[i].Err, ends[i].Err); err != nil {
			if err := a.fault(ctx, op, fmt.Sprintf("%s of %s[%d]", group, p.Topic, p.ID), err); !errors.Is(err, ErrUnknownTopic) || slices.Contains(topics, p.Topic) {
				errs = append(errs, err)
			}
			continue
		}
		out[i].Start, out[i].End = starts[i].Offset, ends[i].Offset
	}
	return out, errors.Join(errs...)
}

// commits returns the partitions of topics, or those that the group has
// committed, sorted, with what is committed.
func (a *Admin) commits(ctx context.Context, group string, topics []string) ([]broker.Partition, map[broker.Partition]int64, error) {
	all, err := a.c.AllOffsets(ctx, group)
	if err != nil {
		return nil, nil, err
	}
	committed := map[broker.Partition]int64{}
	var parts []broker.Partition
	for _, o := range all {
		if o.Err == nil && o.Offset >= 0 {
			committed[o.Partition] = o.Offset
			if len(topics) == 0 {
				parts = append(parts, o.Partition)
			}
		}
	}
	details, err := a.c.DescribeTopics(ctx, topics)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range details {
		if d.Err != nil {
			return nil, nil, d.Err
		}
		for _, p := range d.Partitions {
			part := broker.Partition{Topic: d.Name, ID: p.ID}
			parts = append(parts, part)
			if _, has := committed[part]; !has {
				committed[part] = NoOffset
			}
		}
	}
	slices.SortFunc(parts, func(a, b broker.Partition) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
	})
	return parts, committed, nil
}

// inUse names who is in a group.
func inUse(op string, g broker.Group) error {
	var who []string
	for i, m := range g.Members {
		if i == 5 {
			who = append(who, fmt.Sprintf("and %d more", len(g.Members)-5))
			break
		}
		who = append(who, m.ClientID+" at "+m.Host)
	}
	return &Error{
		Op: op, Subject: g.Name, Code: 68, kinds: []error{ErrGroupHasMembers},
		Text: fmt.Sprintf("%s: %s: stop them first", ErrGroupHasMembers, strings.Join(who, ", ")),
	}
}

// DeleteGroup deletes a group without members, with all that it has committed.
// One that has members is left alone: ErrGroupHasMembers. One that there is not is deleted already.
func (a *Admin) DeleteGroup(ctx context.Context, group string) error {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	g, err := a.c.Group(ctx, group)
	if err == nil && len(g.Members) > 0 {
		return inUse(opDeleteGroup, g)
	}
	if err == nil {
		err = a.c.DeleteGroup(ctx, group)
	}
	return a.fault(ctx, opDeleteGroup, group, err)
}
