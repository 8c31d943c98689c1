package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/examples/annotated/screen"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestImmediate: when the handler goes on, the commit is there; nobody waits for it.
func TestImmediate(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		topic, group := b.NewTopic("orders", 1), b.Unique("desk")
		s, _ := screen.Run(t, b, service, topic, group)
		for i := range int64(3) {
			id := fmt.Sprintf("o-%d", i)
			b.Produce(topic, kafkatest.KV(id, Order{ID: id}))
			s.Wait(t, "order "+id+" is committed")
			require.Equal(t, i+1, b.Committed(group, topic)[0])
		}
	})
}
