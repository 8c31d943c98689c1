package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/examples/annotated/screen"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestPerHost: each host has a group, called after it, and gets all prices;
// two processes of one host share them.
func TestPerHost(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel()
		topic, group := b.NewTopic("prices", 2), b.Unique("prices")
		a1, _ := screen.Run(t, b, service, topic, group, config.Hostname("alpha"))
		a2, _ := screen.Run(t, b, service, topic, group, config.Hostname("alpha"))
		beta, _ := screen.Run(t, b, service, topic, group, config.Hostname("beta"))
		b.WaitMembers(group+"-alpha", 2)
		b.WaitMembers(group+"-beta", 1)
		b.Produce(topic, kafkatest.KV("apple", 1).OnPartition(0), kafkatest.KV("pear", 2).OnPartition(1))
		for _, host := range []string{"alpha", "beta"} {
			b.WaitDone(group+"-"+host, topic)
		}
		for _, line := range []string{"apple costs 1", "pear costs 2"} {
			require.True(t, beta.Has(line), line)
			require.True(t, a1.Has(line) || a2.Has(line), line)
		}
	})
}
