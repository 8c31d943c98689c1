package broker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// An Admin asks a cluster about itself, and deletes groups. Its methods are
// safe from any goroutine, end with their context, and fail with a
// *ClientError; after Close that is ErrClosed. A context without a deadline
// gives them 30 s.
type Admin interface {
	// Cluster describes the cluster as this client may see it.
	Cluster(ctx context.Context) (Cluster, error)
	// TopicNames lists the topics that this client may see, sorted.
	TopicNames(ctx context.Context) ([]string, error)
	// DescribeTopics describes topics, in the order of names. One that does not
	// exist, or may not be seen, has an Err.
	DescribeTopics(ctx context.Context, names []string) ([]TopicDetail, error)
	// TopicConfigs returns the settings of a topic, those that are secret left out.
	TopicConfigs(ctx context.Context, name string) (map[string]string, error)
	// Group describes a group of either protocol. One that does not exist is no
	// error: its Exists is false.
	Group(ctx context.Context, name string) (Group, error)
	// Offsets returns a group's committed offsets of parts, in their order;
	// without one it is None.
	Offsets(ctx context.Context, group string, parts []Partition) ([]Offset, error)
	// LogStarts returns the oldest offset of each log, in the order of parts.
	LogStarts(ctx context.Context, parts []Partition) ([]Offset, error)
	// LogEnds returns the end of each log, in the order of parts.
	LogEnds(ctx context.Context, parts []Partition) ([]Offset, error)
	// DeleteGroup deletes a group without members, and its offsets. A group that
	// does not exist is deleted already.
	DeleteGroup(ctx context.Context, name string) error
	// Close waits for calls that are under way and frees the client. A second
	// Close does nothing.
	Close()
}

// adminPatience is how long a call without a deadline may take.
const adminPatience = 30 * time.Second

// OpenAdmin makes an admin client from the configuration of a listener's
// client. It connects to nothing; a configuration that the client refuses is an
// error here. log, if not nil, receives the client's own lines (syslog level,
// tag, text) from a goroutine of its own, which ends with Close: they alone say
// why no broker answers.
func OpenAdmin(config map[string]string, log func(level int, tag, text string)) (Admin, error) {
	full := kafka.ConfigMap{}
	for k, v := range config {
		if strings.HasPrefix(k, "go.") {
			return nil, &ClientError{Class: Dead, Code: int(kafka.ErrInvalidArg), Op: opOpen, Text: k + " can't be configured"}
		}
		if !slices.Contains(consumerOnly, k) {
			full[k] = v
		}
	}
	logs := newLogDrain(log)
	full["go.logs.channel.enable"], full["go.logs.channel"] = true, logs.lines
	c, err := kafka.NewAdminClient(&full)
	if err != nil {
		return nil, opened(err)
	}
	logs.start()
	return &admin{c: c, config: full, logs: logs}, nil
}

// ConsumerOnly reports whether a property means nothing to a client that does
// not consume.
func ConsumerOnly(property string) bool { return slices.Contains(consumerOnly, property) }

// consumerOnly are the properties that mean nothing to an admin client: the
// client would warn of each in its log.
var consumerOnly = []string{
	"group.id", "group.instance.id", "group.protocol", "group.protocol.type", "group.remote.assignor",
	"partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms", "coordinator.query.interval.ms",
	"max.poll.interval.ms", "enable.auto.commit", "auto.commit.enable", "auto.commit.interval.ms", "enable.auto.offset.store",
	"queued.min.messages", "queued.max.messages.kbytes", "fetch.wait.max.ms", "fetch.queue.backoff.ms", "fetch.message.max.bytes",
	"max.partition.fetch.bytes", "fetch.max.bytes", "fetch.min.bytes", "fetch.error.backoff.ms", "offset.store.method",
	"offset.store.path", "offset.store.sync.interval.ms", "isolation.level", "enable.partition.eof", "check.crcs",
	"auto.offset.reset", "consume.callback.max.messages", "allow.auto.create.topics",
	"statistics.interval.ms", // nobody reads the statistics of an admin client
}

// An admin is the Admin over the client's AdminClient.
type admin struct {
	c      *kafka.AdminClient
	config kafka.ConfigMap // of c
	logs   *logDrain
	gate   gate

	closing sync.Once
}

// Close frees the client; see Admin.
func (a *admin) Close() {
	a.closing.Do(func() {
		if idle := a.gate.set(true); idle != nil {
			<-idle
		}
		a.c.Close()
		a.logs.closed()
	})
}

// during runs one call to the cluster, within ctx and patience. A coordinator
// that is just moving is asked again.
func (a *admin) during(ctx context.Context, op string, call func(context.Context, time.Duration) error) error {
	if !a.gate.enter() {
		return ErrClosed
	}
	defer a.gate.leave()
	ctx, cancel := context.WithTimeout(ctx, adminPatience)
	defer cancel()
	for {
		deadline, _ := ctx.Deadline()
		err := ctx.Err()
		if err == nil {
			err = call(ctx, max(time.Until(deadline), time.Millisecond))
		}
		switch {
		case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
			return unanswered(op, err)
		case !moving(err) || !pause(ctx):
			return wrap(op, Partition{}, err)
		}
	}
}

// moving reports errors of a coordinator that is being loaded or elected.
func moving(err error) bool {
	var ke kafka.Error
	if !errors.As(err, &ke) {
		return false
	}
	switch ke.Code() {
	case kafka.ErrCoordinatorLoadInProgress, kafka.ErrCoordinatorNotAvailable, kafka.ErrNotCoordinator:
		return true
	}
	return false
}

// pause waits a little; it is false when ctx ends first.
func pause(ctx context.Context) bool {
	timer := time.NewTimer(100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unanswered is a call whose time is over.
func unanswered(op string, cause error) error {
	text := "no answer in time"
	if errors.Is(cause, context.Canceled) {
		text = "canceled"
	}
	return &ClientError{Class: Transient, Code: int(kafka.ErrTimedOut), Op: op, Text: text}
}

// adminError is an error inside an answer; nil where the code says that there is none.
func adminError(op string, at Partition, e kafka.Error) error {
	if e.Code() == kafka.ErrNoError {
		return nil
	}
	return wrap(op, at, e)
}
