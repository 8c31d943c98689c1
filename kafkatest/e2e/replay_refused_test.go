package e2e

import (
	"errors"
	"testing"

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
