package factory_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// resolveTx resolves a listener under the options.
func resolveTx(t *testing.T, values map[string]any, opts ...listener.Option) (*factoryResult, error) {
	t.Helper()
	cfg, err := config.Load(config.Map(values))
	require.NoError(t, err)
	l := listener.On("copy", func(context.Context, listener.Record[string]) error { return nil }, opts...)
	specs, err := factory.Specs(cfg, nil, []listener.Listener{l})
	if err != nil {
		return nil, err
	}
	return &factoryResult{prefix: specs[0].Tx.Prefix, records: specs[0].Tx.Records, timeout: specs[0].Tx.Timeout, handler: specs[0].HandlerTimeout, text: specs[0].Text}, nil
}

type factoryResult struct {
	prefix, text     string
	records          int
	timeout, handler time.Duration
}

func TestTransactionalListener(t *testing.T) {
	got, err := resolveTx(t, map[string]any{"kafka.listener.transaction-id-prefix": "pay", "kafka.listener.transaction-instance": "pod-1"}, listener.Topics("in"))
	require.NoError(t, err)
	require.Equal(t, "pay-pod-1", got.prefix)
	require.Equal(t, 1000, got.records)
	require.Equal(t, 10*time.Second, got.timeout)
	require.Equal(t, 10*time.Second, got.handler, "a handler is bounded by its transaction")

	got, err = resolveTx(t, nil, listener.Topics("in"), factory.TransactionIDPrefix("pay"), factory.AckMode(ackmode.Record), factory.TransactionTimeout(time.Minute))
	require.NoError(t, err)
	require.Regexp(t, `^pay-.+-\d+-`, got.prefix)
	require.Equal(t, 1, got.records)
	require.Equal(t, time.Minute, got.handler)
	require.Contains(t, got.text, "transaction-timeout")
}

func TestTransactionalFaults(t *testing.T) {
	for name, c := range map[string]struct {
		values map[string]any
		opts   []listener.Option
		want   string
	}{
		"TIME":             {opts: []listener.Option{factory.AckMode(ackmode.Time)}, want: "choose BATCH"},
		"COUNT":            {opts: []listener.Option{factory.AckMode(ackmode.Count)}, want: "choose BATCH"},
		"MANUAL":           {opts: []listener.Option{factory.AckMode(ackmode.Manual)}, want: "choose BATCH"},
		"ack-time":         {opts: []listener.Option{factory.AckTime(time.Second)}, want: "means nothing under transaction-id-prefix"},
		"commit":           {values: map[string]any{"kafka.listener.commit": "awaited"}, want: "means nothing under transaction-id-prefix"},
		"read_uncommitted": {opts: []listener.Option{factory.IsolationLevel("read_uncommitted")}, want: "choose read_committed"},
		"max-records":      {opts: []listener.Option{factory.AckMode(ackmode.Record), factory.TransactionMaxRecords(5)}, want: "has a transaction of its own"},
		"handler-timeout":  {opts: []listener.Option{factory.HandlerTimeout(time.Minute)}, want: "can't commit"},
		"max-time":         {opts: []listener.Option{factory.TransactionMaxTime(8 * time.Second)}, want: "more than half"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := resolveTx(t, c.values, append(c.opts, listener.Topics("in"), factory.TransactionIDPrefix("pay"))...)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := resolveTx(t, nil, listener.Partitions("in", "0"), factory.TransactionIDPrefix("pay"))
	require.ErrorContains(t, err, "subscribe to topics")
}
