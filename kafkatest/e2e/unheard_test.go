package e2e

import (
	"context"
	"math"
	"net"
	"slices"
	"strconv"
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
)

// unheard lets the broker say n times, to whoever asks for the topic, that there is
// none: so does one that has not heard yet of what others have made.
func unheard(b *kafkatest.Broker, topic string, n int32) (asked *atomic.Int32) {
	asked = new(atomic.Int32)
	b.Cluster().ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		r := req.(*kmsg.MetadataRequest)
		named := slices.ContainsFunc(r.Topics, func(t kmsg.MetadataRequestTopic) bool { return t.Topic != nil && *t.Topic == topic })
		if !named || asked.Add(1) > n {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.MetadataResponse)
		for i, at := range b.Cluster().ListenAddrs() {
			host, port, _ := net.SplitHostPort(at)
			number, _ := strconv.Atoi(port)
			node := kmsg.NewMetadataResponseBroker()
			node.NodeID, node.Host, node.Port = int32(i), host, int32(number)
			resp.Brokers = append(resp.Brokers, node)
		}
		for _, t := range r.Topics {
			of := kmsg.NewMetadataResponseTopic()
			of.Topic = t.Topic
			if *t.Topic == topic {
				of.ErrorCode = kerr.UnknownTopicOrPartition.Code
			} else {
				p := kmsg.NewMetadataResponseTopicPartition() // it is enough for this test that it has one
				p.Replicas, p.ISR = []int32{0}, []int32{0}
				of.Partitions = append(of.Partitions, p)
			}
			resp.Topics = append(resp.Topics, of)
		}
		return resp, nil, true
	})
	return asked
}

// TestDeclareWhatABrokerHasNotHeardOf: the topic is there, with fewer partitions.
func TestDeclareWhatABrokerHasNotHeardOf(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	topic := b.NewTopic("unheard", 1)
	a := newAdmin(t, b)
	asked := unheard(b, topic, 4)
	done, err := a.Declare(t.Context(), false, admin.NewTopic(topic, admin.Partitions(3)))
	require.NoError(t, err)
	require.Equal(t, []event.Event{event.TopicExpanded{Topic: topic, From: 1, To: 3}}, done)
	require.Greater(t, asked.Load(), int32(4))
}

// TestDeclareGivesUpOnWhatNobodyCanLookAt: with an error that says what is there, and why it ended.
func TestDeclareGivesUpOnWhatNobodyCanLookAt(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	topic := b.NewTopic("unheard", 1)
	a := newAdmin(t, b)
	unheard(b, topic, math.MaxInt32)
	_, err := a.Declare(t.Context(), false, admin.NewTopic(topic, admin.Partitions(3)))
	require.ErrorIs(t, err, admin.ErrTopicExists)
	require.ErrorContains(t, err, topic)
	require.NotErrorIs(t, err, context.DeadlineExceeded, "the call had time")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err = a.Declare(ctx, false, admin.NewTopic(topic, admin.Partitions(3)))
	require.ErrorIs(t, err, context.Canceled)
}

// TestLettersTopicThatABrokerHasNotHeardOf: it grows as if it had been seen at once.
func TestLettersTopicThatABrokerHasNotHeardOf(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	topic, group := b.NewTopic("orders", 4), b.Unique("billing")
	b.CreateTopic(topic+"-dlt", 1)
	asked := unheard(b, topic+"-dlt", 3)
	s := serve(t, b, refuser(topic, group, factory.DeadLetter()))
	require.Equal(t, event.TopicExpanded{Topic: topic + "-dlt", From: 1, To: 4}, waitFound[event.TopicExpanded](s, 1)[0])
	require.Empty(t, found[event.TopicsPending](s), "it is no fault")
	require.Greater(t, asked.Load(), int32(3))
	b.Produce(topic, kafkatest.Value("a").OnPartition(3))
	require.EqualValues(t, 3, b.WaitRecords(topic+"-dlt", 1)[0].Partition)
}
