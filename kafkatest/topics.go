package kafkatest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// A TopicSetting is a setting of a new topic, for example {"cleanup.policy", "compact"}.
type TopicSetting struct{ Key, Value string }

// Unique returns name with a suffix that no other test run has, for topics and
// groups on a cluster that others use, too.
func (b *Broker) Unique(name string) string {
	return name + "-" + strings.ToLower(rand.Text()[:10])
}

// NewTopic creates a topic under Unique(name) and returns that name. On a real
// broker the topic is deleted when the test ends.
func (b *Broker) NewTopic(name string, partitions int, with ...TopicSetting) string {
	b.tb.Helper()
	topic := b.Unique(name)
	err := b.create(topic, partitions, with)
	if errors.Is(err, kerr.TopicAlreadyExists) { // by this test: an answer was late, and the client has asked again
		err = nil
	}
	b.check(err, "create topic %s", topic)
	b.waitLed(topic, partitions)
	if !b.Embedded() {
		b.tb.Cleanup(func() { b.deleteAfterTest(topic) })
	}
	return topic
}

// CreateTopic creates a topic, with the cluster's default replication, and
// returns when each partition has a leader. A topic of that name is an error.
func (b *Broker) CreateTopic(name string, partitions int, with ...TopicSetting) {
	b.tb.Helper()
	b.check(b.create(name, partitions, with), "create topic %s", name)
	b.waitLed(name, partitions)
}

func (b *Broker) create(name string, partitions int, with []TopicSetting) error {
	ctx, cancel := request()
	defer cancel()
	configs := make(map[string]*string, len(with))
	for _, s := range with {
		configs[s.Key] = &s.Value
	}
	resp, err := b.admin.CreateTopic(ctx, int32(partitions), -1, configs, name)
	if resp.ErrMessage != "" {
		err = fmt.Errorf("%w: %s", err, resp.ErrMessage)
	}
	return err
}

// waitLed waits until each partition of a new topic has a leader.
func (b *Broker) waitLed(name string, partitions int) {
	b.tb.Helper()
	b.eventually("every partition of "+name+" has a leader", func() (bool, string) { return b.led(name, partitions) })
}

// led reports whether all partitions of topic are there and can be read.
func (b *Broker) led(topic string, partitions int) (bool, string) {
	ends, err := b.listEnds(topic)
	if err != nil {
		return false, err.Error()
	}
	return len(ends) == partitions, fmt.Sprintf("%d of %d partitions", len(ends), partitions)
}

// deleteAfterTest leaves nothing behind, if it can: a test that killed its
// brokers must not fail for it.
func (b *Broker) deleteAfterTest(topic string) {
	ctx, cancel := request()
	defer cancel()
	if _, err := b.admin.DeleteTopic(ctx, topic); err != nil {
		b.tb.Logf("kafkatest: topic %s stays: %v", topic, err)
	}
}

// LogEnds returns each partition's end: the offset of the next record to be written.
func (b *Broker) LogEnds(topic string) map[int32]int64 {
	b.tb.Helper()
	ends, err := b.listEnds(topic)
	b.check(err, "log ends of %s", topic)
	return ends
}

func (b *Broker) listEnds(topic string) (map[int32]int64, error) {
	ctx, cancel := request()
	defer cancel()
	listed, err := b.admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, err
	}
	ends := make(map[int32]int64)
	listed.Each(func(o kadm.ListedOffset) { ends[o.Partition] = o.Offset })
	return ends, nil
}
