package deadletter

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/listener"
)

// aims say where records are sent again.
type aims struct {
	d       *Desk
	there   map[string]bool // topics
	retries map[retryOf]retryAim
}

// A retryOf is whose retry topic is looked for.
type retryOf struct{ source, group string }

// A retryAim is a group's retry topic, and what to know of it; "" is none.
type retryAim struct{ topic, note string }

// outgoing is the record as it is sent again, or why it is not.
func (a *aims) outgoing(ctx context.Context, r Record, toOriginal bool, report *Report) (listener.Outgoing, string) {
	l := r.Letter
	if !r.Dead {
		return listener.Outgoing{}, "its headers do not say where it is from"
	}
	out := listener.Outgoing{Partition: l.Partition, Key: r.Key, Value: r.Value}
	l.Replays++
	if toOriginal {
		out.Topic, out.Headers = l.Topic, letter.Strip(r.Headers)
		out.Headers = append(out.Headers, listener.Header{Key: letter.HeaderReplays, Value: fmt.Append(nil, l.Replays)})
		if !a.there[out.Topic] {
			return out, fmt.Sprintf("there is no topic %s any more", l.Topic)
		}
		return out, ""
	}
	aim := a.retry(ctx, retryOf{l.Topic, l.Group})
	if aim.topic == "" {
		return out, fmt.Sprintf("group %q has no retry topic for %s: give its listener retry-topics.delays, or replay to the original topic", l.Group, l.Topic)
	}
	if aim.note != "" && !slices.Contains(report.Notes, aim.note) {
		report.Notes = append(report.Notes, aim.note)
	}
	out.Topic = aim.topic
	l.Attempts, l.Retries, l.Due = 0, 1, time.Now()
	out.Headers = l.Headers(r.Headers)
	return out, ""
}

// retry is the retry topic with the shortest delay of those that the group reads
// now: a listener that was given other delays leaves the topics of the former ones
// behind. Where it reads none, because it does not run or nobody may know, it is
// the shortest of all, with a note.
func (a *aims) retry(ctx context.Context, of retryOf) retryAim {
	if aim, ok := a.retries[of]; ok {
		return aim
	}
	delays := map[string]time.Duration{}
	var topics []string
	for name := range a.there {
		if d, ok := letter.RetryDelay(name, of.source, of.group); ok {
			delays[name] = d
			topics = append(topics, name)
		}
	}
	slices.SortFunc(topics, func(x, y string) int { return cmp.Compare(delays[x], delays[y]) })
	var aim retryAim
	if len(topics) > 0 {
		aim = a.readBy(ctx, of.group+letter.RetryID, topics)
	}
	a.retries[of] = aim
	return aim
}

// readBy is the first of topics that the group reads, else the first one.
func (a *aims) readBy(ctx context.Context, group string, topics []string) retryAim {
	g, err := a.d.m.Group(ctx, group)
	for _, topic := range topics {
		if slices.ContainsFunc(g.Members, func(m broker.GroupMember) bool {
			return slices.ContainsFunc(m.Partitions, func(p broker.Partition) bool { return p.Topic == topic })
		}) {
			return retryAim{topic: topic}
		}
	}
	aim := retryAim{topic: topics[0]}
	switch {
	case err != nil:
		aim.note = fmt.Sprintf("nobody can tell whether %s is read: %v", aim.topic, err)
	case len(g.Members) == 0:
		aim.note = fmt.Sprintf("nobody reads %s now: group %s has no members; what is sent waits there until its listener runs with this delay", aim.topic, group)
	default:
		aim.note = fmt.Sprintf("nobody reads %s now: the members of group %s read other topics; give the listener this delay again, or replay to the original topic", aim.topic, group)
	}
	return aim
}
