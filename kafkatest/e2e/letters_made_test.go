package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// refuser gives up every record at once.
func refuser(topic, group string, opts ...listener.Option) listener.Listener {
	return listener.On("orders", func(context.Context, listener.Record[string]) error { return listener.Fatal(errBad) },
		append(opts, listener.Topics(topic), listener.GroupID(group))...)
}

func declare(t testing.TB, b *kafkatest.Broker, topic string, partitions int) {
	t.Helper()
	a, err := admin.Connect(map[string]string{"bootstrap.servers": b.Brokers()})
	require.NoError(t, err)
	defer a.Close()
	_, err = a.Declare(t.Context(), true, admin.NewTopic(topic, admin.Partitions(partitions)))
	require.NoError(t, err)
}

// waitPending waits until a service says why it can't make its topics.
func waitPending(t testing.TB, s *service, why string) {
	t.Helper()
	eventually(t, "topics are pending: "+why, func() (bool, string) {
		all := found[event.TopicsPending](s)
		return slices.ContainsFunc(all, func(e event.TopicsPending) bool { return strings.Contains(e.Err.Error(), why) }), fmt.Sprint(all)
	})
}

// A source is never made: its letters' topics come when it does, with its partitions.
func TestLettersOfATopicThatComesLater(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.Unique("later"), b.Unique("billing")
		s := serve(t, b, refuser(topic, group, factory.RetryTopics(time.Hour)))
		waitPending(t, s, "it is to have the partitions of "+topic)
		require.Empty(t, found[event.TopicCreated](s))
		declare(t, b, topic, 3)
		waitMade(t, s, topic+"-dlt")
		waitMade(t, s, topic+"-"+group+"-retry-1h")
		for _, e := range found[event.TopicCreated](s) {
			require.Equal(t, 3, e.Partitions, e.Topic)
		}
		b.Produce(topic, kafkatest.Value("a").OnPartition(2))
		require.EqualValues(t, 2, b.WaitRecords(topic+"-dlt", 1)[0].Partition)
	})
}

// A dead-letter topic of before the source grew grows, too.
func TestLettersOfATopicThatHasGrown(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("grown", 4), b.Unique("billing")
		declare(t, b, topic+"-dlt", 1)
		s := serve(t, b, refuser(topic, group, factory.DeadLetter()))
		eventually(t, "the dead-letter topic has grown", func() (bool, string) {
			all := found[event.TopicExpanded](s)
			return slices.Contains(all, event.TopicExpanded{Topic: topic + "-dlt", From: 1, To: 4}), fmt.Sprint(all, found[event.TopicsPending](s))
		})
		b.Produce(topic, kafkatest.Value("a").OnPartition(3))
		require.Len(t, b.WaitRecords(topic+"-dlt", 1), 1)
		waitDone(t, b, group, topic, nil)
	})
}

// Who may not make topics hears of it; nothing is lost meanwhile, and the
// record goes where it belongs once the topic is there.
func TestLettersWithoutTheRightToMakeTopics(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	var allowed atomic.Bool
	b.Cluster().ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		if allowed.Load() {
			return nil, nil, false
		}
		res := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		res.Version = req.GetVersion()
		for _, topic := range req.(*kmsg.CreateTopicsRequest).Topics {
			out := kmsg.NewCreateTopicsResponseTopic()
			out.Topic, out.ErrorCode = topic.Topic, kerr.ClusterAuthorizationFailed.Code
			res.Topics = append(res.Topics, out)
		}
		return res, nil, true
	})
	allowed.Store(true)
	topic, group := b.NewTopic("orders", 3), b.Unique("billing")
	allowed.Store(false)
	s := serve(t, b, refuser(topic, group, factory.DeadLetter()))
	b.Produce(topic, kafkatest.KV("k", "a").OnPartition(2))
	waitPending(t, s, topic+"-dlt")
	eventually(t, "the copy is refused", func() (bool, string) {
		all := found[event.RecoveryFailed](s)
		return len(all) > 2, fmt.Sprint(all)
	})
	require.Less(t, offset(b, group, topic, 2), int64(1), "it is not settled")
	allowed.Store(true)
	waitMade(t, s, topic+"-dlt")
	require.EqualValues(t, 2, b.WaitRecords(topic+"-dlt", 1)[0].Partition, "its own partition")
	waitDone(t, b, group, topic, nil)
}
