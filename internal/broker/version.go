package broker

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// LibraryVersion returns the version of librdkafka that is linked in.
func LibraryVersion() string {
	_, text := kafka.LibraryVersion()
	return text
}
