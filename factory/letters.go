package factory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// letters are where the records of a listener go that are given up.
type letters struct {
	sources []string                 // the topics that it reads, without patterns
	dead    []string                 // its dead-letter topics
	delays  map[string]time.Duration // of its retry topics, by name
	pattern bool                     // some sources are known by their records only
}

// retryTopics are the names of the retry topics, sorted.
func (l *letters) retryTopics() []string {
	out := make([]string, 0, len(l.delays))
	for name := range l.delays {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// The retries of kafka.retry.topic, where they are not said.
const (
	commonAttempts = 3
	commonDelay    = time.Second
	commonLongest  = 30 * time.Second
)

// commonRetries gives the settings what kafka.retry.topic says to all
// listeners, where they have no retry topics of their own.
func (r *resolver) commonRetries(set *spec.Settings) {
	common := r.cfg.RetryTopic()
	if !common.Enabled.V || set.RetryDelays.IsSet() {
		return
	}
	or := func(v spec.Value[time.Duration], d time.Duration) time.Duration {
		if v.IsSet() {
			return v.V
		}
		return d
	}
	attempts := commonAttempts
	if common.Attempts.IsSet() {
		attempts = common.Attempts.V
	}
	delays := spec.Delays(attempts, or(common.Delay, commonDelay), common.Multiplier.V, or(common.MaxDelay, commonLongest))
	set.RetryDelays = spec.Set(delays, common.Enabled.Origin)
	if common.Jitter.IsSet() && !set.RetryJitter.IsSet() {
		set.RetryJitter = common.Jitter
	}
}

// ofAnother reports whether a listener reads the dead letters of another one.
func (r *resolver) ofAnother(l listener.Listener, code *spec.Settings) bool {
	if code.DeadOf.IsSet() {
		return true
	}
	fromConfig, _ := r.cfg.Listener(l.ID())
	return fromConfig.DeadOf.IsSet()
}

// deadLettersOf subscribes a listener to the dead-letter topics of another.
func (r *resolver) deadLettersOf(set, own *spec.Settings, subject string) {
	of := set.DeadOf
	if !of.IsSet() {
		return
	}
	fault := func(problem, fix string) {
		r.faults.Add(&Fault{Kind: ErrContradiction, Subject: subject, Key: "dead-letters-of", Origin: of.Origin, Problem: problem, Fix: fix})
	}
	if !own.DeadLetter.IsSet() { // what a factory says is not meant for it
		set.DeadLetter = spec.Set(false, of.Origin)
	}
	target := r.done[of.V]
	switch {
	case set.Topics.IsSet() || set.Partitions.IsSet():
		fault("stands beside topics or partitions", "remove one of them")
	case target == nil:
		fault(fmt.Sprintf("there is no listener %q", shown(of)), "name a listener of this program")
	case len(target.letters.dead) == 0:
		fault(fmt.Sprintf("listener %q has no dead-letter topic", shown(of)), "set dead-letter.enabled there")
	default:
		set.Topics = spec.Set(target.letters.dead, of.Origin)
	}
	if !set.Topics.IsSet() { // said: no second fault
		set.Topics = spec.Set([]string{"dead-letters"}, of.Origin)
	}
}

// letters checks what is said of dead letters and retry topics, and names the topics.
func (r *resolver) letters(full, set *spec.Settings, parts []spec.PartitionSet, subject string) (letters, []string) {
	fault := func(key, origin, problem, fix string) {
		r.faults.AddOnce(&Fault{Kind: ErrContradiction, Subject: subject, Key: key, Origin: origin, Problem: problem, Fix: fix})
	}
	l := letters{delays: map[string]time.Duration{}}
	for _, t := range full.Topics.V {
		if strings.HasPrefix(t, "^") {
			l.pattern = true
		} else if letter.Legal(t) {
			l.sources = append(l.sources, t)
		}
	}
	for _, p := range parts {
		l.sources = append(l.sources, p.Topic)
	}
	slices.Sort(l.sources)
	l.sources = slices.Compact(l.sources)
	notes := r.refuseRetries(full, l.pattern, fault)
	if retries := full.RetryDelays; len(retries.V) > 0 && !full.DeadLetter.V {
		fault("dead-letter.enabled", full.DeadLetter.Origin, fmt.Sprintf("is off beside retry-topics.delays (%s), which end in a dead-letter topic", retries.Origin), "remove one of them")
	}
	if set.DeadLetterTopic.IsSet() || full.DeadLetter.V {
		r.nameDead(&l, full, subject, fault)
	}
	r.nameRetries(&l, full, subject)
	return l, notes
}

// refuseRetries takes retry topics away where there can't be any: what all
// listeners were given with a note, what this one was given with a fault.
func (r *resolver) refuseRetries(full *spec.Settings, pattern bool, fault func(key, origin, problem, fix string)) []string {
	retries := full.RetryDelays
	if len(retries.V) == 0 {
		return nil
	}
	problem, fix := "", ""
	switch {
	case full.DeadOf.V != "":
		problem, fix = fmt.Sprintf("retry topics of dead letters (dead-letters-of, %s)", full.DeadOf.Origin), "remove them: this listener is tried again by back-off"
	case full.Broadcast.V:
		problem, fix = fmt.Sprintf("retry topics beside broadcast (%s): a group that ends has nobody who reads them", full.Broadcast.Origin), "remove one of them"
	case pattern:
		problem, fix = "retry topics of a pattern: they are not known in advance", "name the topics, or use a blocking back-off and a dead-letter topic"
	default:
		return nil
	}
	common := r.cfg.RetryTopic().Enabled
	if retries.Origin != common.Origin {
		fault("retry-topics.delays", retries.Origin, problem, fix)
		return nil
	}
	if full.DeadLetter.Origin == spec.DefaultOrigin {
		full.DeadLetter.V = false
	}
	full.RetryDelays = spec.Value[[]time.Duration]{V: nil, Origin: spec.DefaultOrigin}
	return []string{fmt.Sprintf("kafka.retry.topic (%s) is not used: %s", common.Origin, problem)}
}

// nameDead names the dead-letter topics. A listener must never read its own.
func (r *resolver) nameDead(l *letters, full *spec.Settings, subject string, fault func(key, origin, problem, fix string)) {
	name := full.DeadLetterTopic
	if full.DeadOf.V != "" && full.DeadLetter.V {
		fault("dead-letter.enabled", full.DeadLetter.Origin, fmt.Sprintf("dead letters of dead letters (dead-letters-of, %s)", full.DeadOf.Origin), "remove it: this listener is tried again by back-off")
		return
	}
	fixed := !strings.Contains(name.V, "{topic}")
	if l.pattern && !fixed {
		fault("dead-letter.topic", name.Origin, fmt.Sprintf("%s beside a pattern (topics, %s), which may match it, too", shown(name), full.Topics.Origin), "name one topic that the pattern does not match: dead-letter.topic: dead")
		return
	}
	sources := l.sources
	if fixed {
		sources = []string{""}
	}
	for _, source := range sources {
		topic := letter.DeadTopic(name.V, source, full.GroupID.V)
		switch {
		case !letter.Legal(topic):
			r.faults.AddOnce(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Key: "dead-letter.topic", Origin: name.Origin,
				Problem: fmt.Sprintf("%q can't be the name of a topic", spec.Printable("", topic)), Fix: "write {topic}-dlt, dead-{group}, or a name of up to 249 letters, digits, dots, underscores and hyphens",
			})
		case matches(full.Topics.V, topic) || slices.Contains(l.sources, topic):
			fault("dead-letter.topic", name.Origin, fmt.Sprintf("the listener reads %s itself: a dead letter would be its next record", topic), "choose another name")
		case !slices.Contains(l.dead, topic):
			l.dead = append(l.dead, topic)
		}
	}
}

// nameRetries names the retry topics.
func (r *resolver) nameRetries(l *letters, full *spec.Settings, subject string) {
	bad := func(problem, fix string) {
		r.faults.AddOnce(&Fault{Kind: ErrInvalidSetting, Subject: subject, Key: "retry-topics.delays", Origin: full.RetryDelays.Origin, Problem: problem, Fix: fix})
	}
	if len(full.RetryDelays.V) > 100 {
		bad(fmt.Sprintf("are %d", len(full.RetryDelays.V)), "choose 100 at the most; the last delay may be a long one")
		return
	}
	for _, d := range full.RetryDelays.V {
		if d < 0 || d > 30*24*time.Hour || d%time.Millisecond != 0 {
			bad(fmt.Sprintf("%s is no delay", d), "choose whole milliseconds up to 720h; a number without a unit is milliseconds")
			continue
		}
		for _, source := range l.sources {
			topic := letter.RetryTopic(source, full.GroupID.V, d)
			if !letter.Legal(topic) {
				bad(fmt.Sprintf("the topic %s would have %d bytes, more than %d", spec.Printable("", topic), len(topic), letter.LongestTopic), "choose a shorter group id")
			}
			l.delays[topic] = d
		}
	}
}

// matches reports whether a subscription takes a topic in.
func matches(subscription []string, topic string) bool {
	for _, s := range subscription {
		if s == topic {
			return true
		}
		if strings.HasPrefix(s, "^") {
			if p, err := regexp.Compile(s); err == nil && p.MatchString(topic) {
				return true
			}
		}
	}
	return false
}
