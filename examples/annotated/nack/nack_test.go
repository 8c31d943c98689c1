package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/examples/annotated/screen"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestNack: a refund that has to wait comes again after a second and not
// sooner, in its place; those of another partition are paid meanwhile.
func TestNack(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		topic, group := b.NewTopic("refunds", 2), b.Unique("bank")
		s, _ := screen.Run(t, b, service, topic, group)
		b.Produce(topic,
			kafkatest.KV("a", Refund{ID: "a", Large: true}).OnPartition(0),
			kafkatest.KV("b", Refund{ID: "b"}).OnPartition(0))
		waits := s.Wait(t, "refund a has to wait")
		b.Produce(topic, kafkatest.KV("c", Refund{ID: "c"}).OnPartition(1))
		other := s.Wait(t, "refund c is paid, attempt 1")
		again := s.Wait(t, "refund a is paid, attempt 2")
		next := s.Wait(t, "refund b is paid, attempt 1")
		require.GreaterOrEqual(t, again.Sub(waits), time.Second)
		require.False(t, next.Before(again), "b came before a")
		t.Logf("c after %s, a again after %s", other.Sub(waits), again.Sub(waits))
		b.WaitDone(group, topic)
	})
}
