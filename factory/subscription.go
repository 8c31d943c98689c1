package factory

import (
	"fmt"
	"strings"

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
	for _, text := range full.Partitions.V {
		set, err := spec.ParsePartitions(text)
		switch {
		case err != nil && full.Partitions.Secret:
			fault(ErrInvalidSetting, "can't be read", "write orders[0-5,7], orders[*]@end-10")
		case err != nil:
			fault(ErrInvalidSetting, spec.Printable("", err.Error()), "write orders[0-5,7], orders[*]@end-10")
		default:
			parts = append(parts, set)
		}
	}
	if len(full.Partitions.V) == 0 {
		fault(ErrInvalidSetting, "there are none", "name some, or remove the setting")
	}
	for _, p := range parts {
		if problem := badTopic(p.Topic); problem != "" {
			fault(ErrInvalidSetting, hide(full.Partitions, problem, p.Topic), "name the topic, with letters, digits, dots, underscores and hyphens")
		}
	}
	if p, twice := (taken{}).take(parts); twice {
		fault(ErrContradiction, hide(full.Partitions, p.String(), p.topic)+" is there twice", "remove one of them")
	}
	return parts, append(withoutMembership(full), idleConsumers(full, parts)...)
}

// idleConsumers notes consumers that get no partition.
func idleConsumers(full *spec.Settings, parts []spec.PartitionSet) []string {
	count := 0
	for _, p := range parts {
		if p.IDs == nil {
			return nil // as many as the topic has
		}
		count += len(p.IDs)
	}
	if full.Concurrency.V <= count {
		return nil
	}
	return []string{fmt.Sprintf("concurrency: %d (%s) is more than the partitions (%s): some consumers have none", full.Concurrency.V, full.Concurrency.Origin, full.Partitions.Origin)}
}

// hide cuts an element of a list out of a text, where the list is secret.
func hide(v spec.Value[[]string], text, element string) string {
	if v.Secret && element != "" {
		return strings.ReplaceAll(text, spec.Printable("", element), spec.Redacted)
	}
	return text
}

// withoutMembership drops what only members of a group have, with notes.
func withoutMembership(full *spec.Settings) []string {
	var notes []string
	drop := func(key string, v *spec.Value[string]) {
		if v.IsSet() && v.Origin != spec.DefaultOrigin {
			notes = append(notes, fmt.Sprintf("%s: %s (%s) is not used: explicit partitions (%s) are not shared by the group",
				key, shown(*v), v.Origin, full.Partitions.Origin))
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
