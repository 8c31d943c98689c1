package observe_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/observe"
)

func TestLoggerOfAnAssignment(t *testing.T) {
	t.Parallel()
	log, logs := recorder()
	base := observe.BaseContext(log)
	ctx := base(t.Context(), listener.Invocation{Listener: "billing", Group: "g", Topic: "orders", Partition: 3})

	observe.Logger(ctx).Info("charged")
	require.Equal(t, map[string]any{"listener": "billing", "group": "g", "topic": "orders", "partition": int32(3)},
		logs.All()[0].ContextMap())

	observe.Logger(base(t.Context(), listener.Invocation{Listener: "billing", Group: "g"})).Info("assigned")
	require.Equal(t, map[string]any{"listener": "billing", "group": "g"}, logs.All()[1].ContextMap(), "of a rebalance callback")
}

func TestLoggerIsNeverNil(t *testing.T) {
	t.Parallel()
	require.NotNil(t, observe.Logger(context.Background()))
	ctx := observe.BaseContext(nil)(t.Context(), listener.Invocation{})
	require.NotPanics(t, func() { observe.Logger(ctx).Info("into nothing") })
}
