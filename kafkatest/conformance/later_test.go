package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/kafkatest"
)

// TestDefaultsFindWhatComesLater: with the client's own settings a pattern's
// new topic is found after five minutes.
func TestDefaultsFindWhatComesLater(t *testing.T) {
	t.Parallel()
	b := kafkatest.New(t, kafkatest.Topics(1, "later-a"))
	c, err := broker.Open(broker.Params{Config: map[string]string{"bootstrap.servers": b.Brokers(), "group.id": "g"}})
	require.NoError(t, err)
	v := &visitor{t: t, c: c, classes: map[broker.Class]string{}}
	require.NoError(t, c.Subscribe([]string{"^later-.*"}, v))
	t.Cleanup(func() { _ = c.Close() })
	v.until("the first topic is there", func() bool { return v.held == 1 })
	b.CreateTopic("later-b", 1)
	start := time.Now()
	v.until("the new topic is found", func() bool { return v.held == 2 })
	t.Logf("found after %v", time.Since(start).Round(time.Millisecond))
}
