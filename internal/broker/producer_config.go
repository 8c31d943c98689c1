package broker

import (
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// ProducerDefaults returns the properties that a producer gets where its
// configuration does not name them, each with the reason.
func ProducerDefaults() []Default {
	return []Default{
		{"acks", "all", "a record that was reported as written survives the loss of a broker"},
		{"partitioner", "murmur2_random", "a key lands on the partition where Java producers put it; crc32 otherwise"},
		{"linger.ms", "0", "a send that is waited for costs its linger: 0.4 ms against 5.8 ms; busy producers fill their batches all the same"},
		{"message.timeout.ms", "120000", "a send is decided within two minutes, as in Java; five otherwise"},
		{"queue.buffering.max.messages", "10000", "what is on its way stays in the processor's caches: a tenth faster than with 100000, and enough for half a million records a second at 20 ms"},
		{"queue.buffering.max.kbytes", "65536", "bounds what is on its way to 64 MiB; 1 GiB otherwise"},
	}
}

// reportBuffer is how many reports may wait for the report goroutine; the
// client's own sizes cost 23 MB for each producer.
const reportBuffer = 1000

// producerConfig puts the defaults under config. Keys of the Go wrapper
// ("go.…") are refused: they are OpenProducer's own.
func producerConfig(config map[string]string) (kafka.ConfigMap, error) {
	full := kafka.ConfigMap{}
	for _, d := range ProducerDefaults() {
		if !hasAny(config, d.Key) {
			full[d.Key] = d.Value
		}
	}
	for k, v := range config {
		if strings.HasPrefix(k, "go.") {
			return nil, &ProducerError{Code: int(kafka.ErrInvalidArg), Op: opOpen, Text: k + " can't be configured", Fatal: true}
		}
		full[k] = v
	}
	if config["transactional.id"] != "" && !hasAny(config, "message.timeout.ms") {
		delete(full, "message.timeout.ms") // the client then takes the transaction's
	}
	full["go.delivery.report.fields"] = "none"
	full["go.events.channel.size"] = reportBuffer
	full["go.produce.channel.size"] = 0
	return full, nil
}

// aliases are the client's second names of the properties that have a default.
var aliases = map[string][]string{
	"acks":               {"request.required.acks"},
	"linger.ms":          {"queue.buffering.max.ms"},
	"message.timeout.ms": {"delivery.timeout.ms"},
}

func hasAny(config map[string]string, key string) bool {
	for _, name := range append([]string{key}, aliases[key]...) {
		if _, ok := config[name]; ok {
			return true
		}
	}
	return false
}
