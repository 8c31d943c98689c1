package e2e

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/deadletter"
	"github.com/hearken-go/hearken/kafkatest"
)

// A broker that hands nothing over is no empty topic: nothing is open would be a lie.
func TestADeadLetterTopicThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	dead := b.NewTopic("orders-dlt", 1)
	b.Produce(dead, kafkatest.Value("a"))
	b.Cluster().ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		return nil, errors.New("no answer"), true // it hangs up
	})
	cfg, err := config.Load(config.Map(settings(b.Brokers(), nil)), config.Environ())
	require.NoError(t, err)
	desk, err := deadletter.Open(cfg)
	require.NoError(t, err)
	defer desk.Close()
	err = desk.Read(t.Context(), dead, deadletter.Selection{}, func(deadletter.Record) bool { return true })
	require.ErrorContains(t, err, dead+"[0]")
}

// Who may see a dead-letter topic and not read it is told so, and asks the broker
// a few times meanwhile, not as fast as it can.
func TestADeadLetterTopicThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	dead := b.NewTopic("orders-dlt", 1)
	b.Produce(dead, kafkatest.Value("a"))
	var asked atomic.Int32
	b.Cluster().ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		asked.Add(1)
		f := req.(*kmsg.FetchRequest)
		res := f.ResponseKind().(*kmsg.FetchResponse)
		for _, t := range f.Topics {
			rt := kmsg.NewFetchResponseTopic()
			rt.Topic, rt.TopicID = t.Topic, t.TopicID
			for _, p := range t.Partitions {
				rp := kmsg.NewFetchResponseTopicPartition()
				rp.Partition, rp.ErrorCode = p.Partition, 29
				rp.HighWatermark, rp.LastStableOffset, rp.RecordBatches = -1, -1, []byte{}
				rt.Partitions = append(rt.Partitions, rp)
			}
			res.Topics = append(res.Topics, rt)
		}
		return res, nil, true
	})
	cfg, err := config.Load(config.Map(settings(b.Brokers(), nil)), config.Environ())
	require.NoError(t, err)
	desk, err := deadletter.Open(cfg)
	require.NoError(t, err)
	defer desk.Close()
	began := time.Now()
	err = desk.Read(t.Context(), dead, deadletter.Selection{}, func(deadletter.Record) bool { return true })
	require.ErrorContains(t, err, dead+"[0]")
	require.ErrorContains(t, err, "Topic authorization failed")
	require.Less(t, time.Since(began), 4*time.Second, "waiting does not help")
	require.Less(t, asked.Load(), int32(20))
}

// A broker that has gone away without a word is no end of a log either.
func TestADeadLetterTopicWhoseBrokerSaysNothing(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t)
	dead := b.NewTopic("orders-dlt", 1)
	b.Produce(dead, kafkatest.Value("a"))
	var away atomic.Bool
	b.Cluster().ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		away.Store(true)
		return nil, nil, true
	})
	b.Cluster().ControlKey(int16(kmsg.ListOffsets), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		return nil, nil, away.Load()
	})
	cfg, err := config.Load(config.Map(settings(b.Brokers(), nil)), config.Environ())
	require.NoError(t, err)
	desk, err := deadletter.Open(cfg)
	require.NoError(t, err)
	defer desk.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	err = desk.Read(ctx, dead, deadletter.Selection{}, func(deadletter.Record) bool { return true })
	require.ErrorContains(t, err, dead+"[0]")
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = desk.List(ctx, dead)
	require.ErrorContains(t, err, dead, "no count is not zero")
}
