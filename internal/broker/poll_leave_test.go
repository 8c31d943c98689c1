package broker

import (
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// The metadata of a client that never joined are as those of nobody, and begin
// as leaver expects: another version of the client may change them.
func TestWhoNeverJoinedBelongsToNoGroup(t *testing.T) {
	c, err := kafka.NewConsumer(&kafka.ConfigMap{"group.id": "g"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := newLeaver(kafka.ConfigMap{"group.id": "g", "partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": "200"})
	meta, err := c.GetConsumerGroupMetadata()
	if err != nil || digits(meta) != l.nobody || l.belongs(c) {
		t.Errorf("%v, %v, want %v", meta, err, l.nobody)
	}
	if want := "{" + "43474d4476323a" + "ffffffff" + "6700"; !strings.HasPrefix(l.nobody, want) { // CGMDv2:, -1, g
		t.Errorf("got %s, want it to begin with %s", l.nobody, want)
	}
	if l.within != 700_000_000 {
		t.Errorf("it waits for %v", l.within)
	}
}
