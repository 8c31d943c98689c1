package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/examples/annotated/screen"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestManual: what is acknowledged is committed without gaps; an order that
// stays open keeps the offset, and comes back when the program starts again.
func TestManual(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		topic, group := b.NewTopic("orders", 1), b.Unique("desk")
		s, stop := screen.Run(t, b, service, topic, group)
		for _, o := range []Order{{ID: "a"}, {ID: "b", Draft: true}, {ID: "c"}} {
			b.Produce(topic, kafkatest.KV(o.ID, o))
		}
		s.Wait(t, "order a is done")
		s.Wait(t, "order c is done")
		stop()
		require.Equal(t, int64(1), b.Committed(group, topic)[0], "b is open")
		again, _ := screen.Run(t, b, service, topic, group)
		again.Wait(t, "order b is a draft")
		again.Wait(t, "order c is done")
		require.False(t, again.Has("order a is done"))
	})
}

// TestFactory: the comment above the package clause is what is in force.
func TestFactory(t *testing.T) {
	t.Parallel()
	a := app.New(service(&screen.Screen{}))
	require.NoError(t, a.Err())
	require.Regexp(t, `ack-mode: MANUAL +# code kafka_listeners_gen.go:\d+`, a.Settings())
	require.Regexp(t, `ack-time: 10s +# code kafka_listeners_gen.go:\d+`, a.Settings())
}
