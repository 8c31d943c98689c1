package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
)

// doomed is a listener that ends by itself: it has no offset, and may not reset.
func doomed(id string, onFatal spec.OnFatal) container.Spec {
	cluster := brokertest.NewCluster()
	cluster.CreateTopic("orders", 1)
	return container.Spec{
		ID: id, Group: id, Topics: []string{"orders"}, ErrorHandler: errorhandler.NewDefault(),
		AckMode: ackmode.Batch, Concurrency: 1, Workers: 1, MaxPollRecords: 500, MaxPollBytes: 1 << 20,
		HandlerTimeout: time.Minute, RevokeTimeout: time.Second, ShutdownTimeout: time.Second,
		Reset: spec.NoReset, AutoStartup: true, OnFatal: onFatal,
		Open: func(int, func(int, string, string)) (broker.Consumer, error) {
			return cluster.Open(broker.Params{Config: map[string]string{"group.id": id, "auto.offset.reset": "error"}})
		},
	}
}

func TestOnFatalAppEndsTheApplication(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.ErrorLevel)
	var registry *container.Registry
	a := app.New(alone(""), fx.Supply(zap.New(core)), fx.Populate(&registry))
	started(t, a)
	k, err := registry.AddSpec(doomed("harmless", spec.FatalListener))
	require.NoError(t, err)
	received(t, k.Done(), "the end of the harmless listener")
	wait := a.Wait()
	require.Empty(t, wait, "it goes alone")
	_, err = registry.AddSpec(doomed("orders", spec.FatalApp))
	require.NoError(t, err)
	require.Equal(t, 1, received(t, wait, "the end of the application").ExitCode)
	lines := logs.FilterMessageSnippet("on-fatal: app").All()
	require.Len(t, lines, 1)
	require.Contains(t, lines[0].ContextMap()["error"], "no committed offset for orders[0]")
}
