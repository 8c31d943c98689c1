package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/deadletter"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

// What is dead is shown, replayed to its own group, to all groups, or dropped;
// each record once, unless it is asked for again.
func TestReplay(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 2), b.Unique("billing")
		var mended log[listener.Record[string]]
		broken := true
		var calls log[string]
		s := serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
			calls.add(r.Value)
			if strings.HasPrefix(r.Value, "fatal") && r.Attempt == 1 && broken {
				return listener.Fatal(errBad)
			}
			mended.add(r)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(time.Hour)))
		dlt := topic + "-dlt"
		waitMade(t, s, dlt)
		b.Produce(topic,
			kafkatest.KV("a", "fatal 1").OnPartition(0).WithHeader("trace", "1"), kafkatest.KV("b", "fatal 2").OnPartition(0),
			kafkatest.KV("c", "fatal 3").OnPartition(1), kafkatest.KV("d", "fine").OnPartition(1))
		b.WaitRecords(dlt, 3)
		calls.wait(t, 4)
		_, err := s.stop()
		require.NoError(t, err)
		broken = false

		cfg, err := config.Load(config.Map(settings(b.Brokers(), nil)), config.Environ())
		require.NoError(t, err)
		desk, err := deadletter.Open(cfg)
		require.NoError(t, err)
		defer desk.Close()
		open := func(want int64) {
			t.Helper()
			all, err := desk.List(t.Context(), dlt)
			require.NoError(t, err)
			require.Equal(t, []deadletter.Topic{{Name: dlt, Records: 3, Open: want}}, all)
		}
		open(3)
		key := func(k string) deadletter.Selection { return deadletter.Selection{Key: &k} }
		report, err := desk.Replay(t.Context(), dlt, deadletter.Selection{Error: "bad"}, deadletter.ReplayOptions{DryRun: true})
		require.NoError(t, err)
		retry := topic + "-" + group + "-retry-1h"
		require.Len(t, report.Notes, 1)
		require.Contains(t, report.Notes[0], "nobody reads "+retry+" now: group "+group+"-retry has no members")
		report.Notes = nil
		require.Equal(t, deadletter.Report{Records: 3, To: map[string]int{retry: 3}}, report)
		open(3)

		report, err = desk.Replay(t.Context(), dlt, key("b"), deadletter.ReplayOptions{})
		require.NoError(t, err)
		require.Equal(t, 1, report.Records)
		open(2)
		report, err = desk.Drop(t.Context(), dlt, key("c"), false)
		require.NoError(t, err)
		require.Equal(t, 1, report.Records)
		open(1)
		report, err = desk.Replay(t.Context(), dlt, deadletter.Selection{}, deadletter.ReplayOptions{ToOriginal: true})
		require.NoError(t, err)
		require.Equal(t, deadletter.Report{Records: 1, To: map[string]int{topic: 1}}, report)
		open(0)
		var left int
		require.NoError(t, desk.Read(t.Context(), dlt, deadletter.Selection{Settled: true}, func(r deadletter.Record) bool {
			require.True(t, r.Dead && r.Settled)
			left++
			return true
		}))
		require.Equal(t, 3, left, "nothing is deleted")

		again := serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
			mended.add(r)
			return nil
		}, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(time.Hour)))
		_ = again
		got := map[string]listener.Record[string]{}
		for _, r := range mended.wait(t, 3) {
			got[r.Value] = r
		}
		require.Contains(t, got, "fine")
		require.Equal(t, []any{topic, int64(1), "b", 1}, []any{got["fatal 2"].Topic, got["fatal 2"].Offset, got["fatal 2"].Key, got["fatal 2"].Attempt})
		require.Equal(t, int64(2), got["fatal 1"].Offset, "a new record of the original topic")
		trace, _ := got["fatal 1"].Headers.Get("trace")
		require.Equal(t, "1", string(trace))
	})
}

// A listener that was given other delays leaves retry topics behind that nobody
// reads: a replay goes to one that is read, and says where none is.
func TestAReplayGoesWhereSomebodyReads(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic, group := b.NewTopic("orders", 1), b.Unique("billing")
		var calls log[string]
		begin := func(delay time.Duration) *service {
			return serve(t, b, listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
				calls.add(r.Value)
				if strings.HasPrefix(r.Value, "fatal") && r.Attempt == 1 && calls.len() < 3 {
					return listener.Fatal(errBad)
				}
				return nil
			}, listener.Topics(topic), listener.GroupID(group), factory.RetryTopics(delay)))
		}
		former := begin(time.Minute)
		dlt, left, read := topic+"-dlt", topic+"-"+group+"-retry-1m", topic+"-"+group+"-retry-1h"
		waitMade(t, former, dlt)
		b.Produce(topic, kafkatest.Value("fatal 1"), kafkatest.Value("fatal 2"))
		b.WaitRecords(dlt, 2)
		_, err := former.stop()
		require.NoError(t, err)

		s := begin(time.Hour)
		waitMade(t, s, read)
		cfg, err := config.Load(config.Map(settings(b.Brokers(), nil)), config.Environ())
		require.NoError(t, err)
		desk, err := deadletter.Open(cfg)
		require.NoError(t, err)
		defer desk.Close()
		replay := func(o deadletter.ReplayOptions) deadletter.Report {
			report, err := desk.Replay(t.Context(), dlt, deadletter.Selection{To: 1}, o)
			require.NoError(t, err)
			return report
		}
		eventually(t, "a retry topic that is read", func() (bool, string) {
			r := replay(deadletter.ReplayOptions{DryRun: true})
			return r.To[read] == 1 && r.To[left] == 0 && len(r.Notes) == 0, fmt.Sprint(r)
		})
		require.Equal(t, 1, replay(deadletter.ReplayOptions{}).Records)
		calls.wait(t, 3)
	})
}
