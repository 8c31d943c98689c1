package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// A log is one partition with what is committed and what is there.
type log struct {
	broker.Partition
	committed, start, end int64
}

// offsets holds the group's committed offsets against the logs.
func (l look) offsets(ctx context.Context) error {
	if g, known := l.groups[l.spec.Group]; !known || g.Allowed.Known() && !g.Allowed.Allow("DESCRIBE") {
		return nil // said already
	}
	parts := l.partitions()
	if len(parts) == 0 {
		return nil
	}
	logs, err := l.logs(ctx, parts)
	if err != nil {
		return err
	}
	var missing []broker.Partition
	var lag int64
	behind := 0
	for _, g := range logs {
		switch {
		case g.committed == broker.None:
			missing = append(missing, g.Partition)
		case g.committed > g.end:
			l.astray("offset-above-end", g)
		case g.committed < g.start:
			l.astray("offset-below-start", g)
		case g.committed < g.end:
			lag += g.end - g.committed
			behind++
		}
	}
	group := "group " + l.spec.Group
	if lag > 0 {
		l.found("lag", group, values{"records": count(lag, "record"), "partitions": count(behind, "partition")})
	}
	l.missing(missing, group)
	if lag == 0 && len(missing) == 0 {
		l.found("offsets", group, values{"partitions": count(len(logs), "partition")})
	}
	return nil
}

// missing reports partitions without a committed offset.
func (l look) missing(parts []broker.Partition, subject string) {
	if len(parts) == 0 {
		return
	}
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = fmt.Sprintf("%s[%d]", p.Topic, p.ID)
	}
	v := values{"partitions": some(names), "group": l.spec.Group, "topic": parts[0].Topic, "begins": l.begins()}
	switch {
	case l.spec.Reset == spec.NoReset:
		l.found("offset-missing", subject, v)
	case l.groups[l.spec.Group].Exists:
		l.found("offset-new", subject, v)
	}
}

// astray reports an offset that is outside of its log.
func (l look) astray(code string, g log) {
	then := map[spec.Reset]string{
		spec.Earliest: "everything that is there is read again (auto-offset-reset: earliest)",
		spec.Latest:   "what is there is skipped (auto-offset-reset: latest)",
		spec.NoReset:  "the listener ends (auto-offset-reset: none)",
	}[l.spec.Reset]
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	l.found(code, "group "+l.spec.Group, values{
		"group": l.spec.Group, "topic": g.Topic, "partition": strconv.Itoa(int(g.ID)),
		"offset": number(g.committed), "start": number(g.start), "end": number(g.end), "lost": count(g.start-g.committed, "record"), "then": then,
	})
}

// partitions are those of which the committed offset counts: an explicit start
// position wins over it.
func (l look) partitions() []broker.Partition {
	var out []broker.Partition
	add := func(topic string, wanted func(int32) bool) {
		if t := l.session.topics[topic]; t.Err == nil {
			for _, p := range t.Partitions {
				if p.Leader >= 0 && wanted(p.ID) {
					out = append(out, broker.Partition{Topic: topic, ID: p.ID})
				}
			}
		}
	}
	if len(l.spec.Partitions) == 0 {
		for _, topic := range l.topicsOf(l.spec) {
			add(topic, func(int32) bool { return true })
		}
	}
	for _, set := range l.spec.Partitions {
		if set.Start.IsZero() {
			add(set.Topic, func(id int32) bool { return set.IDs == nil || slices.Contains(set.IDs, id) })
		}
	}
	return out
}

// logs asks for the committed offset, the start and the end of each partition.
// One that the cluster does not answer for is left out, and is a finding.
func (l look) logs(ctx context.Context, parts []broker.Partition) ([]log, error) {
	committed, err := l.admin.Offsets(ctx, l.spec.Group, parts)
	if isCode(err, groupNotFound) {
		committed, err = nothing(parts), nil
	}
	if err != nil {
		return nil, err
	}
	starts, err := l.admin.LogStarts(ctx, parts)
	if err != nil {
		return nil, err
	}
	ends, err := l.admin.LogEnds(ctx, parts)
	if err != nil {
		return nil, err
	}
	var out []log
	for i, p := range parts {
		failed := false
		for _, answer := range []broker.Offset{committed[i], starts[i], ends[i]} {
			if answer.Err != nil && !failed {
				failed = true
				l.found("check-failed", fmt.Sprintf("partition %s[%d]", p.Topic, p.ID), values{"reason": reasonOf(answer.Err)})
			}
		}
		if !failed {
			out = append(out, log{p, committed[i].Offset, starts[i].Offset, ends[i].Offset})
		}
	}
	return out, nil
}

// groupNotFound is Kafka's code for a group that does not exist.
const groupNotFound = 69

// nothing is the answer for partitions of which nothing is committed.
func nothing(parts []broker.Partition) []broker.Offset {
	out := make([]broker.Offset, len(parts))
	for i, p := range parts {
		out[i] = broker.Offset{Partition: p, Offset: broker.None}
	}
	return out
}
