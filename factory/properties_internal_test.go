package factory

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

func settings() spec.Settings {
	s := spec.WithDefaults(spec.Settings{AutoOffsetReset: spec.Set(spec.NoReset, "here"), GroupID: spec.Set("g", "here")})
	s.SetProperty("max.poll.records", "500", "here") // the container's own: it is no setting of this client
	s.SetProperty("go.application.rebalance.enable", "true", "here")
	s.SetProperty("fetch.min.bytes", "1", "here")
	return s
}

func TestClientConfigOfOneMember(t *testing.T) {
	t.Parallel()
	s := settings()
	s.SetProperty("group.instance.id", "pod-0", "here")
	require.Equal(t, map[string]string{
		"bootstrap.servers":             "localhost:9092",
		"group.id":                      "g",
		"client.id":                     "hearken-orders-1",
		"group.instance.id":             "pod-0-orders-1",
		"auto.offset.reset":             "error",
		"max.poll.interval.ms":          "300000",
		"isolation.level":               "read_committed",
		"group.protocol":                "classic",
		"partition.assignment.strategy": "cooperative-sticky",
		"fetch.min.bytes":               "1",
	}, memberConfig(s, "orders", 1))
	client := clientConfig(s, "orders")
	require.Equal(t, "pod-0-orders", client["group.instance.id"], "without the member's number")
	require.Equal(t, "hearken-orders", client["client.id"])
}

func TestAGroupUnderKIP848HasNoAssignor(t *testing.T) {
	t.Parallel()
	s := spec.WithDefaults(spec.Settings{GroupProtocol: spec.Set("consumer", "here")})
	addClientDefaults(&s)
	config := memberConfig(s, "orders", 0)
	require.Equal(t, "consumer", config["group.protocol"])
	require.NotContains(t, config, "partition.assignment.strategy")
}

// TestWhatNobodyChoseIsLeftToTheBrokerPackage: its defaults are those of the
// reader that it ends with, and some change while the client runs unless somebody chose them.
func TestWhatNobodyChoseIsLeftToTheBrokerPackage(t *testing.T) {
	t.Parallel()
	s := spec.WithDefaults(spec.Settings{Reader: spec.Set(spec.Queues, "here")})
	s.SetProperty("fetch.wait.max.ms", "70", "here")
	addClientDefaults(&s)
	config := memberConfig(s, "orders", 0)
	require.Equal(t, "70", config["fetch.wait.max.ms"])
	require.NotContains(t, config, "queued.max.messages.kbytes")
	require.NotContains(t, config, "fetch.queue.backoff.ms")
	require.Equal(t, "20000", clientConfig(s, "orders")["topic.metadata.refresh.interval.ms"], "explicit partitions are looked up as often")
}
