package factory_test

import (
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

type stringer struct{}

func (stringer) String() string { return "rack" }

func TestAnExistingClientConfigIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	o := factory.ClientConfig(kafka.ConfigMap{
		"bootstrap.servers": "broker:9092", "group.id": "billing", "client.id": "shop", "auto.offset.reset": "smallest",
		"max.poll.interval.ms": 60000, "session.timeout.ms": int64(6000), "heartbeat.interval.ms": "2000",
		"enable.auto.commit": false, "isolation.level": "read_uncommitted", "partition.assignment.strategy": "range",
		"go.application.rebalance.enable": true, "go.events.channel.enable": false, "go.logs.channel": make(chan kafka.LogEvent),
		"sasl.password": "hunter2", "queued.min.messages": uint32(7), "client.rack": stringer{},
	})
	require.NotContains(t, o.String(), "hunter2")
	s := one(t, "", nil, on("a", topic, o))
	require.Equal(t, "billing", s.Group)
	require.Equal(t, spec.Earliest, s.Reset)
	require.Equal(t, time.Minute, s.MaxPollInterval)
	require.Equal(t, "6000", s.Client["session.timeout.ms"])
	require.Equal(t, "range", s.Client["partition.assignment.strategy"])
	require.Equal(t, "shop-a", s.Client["client.id"])
	require.Equal(t, "hunter2", s.Client["sasl.password"])
	require.Equal(t, "7", s.Client["queued.min.messages"])
	require.Equal(t, "rack", s.Client["client.rack"])
	require.NotContains(t, s.Text, "hunter2")
	require.NotContains(t, s.Client, "go.application.rebalance.enable")
	require.Len(t, s.Notes, 2)
	require.Contains(t, s.Notes[0], "go.application.rebalance.enable (code adopt_test.go:")
	require.Contains(t, s.Notes[1], "go.logs.channel")
}

func TestAPasswordOfAnExistingClientIsNoTemplate(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"a${b}c", `a\${b`, "${hostname}", "$${{"} {
		s := one(t, "", nil, on("a", topic, factory.ClientConfig(kafka.ConfigMap{"sasl.password": password})))
		require.Equal(t, password, s.Client["sasl.password"])
	}
}

func TestDefaultTopicConfigWins(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, on("a", topic, factory.ClientConfig(kafka.ConfigMap{
		"auto.offset.reset": "latest", "default.topic.config": kafka.ConfigMap{"auto.offset.reset": "earliest"},
	})))
	require.Equal(t, spec.Earliest, s.Reset)
}

func TestWhatAClientConfigMayNotHold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		m    kafka.ConfigMap
		says []string
	}{
		{kafka.ConfigMap{"enable.auto.commit": true}, []string{"properties.enable.auto.commit (code adopt_test.go:", "write false"}},
		{kafka.ConfigMap{"go.events.channel.enable": true}, []string{"properties.go.events.channel.enable", "write false"}},
		{kafka.ConfigMap{"go.events.channel.size": 10}, []string{"properties.go.events.channel.size", "remove it"}},
		{kafka.ConfigMap{"client.rack": nil}, []string{"properties.client.rack", "type nil can't be used"}},
		{kafka.ConfigMap{"client.rack": []string{"a"}}, []string{"type []string can't be used", "a text, a number or a bool"}},
		{kafka.ConfigMap{"auto.offset.reset": "sometimes"}, []string{"properties.auto.offset.reset", "set auto-offset-reset"}},
		{kafka.ConfigMap{"max.poll.interval.ms": "soon"}, []string{"properties.max.poll.interval.ms", "set max-poll-interval"}},
		{kafka.ConfigMap{"fetch.min.byts": 1}, []string{"did you mean fetch.min.bytes?"}},
	}
	for _, tt := range tests {
		_, err := factory.Specs(yaml(t, ""), nil, []listener.Listener{on("a", topic, factory.ClientConfig(tt.m))})
		require.Error(t, err)
		for _, says := range tt.says {
			require.ErrorContains(t, err, says)
		}
	}
}
