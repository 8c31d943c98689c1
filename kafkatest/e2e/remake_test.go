package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// TestTopicMadeAgain deletes a topic under a running listener and makes it
// again: the listener goes on by itself, with the first record of the new log,
// whether the group has given it the partition or it was told which to read,
// and whatever reads.
func TestTopicMadeAgain(t *testing.T) {
	t.Parallel()
	whole := func(topic string) listener.Option { return listener.Topics(topic) }
	one := func(topic string) listener.Option { return listener.Partitions(topic, "0") }
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		for _, reader := range []factory.ReaderStyle{factory.Poll, factory.Queues} {
			for name, c := range map[string]remaking{
				"the topic":                {of: whole},
				"its one partition":        {of: one},
				"its one partition, later": {of: one, later: true},
				"the topic, busy":          {of: whole, busy: true},
				"its one partition, busy":  {of: one, busy: true},
			} {
				t.Run(name+"/"+reader.String(), func(t *testing.T) {
					t.Parallel()
					if c.later && b.Embedded() {
						t.Skip("takes a quarter of a minute")
					}
					c.run(t, kafkatest.At(t, b.Brokers()), reader)
				})
			}
		}
	})
}

// A remaking is of what a listener is given: at once, when it waits for the
// topic, or while it still has most of the old log before it.
type remaking struct {
	of    func(topic string) listener.Option
	later bool
	busy  bool
}

func (c remaking) run(t *testing.T, b *kafkatest.Broker, reader factory.ReaderStyle) {
	topic, group := b.NewTopic("remake", 1), b.Unique("remake")
	n, gate := 5, make(chan struct{})
	if c.busy {
		n = 2000
	} else {
		close(gate)
	}
	b.Produce(topic, old(0, n)...)
	var seen log[string]
	s := serveWith(t, b, map[string]any{propertiesKey: map[string]any{
		"session.timeout.ms": "6000", "heartbeat.interval.ms": "200", "fetch.wait.max.ms": "50",
		"topic.metadata.refresh.interval.ms": "1000",
	}}, listener.On("reader", func(_ context.Context, r listener.Record[string]) error {
		seen.add(place(r))
		<-gate
		return nil
	}, c.of(topic), listener.GroupID(group), factory.Reader(reader), factory.MaxPollRecords(20)))
	if !c.busy {
		seen.wait(t, n)
		b.WaitDone(group, topic)
	}
	seen.wait(t, 1)
	_, err := kadm.NewClient(b.Client()).DeleteTopics(context.Background(), topic)
	require.NoError(t, err)
	if c.later {
		s.waitsFor(t, "reader", "waits for topic "+topic)
	}
	kafkatest.Eventually(t, time.Minute, "the topic can be made again", func() (bool, string) {
		res, err := kadm.NewClient(b.Client()).CreateTopic(context.Background(), 1, 1, nil, topic)
		return err == nil && res.Err == nil, fmt.Sprint(err, res.Err)
	})
	for i := range int64(3) {
		produceAnew(t, b, topic, i)
	}
	if c.busy {
		close(gate)
	}
	want := []string{"[0]@0", "[0]@1", "[0]@2"}
	kafkatest.Eventually(t, time.Minute, "the new log is read", func() (bool, string) {
		got := seen.list()
		return len(got) > 3 && slices.Equal(got[len(got)-3:], want), fmt.Sprint(len(got), " ", got[max(0, len(got)-5):])
	})
	got := seen.list()
	for i, at := range got[:len(got)-3] {
		require.Equal(t, fmt.Sprintf("[0]@%d", i), at, "the old log, or the beginning of it")
	}
	b.WaitDone(group, topic)
	require.NoError(t, s.container("reader").Err())
}

// produceAnew sends record number i of the new log, by a client that has no old topic's id;
// the broker itself may answer with it for a moment, and then refuses it, or puts the record into
// what is left of the old log.
func produceAnew(t *testing.T, b *kafkatest.Broker, topic string, i int64) {
	t.Helper()
	eventually(t, "a record is taken", func() (bool, string) {
		fresh, err := kgo.NewClient(kgo.SeedBrokers(b.Brokers()))
		require.NoError(t, err)
		defer fresh.Close()
		sent, err := fresh.ProduceSync(context.Background(), &kgo.Record{Topic: topic}).First()
		require.True(t, err == nil || errors.Is(err, kerr.UnknownTopicID), "%v", err)
		return err == nil && sent.Offset == i, fmt.Sprint(err, " ", sent.Offset)
	})
}
