package factory_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// BenchmarkSpecs is what a hundred listeners cost before the first client is made.
func BenchmarkSpecs(b *testing.B) {
	var all []listener.Listener
	for i := range 100 {
		all = append(all, listener.On(fmt.Sprint("listener-", i), func(context.Context, listener.Record[[]byte]) error { return nil },
			listener.Topics("orders"), listener.GroupID(fmt.Sprint("group-", i))))
	}
	cfg, err := config.Load(config.Map(map[string]any{"kafka.bootstrap-servers": "localhost:9092"}))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := factory.Specs(cfg, nil, all)
		require.NoError(b, err)
	}
}
