package screen

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/kafkatest"
)

// Run starts one process of a program, as its main does, with topic and group
// of the test's own on broker b. The result ends it; so does the end of the test.
func Run(t *testing.T, b *kafkatest.Broker, service func(io.Writer) fx.Option, topic, group string, more ...config.Option) (s *Screen, stop func()) {
	t.Helper()
	s = &Screen{}
	opts := append([]config.Option{
		config.File("hearken.yaml"),
		config.Map(map[string]any{
			"kafka.bootstrap-servers": b.Brokers(), "app.topic": topic, "app.group": group,
			"kafka.consumer.properties": map[string]any{"heartbeat.interval.ms": 300, "session.timeout.ms": 6000},
		}),
	}, more...)
	a := app.New(service(s), app.Config(opts...), fx.Provide(zap.NewNop))
	require.NoError(t, a.Err())
	require.NoError(t, a.Start(context.Background()))
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			require.NoError(t, a.Stop(context.Background()))
		}
	}
	t.Cleanup(stop)
	return s, stop
}
