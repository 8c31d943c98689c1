package doctor

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// topicsOf returns the topics that a listener reads, patterns resolved, sorted.
func (s *session) topicsOf(sp container.Spec) []string {
	wanted := map[string]bool{}
	for _, set := range sp.Partitions {
		wanted[set.Topic] = true
	}
	for _, t := range sp.Topics {
		if !isPattern(t) {
			wanted[t] = true
			continue
		}
		for _, name := range s.matching(t) {
			wanted[name] = true
		}
	}
	return slices.Sorted(maps.Keys(wanted))
}

func isPattern(topic string) bool { return strings.HasPrefix(topic, "^") }

func (s *session) matching(pattern string) []string {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.names), func(n string) bool { return !re.MatchString(n) })
}

// topics looks at what the listener subscribes to.
func (l look) topics(context.Context) error {
	for _, t := range l.spec.Topics {
		if isPattern(t) {
			matched := l.matching(t)
			code := "pattern"
			if len(matched) == 0 {
				code = "pattern-matches-nothing"
			}
			l.found(code, "pattern "+t, values{"topics": some(matched)})
		}
	}
	partitions := 0
	for _, name := range l.topicsOf(l.spec) {
		t, asked := l.session.topics[name]
		if asked && l.topic(t) {
			partitions += len(t.Partitions)
		}
	}
	l.explicit()
	consumers := l.spec.Concurrency * l.doctor.instances
	if len(l.spec.Partitions) == 0 && partitions > 0 && consumers > partitions {
		l.found("consumers-idle", "topics "+some(l.topicsOf(l.spec)), values{
			"consumers": count(consumers, "consumer"), "partitions": count(partitions, "partition"),
			"idle": strconv.Itoa(consumers - partitions), "fit": strconv.Itoa(max(1, partitions/l.doctor.instances)),
		})
	}
	return nil
}

// topic looks at one topic, and reports whether it is there.
func (l look) topic(t broker.TopicDetail) bool {
	subject := "topic " + t.Name
	switch {
	case isClass(t.Err, broker.MissingTopic):
		nearest := ""
		if name := spec.Nearest(t.Name, l.names); name != "" {
			nearest = fmt.Sprintf("; did you mean %s?", name)
		}
		l.found("topic-missing", subject, values{
			"topic": t.Name, "nearest": nearest, "enough": strconv.Itoa(max(1, l.spec.Concurrency*l.doctor.instances)),
			"replicas": strconv.Itoa(max(1, min(3, len(l.cluster.Nodes)))),
		})
		return false
	case isClass(t.Err, broker.Auth):
		l.mayNot("acl-topic", subject, values{"topic": t.Name}, broker.Operations{}, "READ", "DESCRIBE")
		return false
	case t.Err != nil:
		l.found("topic-unreadable", subject, values{"reason": reasonOf(t.Err)})
		return false
	}
	if !l.mayNot("acl-topic", subject, values{"topic": t.Name}, t.Allowed, "READ", "DESCRIBE") {
		l.found("topic", subject, values{"partitions": count(len(t.Partitions), "partition"), "replicas": count(replicas(t), "copy")})
	}
	return true
}

// mayNot reports what is not among the allowed operations, and whether there is any.
func (l look) mayNot(code, subject string, v values, allowed broker.Operations, need ...string) bool {
	if !allowed.Known() {
		return false
	}
	var lacks []string
	flags := ""
	for _, op := range need {
		if !allowed.Allow(op) {
			word := strings.ToUpper(op[:1]) + strings.ToLower(op[1:])
			lacks = append(lacks, strings.ToLower(op))
			flags += " --operation " + word
		}
	}
	if len(lacks) > 0 {
		v["operations"], v["flags"] = strings.Join(lacks, " and "), flags
		l.found(code, subject, v)
	}
	return len(lacks) > 0
}

// explicit looks at partitions that the listener names itself.
func (l look) explicit() {
	for _, set := range l.spec.Partitions {
		t, asked := l.session.topics[set.Topic]
		if !asked || t.Err != nil {
			continue
		}
		var missing []string
		highest := int32(0)
		for _, id := range set.IDs {
			if int(id) >= len(t.Partitions) {
				missing = append(missing, strconv.Itoa(int(id)))
				highest = max(highest, id)
			}
		}
		if len(missing) > 0 {
			l.found("partition-missing", "topic "+set.Topic, values{
				"topic": set.Topic, "partitions": count(len(t.Partitions), "partition"), "missing": some(missing), "needed": strconv.Itoa(int(highest) + 1),
			})
		}
	}
}

// settings looks at the topics themselves, once each.
func (s *session) settings(ctx context.Context) {
	var checks sync.WaitGroup
	for _, name := range slices.Sorted(maps.Keys(s.topics)) {
		t := s.topics[name]
		if t.Err != nil {
			continue
		}
		checks.Go(func() {
			s.guarded("the copies of topic "+name, func() error { s.copies(t); return nil })
			s.guarded("the settings of topic "+name, func() error { return s.topicSettings(ctx, t) })
		})
	}
	checks.Wait()
}

// copies looks at leaders and copies of a topic's partitions.
func (s *session) copies(t broker.TopicDetail) {
	var leaderless []string
	behind := 0
	for _, p := range t.Partitions {
		if p.Leader < 0 {
			leaderless = append(leaderless, strconv.Itoa(int(p.ID)))
		}
		if p.InSync < p.Replicas {
			behind++
		}
	}
	if len(leaderless) > 0 {
		s.found("leader-missing", "", "topic "+t.Name, values{"missing": some(leaderless)})
	}
	if behind > 0 {
		s.found("in-sync-missing", "", "topic "+t.Name, values{"missing": count(behind, "partition")})
	}
	if replicas(t) == 1 {
		s.found("replication-one", "", "topic "+t.Name, nil)
	}
}

// topicSettings holds a topic's settings against its copies and the client.
func (s *session) topicSettings(ctx context.Context, t broker.TopicDetail) error {
	settings, err := s.admin.TopicConfigs(ctx, t.Name)
	if isClass(err, broker.Auth) {
		return nil // reading needs no right to see the settings
	}
	if err != nil {
		return err
	}
	copies := replicas(t)
	v := values{"topic": t.Name, "min": settings["min.insync.replicas"], "replicas": strconv.Itoa(copies), "better": strconv.Itoa(max(1, copies-1))}
	switch least, _ := strconv.Atoi(settings["min.insync.replicas"]); {
	case copies > 1 && least >= copies:
		s.found("min-isr-all", "", "topic "+t.Name, v)
	case copies > 1 && least == 1:
		s.found("min-isr-one", "", "topic "+t.Name, v)
	}
	largest, _ := strconv.Atoi(settings["max.message.bytes"])
	if takes := number(s.client["receive.message.max.bytes"], defaultReceive); largest > takes {
		s.found("message-size", "", "topic "+t.Name, values{
			"topic-max": strconv.Itoa(largest), "client-max": strconv.Itoa(takes), "better": strconv.Itoa(largest + 1024),
		})
	}
	return nil
}

const defaultReceive = 100_000_000 // the client's

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// replicas is how many copies the partition with the fewest has.
func replicas(t broker.TopicDetail) int {
	least := 0
	for i, p := range t.Partitions {
		if i == 0 || p.Replicas < least {
			least = p.Replicas
		}
	}
	return least
}

// count is a number with its noun.
func count[N int | int64](n N, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	default:
		return fmt.Sprintf("%d %ss", n, noun)
	}
}

// some lists names, the first few of many.
func some(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
