package factory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
)

// letterTopics makes a listener's dead-letter and retry topics at its start. It
// never makes a source: without one nobody knows how many partitions to make.
type letterTopics struct {
	client  func() (map[string]string, error)
	sources []string
	wanted  []letterTopic
}

type letterTopic struct {
	name    string
	sources []string
	delay   time.Duration // of a retry topic
}

// The pauses between attempts.
const (
	firstTopicPause = 500 * time.Millisecond
	lastTopicPause  = 30 * time.Second
	askTopicsWithin = 10 * time.Second

	// The same within an attempt, for a topic that not every broker has heard of.
	firstUnseenPause = 100 * time.Millisecond
	lastUnseenPause  = time.Second
)

// begin makes the topics in the background. ready is closed when they are
// there; end stops the work, and waits for it.
func (t *letterTopics) begin(emit func(event.Event)) (ready <-chan struct{}, end func()) {
	made, done := make(chan struct{}), make(chan struct{})
	if len(t.wanted) == 0 {
		close(made)
		return made, func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(done)
		for pause := firstTopicPause; ; pause = min(2*pause, lastTopicPause) {
			err := t.attempt(ctx, emit)
			if err == nil {
				close(made)
				return
			}
			if ctx.Err() != nil {
				return
			}
			emit(event.TopicsPending{Err: err, Retry: pause})
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
		}
	}()
	return made, func() { cancel(); <-done }
}

// attempt makes what is missing, and gives those that are there the partitions
// that their sources have. It does all that can be done.
func (t *letterTopics) attempt(ctx context.Context, emit func(event.Event)) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	m, err := broker.OpenManager(client, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	ctx, cancel := context.WithTimeout(ctx, askTopicsWithin)
	defer cancel()
	var errs []error
	for left, pause := t.wanted, firstUnseenPause; ; pause = min(2*pause, lastUnseenPause) {
		left, err = t.round(ctx, m, left, emit)
		errs = append(errs, err)
		if len(left) == 0 {
			return errors.Join(errs...)
		}
		select {
		case <-time.After(pause):
			continue
		case <-ctx.Done():
		}
		for _, w := range left {
			errs = append(errs, fmt.Errorf("topic %s: %w", w.name, errUnseen))
		}
		return errors.Join(errs...)
	}
}

// errUnseen is of a topic that could be neither made nor looked at: somebody else
// has made it just now, and the broker that was asked has not heard of it yet.
var errUnseen = errors.New("it is there when it is to be made, and is not there when it is looked at")

// round looks at topics and does what is to be done. It returns those that are
// to be looked at again: who made them may have given them fewer partitions.
func (t *letterTopics) round(ctx context.Context, m broker.Manager, wanted []letterTopic, emit func(event.Event)) (again []letterTopic, err error) {
	names := slices.Clone(t.sources)
	for _, w := range wanted {
		names = append(names, w.name)
	}
	details, err := m.DescribeTopics(ctx, names)
	if err != nil {
		return nil, err
	}
	known := map[string]broker.TopicDetail{}
	for _, d := range details {
		known[d.Name] = d
	}
	var errs []error
	for _, w := range wanted {
		switch err := t.one(ctx, m, w, known, emit); {
		case errors.Is(err, errUnseen):
			again = append(again, w)
		case err != nil:
			errs = append(errs, fmt.Errorf("topic %s: %w", w.name, err))
		}
	}
	return again, errors.Join(errs...)
}

// one makes one topic what it is to be.
func (t *letterTopics) one(ctx context.Context, m broker.Manager, w letterTopic, known map[string]broker.TopicDetail, emit func(event.Event)) error {
	partitions, replicas := 0, -1
	for _, name := range w.sources {
		source := known[name]
		if source.Err != nil {
			return fmt.Errorf("it is to have the partitions of %s: %w", name, source.Err)
		}
		partitions = max(partitions, len(source.Partitions))
		if len(source.Partitions) > 0 {
			replicas = max(replicas, source.Partitions[0].Replicas)
		}
	}
	there := known[w.name]
	switch {
	case there.Err == nil && len(there.Partitions) >= partitions:
		return nil
	case there.Err == nil:
		if err := m.CreatePartitions(ctx, w.name, partitions); err != nil {
			return err
		}
		emit(event.TopicExpanded{Topic: w.name, From: len(there.Partitions), To: partitions})
		return nil
	case !isMissing(there.Err):
		return there.Err
	}
	errs, err := m.CreateTopics(ctx, []broker.NewTopic{{Name: w.name, Partitions: partitions, Replicas: replicas, Config: w.config(ctx, m)}})
	if err == nil {
		err = errs[0]
	}
	if ce, ok := errors.AsType[*broker.ClientError](err); ok && ce.Code == topicExists {
		return errUnseen
	}
	if err == nil {
		emit(event.TopicCreated{Topic: w.name, Partitions: partitions, Replicas: replicas})
	}
	return err
}

const (
	topicExists = 36
	// headerRoom is what the headers of a letter may add to a record.
	headerRoom = 64 << 10
	// defaultRetention is how long brokers keep records unless they are told otherwise.
	defaultRetention = 7 * 24 * time.Hour
)

func isMissing(err error) bool {
	ce, ok := errors.AsType[*broker.ClientError](err)
	return ok && ce.Class == broker.MissingTopic
}

// config lets a topic take what its source takes, with the headers, and keep
// it for longer than it is to wait.
func (w letterTopic) config(ctx context.Context, m broker.Manager) map[string]string {
	out := map[string]string{"cleanup.policy": "delete"} // a letter is not outdated by the next one of its key
	largest, kept := 0, time.Duration(math.MaxInt64)
	for _, name := range w.sources {
		settings, err := m.TopicConfigs(ctx, name) // who may not ask takes the brokers' defaults
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(settings["max.message.bytes"]); err == nil {
			largest = max(largest, n)
		}
		if ms, err := strconv.ParseInt(settings["retention.ms"], 10, 64); err == nil && ms >= 0 && ms < kept.Milliseconds() {
			kept = time.Duration(ms) * time.Millisecond
		}
	}
	if largest > 0 {
		out["max.message.bytes"] = strconv.Itoa(min(largest, 1<<31-1-headerRoom) + headerRoom)
	}
	if w.delay > 24*time.Hour || kept < 4*w.delay {
		out["retention.ms"] = strconv.FormatInt(max(defaultRetention, 4*w.delay).Milliseconds(), 10)
	}
	return out
}

// topicsOf says which topics a listener wants to be made, from its settings.
func topicsOf(c *candidate, client func() (map[string]string, error)) *letterTopics {
	t := &letterTopics{client: client, sources: c.letters.sources}
	if c.s.DeadLetter.V && c.s.DeadLetterCreate.V && !c.letters.pattern {
		for _, name := range c.letters.dead {
			t.wanted = append(t.wanted, letterTopic{name: name, sources: deadSources(c, name)})
		}
	}
	if c.s.RetryTopicsCreate.V {
		for _, name := range slices.Sorted(maps.Keys(c.letters.delays)) {
			t.wanted = append(t.wanted, letterTopic{name: name, sources: retrySources(c, name), delay: c.letters.delays[name]})
		}
	}
	return t
}
