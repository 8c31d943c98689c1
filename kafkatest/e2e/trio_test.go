package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
)

// A trio is a cluster of three brokers that a test may break: topics have
// three replicas, and a write that all have to acknowledge needs two.
type trio struct {
	t *testing.T
	*devkafka.Cluster
	b *kafkatest.Broker
}

// newTrio starts three brokers, where there are real ones at all.
func newTrio(t *testing.T) *trio {
	t.Helper()
	kafkatest.Real(t)
	began := time.Now()
	cluster, err := devkafka.Start(t.Context(), devkafka.Options{Nodes: 3})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	t.Logf("three brokers are up after %s", time.Since(began).Round(100*time.Millisecond))
	return &trio{t, cluster, kafkatest.At(t, cluster.Brokers())}
}

// partition looks at the topic's first partition; a leader of 0 is none.
func (c *trio) partition(topic string) (leader, inSync int) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	topics, err := kadm.NewClient(c.b.Client()).ListTopics(ctx, topic)
	if err != nil {
		return 0, 0
	}
	p := topics[topic].Partitions[0]
	if p.Err != nil {
		return 0, 0
	}
	return int(p.Leader), len(p.ISR)
}

// whole waits until all three brokers have all of the topic, and returns who
// leads its first partition.
func (c *trio) whole(topic string) (leader int) {
	c.t.Helper()
	kafkatest.Eventually(c.t, 3*time.Minute, "all brokers have all of "+topic, func() (bool, string) {
		l, inSync := c.partition(topic)
		leader = l
		return l > 0 && inSync == 3, fmt.Sprintf("the leader is %d, %d are in sync", l, inSync)
	})
	return leader
}

// others are the brokers beside this one.
func (c *trio) others(id int) (ids []int) {
	for other := 1; other <= 3; other++ {
		if other != id {
			ids = append(ids, other)
		}
	}
	return ids
}

// back starts a killed broker again.
func (c *trio) back(id int) {
	c.t.Helper()
	require.NoError(c.t, c.Restart(c.t.Context(), id))
}
