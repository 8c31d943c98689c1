package factory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/letter"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func deadSources(c *candidate, dead string) []string {
	return slices.DeleteFunc(slices.Clone(c.letters.sources), func(source string) bool {
		return letter.DeadTopic(c.s.DeadLetterTopic.V, source, c.s.GroupID.V) != dead
	})
}

func retrySources(c *candidate, retry string) []string {
	return slices.DeleteFunc(slices.Clone(c.letters.sources), func(source string) bool {
		_, is := letter.RetryDelay(retry, source, c.s.GroupID.V)
		return !is
	})
}

// withLetters gives a spec its dead-letter recoverer and its retry container.
func withLetters(out *container.Spec, c *candidate) {
	if c.s.DeadOf.V != "" {
		return // it is tried again by back-off: dead letters have none of their own
	}
	s := &c.s
	sender := c.senders.of(*c.tuning, *s)
	retriable, _ := s.RetryErrors.V.(func(error) bool)
	delays := c.letters.delays
	dead := &errorhandler.DeadLetters{
		Sender: sender, Topic: s.DeadLetterTopic.V, Stack: s.DeadLetterStack.V,
		Group: s.GroupID.V, Listener: c.id(),
		Retries: s.RetryDelays.V, Jitter: s.RetryJitter.V, Retriable: retriable,
		Own: func(topic string) bool { _, is := delays[topic]; return is },
	}
	out.DeadLetter = dead
	topics := topicsOf(c, func() (map[string]string, error) {
		client, err := spec.ResolveSecrets(clientConfig(*s, c.id()))
		delete(client, "group.id")
		return client, err
	})
	out.Beside = func(emit func(event.Event)) (<-chan struct{}, func()) {
		release := sender.use()
		ready, end := topics.begin(emit)
		return ready, func() { end(); release() }
	}
	if len(s.RetryDelays.V) == 0 {
		return
	}
	retry := retrySpec(*out, c)
	out.Retry = &retry
	if s.MaxAttempts.Origin == spec.DefaultOrigin { // else so many blocking attempts come first
		out.ErrorHandler = onward{out.ErrorHandler}
	}
}

// retrySpec is the one consumer of all retry topics of a listener: its handler
// and its settings, a group of its own, and records that wait for their time.
func retrySpec(out container.Spec, c *candidate) container.Spec {
	s, id := c.s, c.id()+letter.RetryID
	s.GroupID.V += letter.RetryID
	s.AutoOffsetReset = spec.Set(spec.Earliest, spec.DefaultOrigin) // what was sent before the group was there counts
	s.Topics = spec.Set(c.letters.retryTopics(), s.RetryDelays.Origin)
	s.Partitions, s.DeadOf = spec.Value[[]string]{}, spec.Value[string]{}
	if !s.Assignor.IsSet() && s.GroupProtocol.V != consumerProtocol { // explicit partitions have none
		s.Assignor = spec.Set(defaultAssignor, spec.DefaultOrigin)
	}
	s.Workers.V = min(s.Workers.V*s.Concurrency.V, 1000)
	s.Concurrency.V = 1
	if c.l.Shape().Batch {
		s.MaxPollRecords.V = 1 // each record has a time of its own
	}
	client, err := spec.ResolveSecrets(clientConfig(s, id))
	if err != nil {
		client = clientConfig(s, id)
	}
	out.ID, out.Group, out.Topics, out.Partitions = id, s.GroupID.V, s.Topics.V, nil
	out.Concurrency, out.Workers, out.MaxPollRecords = s.Concurrency.V, s.Workers.V, s.MaxPollRecords.V
	out.Reset, out.AutoStartup, out.Start = spec.Earliest, true, spec.StartPolicy{Kind: spec.StartBackground}
	out.Rebalance, out.IdleInterval, out.PartitionIdle, out.DeleteGroup = listener.RebalanceListener{}, 0, 0, nil
	out.BatchSize, out.BatchLinger = 0, 0
	out.Notes, out.Beside = nil, nil
	out.Text = "# retry topics of " + text(c.l, &s, nil)
	out.Filters = []listener.FilterFunc{oursOnly(c.s.GroupID.V)} // what the listener's own filters say was asked before
	out.Arrive, out.Tried = restoring, triedBefore
	out.ErrorHandler = onward{out.ErrorHandler}
	out.NotBefore = (&appointments{delays: c.letters.delays, jitter: s.RetryJitter.V}).notBefore
	out.Client = client
	out.Tx = transactional(*c.tuning, s, id)
	out.Clash, out.Open = clasher(&s, id, groupAssignor), opener(&s, id)
	return out
}

// onward is an error handler whose redeliveries go by the retry topics.
type onward struct{ errorhandler.Handler }

// Handle implements errorhandler.Handler.
func (o onward) Handle(ctx context.Context, f errorhandler.Failure) errorhandler.Verdict {
	v := o.Handler.Handle(ctx, f)
	if v.Kind != errorhandler.KindRedeliver {
		return v
	}
	return errorhandler.DeadLetter()
}

// oursOnly leaves records of other groups alone, which have consumers of their
// own: names of topics may coincide.
func oursOnly(group string) listener.FilterFunc {
	return func(_ context.Context, r *listener.RawRecord) bool {
		l, ok := letter.Read(r.Headers)
		return !ok || l.Group == group
	}
}

// triedBefore is how often a record of a retry topic was delivered before it came there.
func triedBefore(r *listener.RawRecord) int {
	l, _ := letter.Read(r.Headers)
	return l.Attempts
}

// restoring gives a handler the record as it was in its source topic.
func restoring(next listener.HandlerFunc) listener.HandlerFunc {
	return func(ctx context.Context, d *listener.Delivery) error {
		r := d.Records[0] // batches are of one record here
		l, ok := letter.Read(r.Headers)
		if !ok {
			return next(ctx, d) // somebody has written it by hand
		}
		was := *r
		was.Topic, was.Partition, was.Offset, was.LeaderEpoch, was.Timestamp = l.Topic, l.Partition, l.Offset, -1, l.Timestamp
		was.Headers, was.Attempt = letter.Strip(r.Headers), l.Attempts+r.Attempt
		d.Records, d.Attempt = []*listener.RawRecord{&was}, was.Attempt
		return next(ctx, d)
	}
}

// appointments say when the records of retry topics are due. A time that is
// further away than the topic's delay is not believed: the delay counts from
// when the record is looked at first.
type appointments struct {
	delays map[string]time.Duration
	jitter time.Duration

	mu    sync.Mutex
	later map[retryPlace]appointment
}

type retryPlace struct {
	topic     string
	partition int32
}

type appointment struct {
	offset int64
	at     time.Time
}

func (a *appointments) notBefore(r *listener.RawRecord) time.Time {
	due := letter.Due(r.Headers)
	longest := a.delays[r.Topic] + a.jitter
	latest := time.Now().Add(longest + time.Millisecond) // headers are rounded up
	if !due.After(latest) {
		return due
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := retryPlace{r.Topic, r.Partition}
	if held, ok := a.later[p]; ok && held.offset == r.Offset {
		return held.at
	}
	if a.later == nil {
		a.later = map[retryPlace]appointment{}
	}
	a.later[p] = appointment{r.Offset, latest}
	return latest
}
