package app_test

import (
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for a fact.
const patience = time.Minute

// TB is what the child processes have of a test: nothing but failing.
type tb interface {
	Errorf(format string, args ...any)
	FailNow()
	Cleanup(func())
}

// mock is the client's own mock cluster, because package kafkatest stands above
// this module. It joins groups in 3 s, not less.
func mock(t tb, topics ...string) (brokers string) {
	cluster, err := kafka.NewMockCluster(1)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	for _, topic := range topics {
		require.NoError(t, cluster.CreateTopic(topic, 1, 1))
	}
	return cluster.BootstrapServers()
}

// produce writes values to partition 0 and waits until they are there.
func produce(t tb, brokers, topic string, values ...string) {
	p, err := kafka.NewProducer(&kafka.ConfigMap{"bootstrap.servers": brokers})
	require.NoError(t, err)
	defer p.Close()
	done := make(chan kafka.Event, len(values))
	for _, v := range values {
		require.NoError(t, p.Produce(&kafka.Message{
			TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: 0}, Value: []byte(v),
		}, done))
	}
	for range values {
		m, ok := (<-done).(*kafka.Message)
		require.True(t, ok)
		require.NoError(t, m.TopicPartition.Error)
	}
}

// received waits for a value.
func received[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came", what)
		panic("not reached")
	}
}
