package factory

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

func TestClientConfigOfOneMember(t *testing.T) {
	t.Parallel()
	s := spec.WithDefaults(spec.Settings{AutoOffsetReset: spec.Set(spec.NoReset, "here"), GroupID: spec.Set("g", "here")})
	s.SetProperty("group.instance.id", "pod-0", "here")
	s.SetProperty("max.poll.records", "500", "here") // the container's own: it is no setting of this client
	s.SetProperty("fetch.min.bytes", "1", "here")
	require.Equal(t, map[string]string{
		"bootstrap.servers":    "localhost:9092",
		"group.id":             "g",
		"client.id":            "hearken-orders-1",
		"group.instance.id":    "pod-0-orders-1",
		"auto.offset.reset":    "error",
		"max.poll.interval.ms": "300000",
		"fetch.min.bytes":      "1",
	}, clientConfig(s, "orders", 1))
}
