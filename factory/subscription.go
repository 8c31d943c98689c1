package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/spec"
)

// subscribe reads what a listener subscribes to, and checks it: topics, or
// explicit partitions, which need no group to share them.
func (r *resolver) subscribe(full *spec.Settings, subject string) (parts []spec.PartitionSet, notes []string) {
	if !full.Partitions.IsSet() {
		r.checkTopics(full.Topics, subject)
		return nil, nil
	}
	fault := func(kind error, problem, fix string) {
		r.faults.Add(&Fault{Kind: kind, Subject: subject, Key: "partitions", Origin: full.Partitions.Origin, Problem: problem, Fix: fix})
	}
	if full.Topics.IsSet() {
		fault(ErrContradiction, fmt.Sprintf("stand beside topics (%s)", full.Topics.Origin), "choose one: a group shares topics out, partitions are yours")
	}
	if full.Broadcast.V {
		fault(ErrContradiction, fmt.Sprintf("need no group of their own, but broadcast (%s) makes one", full.Broadcast.Origin),
			"remove broadcast: each instance reads these partitions anyway")
	}
	parts, err := parsePartitions(full.Partitions.V)
	switch {
	case err != nil:
		fault(ErrInvalidSetting, spec.Printable("", err.Error()), "write orders[0-5,7], orders[*]@end-10")
	case len(parts) == 0:
		fault(ErrInvalidSetting, "there are none", "name some, or remove the setting")
	}
	for _, p := range parts {
		if problem := badTopic(p.Topic); problem != "" || p.Topic[0] == '^' {
			fault(ErrInvalidSetting, fmt.Sprintf("%q can't be the name of a topic", spec.Printable("", p.Topic)), "patterns have no partitions: name the topic")
		}
	}
	if p, twice := (taken{}).take(parts); twice {
		fault(ErrContradiction, p.String()+" is there twice", "remove one of them")
	}
	return parts, withoutMembership(full)
}

// withoutMembership drops what only members of a group have, with notes.
func withoutMembership(full *spec.Settings) []string {
	var notes []string
	drop := func(key string, v *spec.Value[string]) {
		if v.IsSet() && v.Origin != spec.DefaultOrigin {
			notes = append(notes, fmt.Sprintf("%s: %s (%s) is not used: explicit partitions (%s) are not shared by the group",
				key, spec.Printable(key, v.V), v.Origin, full.Partitions.Origin))
		}
		*v = spec.Value[string]{}
	}
	drop("assignor", &full.Assignor)
	drop("group-instance-id", &full.GroupInstanceID)
	return notes
}

// A partition is one of a topic, or all of them.
type partition struct {
	topic string
	id    int32
}

const allOf = -1

// String is orders[3], or orders[*].
func (p partition) String() string {
	if p.id == allOf {
		return p.topic + "[*]"
	}
	return fmt.Sprintf("%s[%d]", p.topic, p.id)
}

// taken are the partitions that somebody reads.
type taken map[partition]bool

// take adds sets, and returns the first partition that was taken before.
func (t taken) take(sets []spec.PartitionSet) (twice partition, found bool) {
	for _, set := range sets {
		ids := set.IDs
		if ids == nil {
			ids = []int32{allOf}
		}
		for _, id := range ids {
			p, all, some := partition{set.Topic, id}, partition{set.Topic, allOf}, partition{set.Topic, anyOf}
			if !found && (t[p] || t[all] || id == allOf && t[some]) {
				twice, found = p, true
			}
			t[p], t[some] = true, true
		}
	}
	return twice, found
}

// anyOf marks a topic of which some partition is taken.
const anyOf = -2
