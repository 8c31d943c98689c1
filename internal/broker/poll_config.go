package broker

import (
	"errors"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/internal/spec"
)

// A Default is one client property that differs from the client's own default.
type Default struct{ Key, Value, Why string }

// Defaults returns the properties that a consumer gets where its configuration
// does not name them, each with the reason; protocol is its group.protocol
// ("" and "classic", or "consumer", which forbids the assignor).
func Defaults(protocol string, reader spec.Reader) []Default {
	defaults := []Default{
		{"enable.auto.commit", "false", "the container commits, when a record is settled"},
		{"enable.auto.offset.store", "false", "with it, Close reads the prefetch and commits it unseen"},
		{"allow.auto.create.topics", "false", "a mistyped topic shall be an error, not a new topic"},
		{"fetch.queue.backoff.ms", "5", "the client's 1000 stops a fast consumer for a second whenever its prefetch is full"},
		{"fetch.wait.max.ms", "100", "a resumed or sought partition waits for the long poll that is under way: 500 otherwise"},
		{"queued.min.messages", "10000", "as fast as 100000 at a tenth of the memory"},
		{"topic.metadata.refresh.interval.ms", "20000", "a pattern's new topics and a topic's new partitions are found within half a minute: 5 minutes otherwise; it costs a small request (with a pattern, one for all topics)"},
		{"queued.max.messages.kbytes", "16384", "bounds the prefetch of this consumer to 16 MB: 64 MB otherwise"},
	}
	if reader == spec.Queues {
		forQueues(defaults)
	}
	if protocol != "consumer" {
		defaults = append(defaults, Default{
			"partition.assignment.strategy", "cooperative-sticky",
			"a rebalance stops only the partitions that move",
		})
	}
	return defaults
}

// clientConfig puts the defaults under config. Keys of the Go wrapper ("go.…")
// are refused: they are Open's own.
func clientConfig(p Params) (kafka.ConfigMap, error) {
	full := kafka.ConfigMap{}
	for _, d := range Defaults(p.Config["group.protocol"], p.Reader) {
		full[d.Key] = d.Value
	}
	for k, v := range p.Config {
		if strings.HasPrefix(k, "go.") {
			return nil, &ClientError{Class: Dead, Code: int(kafka.ErrInvalidArg), Op: opOpen, Text: k + " can't be configured"}
		}
		full[k] = v
	}
	return full, nil
}

// isCooperative says which protocol the members speak: the client refuses a
// list that mixes cooperative and eager assignors, and KIP-848 is incremental.
func isCooperative(config kafka.ConfigMap) bool {
	strategy, _ := config["partition.assignment.strategy"].(string)
	return config["group.protocol"] == "consumer" || strings.Contains(strategy, "cooperative")
}

// joined is errors.Join that leaves a single error as it is.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
