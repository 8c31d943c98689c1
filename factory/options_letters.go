package factory

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/spec"
)

// DeadLetter gives listeners a dead-letter topic, {topic}-dlt unless
// DeadLetterTopic says otherwise: a record that is given up is copied there, to
// the same partition where that exists, with headers that say where it is from and
// why it failed. It is settled when the broker has acknowledged the copy. See docs/failures.md.
func DeadLetter() Option {
	return with("dead-letter.enabled", true, func(s *spec.Settings) *spec.Value[bool] { return &s.DeadLetter })
}

// NoDeadLetter takes a DeadLetter of a lower layer back.
func NoDeadLetter() Option {
	return with("dead-letter.enabled", false, func(s *spec.Settings) *spec.Value[bool] { return &s.DeadLetter })
}

// DeadLetterTopic is DeadLetter with the name of the topic, in which {topic} and
// {group} stand for those of the record.
func DeadLetterTopic(name string) Option {
	v, on := spec.Set(name, spec.Code(0)), spec.Set(true, spec.Code(0))
	return spec.ForFactory("dead-letter.topic="+spec.Printable("", name), func(s *spec.Settings) { s.DeadLetterTopic, s.DeadLetter = v, on })
}

// DeadLetterCreate says whether the dead-letter topic is made at start, with
// the partitions of its source. Defaults to true.
func DeadLetterCreate(on bool) Option {
	return with("dead-letter.create", on, func(s *spec.Settings) *spec.Value[bool] { return &s.DeadLetterCreate })
}

// DeadLetterStackTrace adds the stack trace of a handler that panicked to its dead
// letter. Defaults to false.
func DeadLetterStackTrace(on bool) Option {
	return with("dead-letter.stack-trace", on, func(s *spec.Settings) *spec.Value[bool] { return &s.DeadLetterStack })
}

// RetryTopics makes retries non-blocking: a record that failed goes to a topic
// <topic>-<group>-retry-<delay> for each of the delays in turn, and then to the
// dead-letter topic. Others overtake it: the order of records is given up. The
// topics are read by one consumer beside the listener's own, <id>-retry.
func RetryTopics(delays ...time.Duration) Option {
	v := spec.Set(append([]time.Duration{}, delays...), spec.Code(0))
	return spec.ForFactory("retry-topics.delays="+fmt.Sprint(delays), func(s *spec.Settings) { s.RetryDelays = v })
}

// RetryTopicsExponential is RetryTopics with delays that grow: of attempts
// deliveries altogether, the second comes after first, each further one after
// multiplier times the delay before, and none after more than longest.
func RetryTopicsExponential(attempts int, first time.Duration, multiplier float64, longest time.Duration) Option {
	v := spec.Set(spec.Delays(attempts, first, multiplier, longest), spec.Code(0))
	return spec.ForFactory("retry-topics.delays="+fmt.Sprint(v.V), func(s *spec.Settings) { s.RetryDelays = v })
}

// NoRetryTopics takes the RetryTopics of a lower layer back.
func NoRetryTopics() Option {
	v := spec.Set([]time.Duration{}, spec.Code(0))
	return spec.ForFactory("retry-topics.delays=none", func(s *spec.Settings) { s.RetryDelays = v })
}

// RetryTopicsJitter makes each delay longer or shorter by up to d, at random.
// Defaults to 0.
func RetryTopicsJitter(d time.Duration) Option {
	return with("retry-topics.jitter", d, func(s *spec.Settings) *spec.Value[time.Duration] { return &s.RetryJitter })
}

// RetryTopicsCreate says whether retry topics are made at start, with the
// partitions of their source. Defaults to true.
func RetryTopicsCreate(on bool) Option {
	return with("retry-topics.create", on, func(s *spec.Settings) *spec.Value[bool] { return &s.RetryTopicsCreate })
}

// RetryTopicsFor lets only these errors, by errors.Is, go to retry topics; the
// others are dead letters at once. Defaults to all that are not fatal.
func RetryTopicsFor(errs ...error) Option {
	return retriable("retry-topics-for="+texts(errs), func(err error) bool { return isOne(err, errs) })
}

// RetryTopicsNotFor makes dead letters of these errors, by errors.Is, at once.
func RetryTopicsNotFor(errs ...error) Option {
	return retriable("retry-topics-not-for="+texts(errs), func(err error) bool { return !isOne(err, errs) })
}

// RetryTopicsWhen asks a function whether an error is worth a retry topic.
func RetryTopicsWhen(retriable func(error) bool) Option {
	v := spec.Set[any](retriable, spec.Code(0))
	return spec.ForFactory("retry-topics-when=a function", func(s *spec.Settings) { s.RetryErrors = v })
}

func retriable(text string, decide func(error) bool) Option {
	v := spec.Set[any](decide, spec.Code(1))
	return spec.ForFactory(text, func(s *spec.Settings) { s.RetryErrors = v })
}

func isOne(err error, list []error) bool {
	for _, e := range list {
		if e != nil && errors.Is(err, e) {
			return true
		}
	}
	return false
}

func texts(errs []error) string {
	out := make([]string, len(errs))
	for i, e := range errs {
		out[i] = "nil"
		if e != nil {
			out[i] = e.Error()
		}
	}
	return spec.Printable("", strings.Join(out, ", "))
}
