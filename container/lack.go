package container

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
)

// A lack is what a listener waits for before it can read.
type lack struct {
	kind error  // ErrNoBroker …
	what string // in words, without what changes from one answer to the next
	err  error  // as the client put it; may be nil
}

// isTopic reports whether a topic, or a partition of it, does not exist.
func (l *lack) isTopic() bool {
	return errors.Is(l.kind, ErrNoTopic) || errors.Is(l.kind, ErrNoPartition)
}

// literalTopics are the topics that have to exist; none where the listener has
// patterns, which have to be looked up among all topics.
func (s *Spec) literalTopics() []string {
	names := slices.Clone(s.Topics)
	for _, p := range s.Partitions {
		names = append(names, p.Topic)
	}
	if slices.ContainsFunc(names, isPattern) {
		return nil
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isPattern(topic string) bool { return strings.HasPrefix(topic, "^") }

// lacks looks for what the listener needs in an answer to literalTopics; nil
// says that all is there.
func (s *Spec) lacks(answer []broker.Topic, err error) *lack {
	if err != nil {
		if isNotAllowed(err) {
			return &lack{ErrNotAllowed, "the broker refuses the client", err}
		}
		return &lack{ErrNoBroker, "no broker answers" + s.brokers(), err}
	}
	byName := make(map[string]broker.Topic, len(answer))
	for _, t := range answer {
		byName[t.Name] = t
	}
	if l := lackOfTopics(s.Topics, byName); l != nil {
		return l
	}
	return s.lackOfPartitions(byName)
}

// clash says that the group's members speak another assignor than we do.
func (s *Spec) clash() *lack {
	text := "the group's members use another assignor; choose theirs, or keep"
	if s.Clash != nil {
		ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
		defer cancel()
		text = s.Clash(ctx)
	}
	return &lack{kind: ErrNotAllowed, what: "waits outside the group: " + text}
}

// brokers names the addresses that the client was given.
func (s *Spec) brokers() string {
	if at := s.Client["bootstrap.servers"]; at != "" {
		return " at " + at
	}
	return ""
}

func lackOfTopics(names []string, there map[string]broker.Topic) *lack {
	var missing, refused []string
	var errs []error
	for _, name := range names {
		if isPattern(name) {
			continue // a topic that matches may come at any time
		}
		t, ok := there[name]
		switch {
		case ok && t.Err == nil && t.Partitions > 0:
		case isNotAllowed(t.Err):
			refused, errs = append(refused, name), append(errs, t.Err)
		default:
			missing, errs = append(missing, name), append(errs, t.Err)
		}
	}
	switch {
	case len(refused) > 0:
		return &lack{ErrNotAllowed, "not allowed to read " + topicList(refused), errors.Join(errs...)}
	case len(missing) > 0:
		return &lack{ErrNoTopic, "waits for " + topicList(missing), errors.Join(errs...)}
	default:
		return nil
	}
}

func topicList(names []string) string {
	slices.Sort(names)
	if len(names) == 1 {
		return "topic " + names[0]
	}
	return "topics " + strings.Join(names, ", ")
}

// lackOfPartitions looks for the explicit ones.
func (s *Spec) lackOfPartitions(there map[string]broker.Topic) *lack {
	for _, p := range s.Partitions {
		if l := lackOfTopics([]string{p.Topic}, there); l != nil {
			return l
		}
		for _, id := range p.IDs {
			if n := there[p.Topic].Partitions; int(id) >= n {
				return &lack{ErrNoPartition, fmt.Sprintf("waits for %s[%d], the topic has %d partitions", p.Topic, id, n), nil}
			}
		}
	}
	return nil
}

// partitions counts the partitions that the subscription takes in.
func (s *Spec) partitions(answer []broker.Topic) int {
	n := 0
	for _, t := range answer {
		if t.Err == nil && slices.ContainsFunc(s.Topics, func(name string) bool { return takesIn(name, t.Name) }) {
			n += t.Partitions
		}
	}
	return n
}

func takesIn(subscription, topic string) bool {
	if !isPattern(subscription) {
		return subscription == topic
	}
	ok, err := regexp.MatchString(subscription, topic)
	return err == nil && ok
}

// isNotAllowed reports whether authentication or authorization failed.
func isNotAllowed(err error) bool {
	ce, ok := errors.AsType[*broker.ClientError](err)
	return ok && ce.Class == broker.Auth
}

// isAllDown reports whether the client says that it has no connection, which
// is no reason.
func isAllDown(err error) bool {
	ce, ok := errors.AsType[*broker.ClientError](err)
	return ok && ce.Code == allBrokersDown
}
