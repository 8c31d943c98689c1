package template_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/template"
)

func TestFromSettings(t *testing.T) {
	t.Parallel()
	p := spec.Producer{
		BootstrapServers:    spec.Set("a:1", "hearken.yaml:1"),
		ClientID:            spec.Set("shop", "hearken.yaml:2"),
		BufferMemory:        spec.Set(int64(1<<20), "hearken.yaml:3"),
		TransactionIDPrefix: spec.Set("tx", "hearken.yaml:4"),
	}
	for name, value := range map[string]string{
		"acks": "all", "enable.idempotence": "true", "transaction.timeout.ms": "5000", "delivery.timeout.ms": "4000",
		"compression.codec": "lz4", "linger.ms": "3",
	} {
		p.SetProperty(name, value, "env KAFKA_…")
	}
	o, err := template.FromSettings("main", p, spec.Template{
		DefaultTopic: spec.Set("orders", "hearken.yaml:9"), CloseTimeout: spec.Set(time.Second, "hearken.yaml:10"),
		AllowNonTransactional: spec.Set(true, "hearken.yaml:11"),
	})
	require.NoError(t, err)
	require.Equal(t, template.Options{
		Name: "main", BootstrapServers: "a:1", ClientID: "shop", Idempotence: new(true), Compression: "lz4",
		DefaultTopic: "orders", TransactionIDPrefix: "tx", TransactionTimeout: 5 * time.Second, DeliveryTimeout: 4 * time.Second,
		CloseTimeout: time.Second, AllowNonTransactional: true,
		Properties: map[string]string{"queue.buffering.max.kbytes": "1024", "linger.ms": "3"},
	}, o)

	o, err = template.FromSettings("main", p, spec.Template{TransactionIDPrefix: spec.Set("mine", "hearken.yaml:12")})
	require.NoError(t, err)
	require.Equal(t, "mine", o.TransactionIDPrefix)
}

func TestFaultsOfSettings(t *testing.T) {
	t.Parallel()
	var p spec.Producer
	for name, value := range map[string]string{"enable.idempotence": "perhaps", "transactional.id": "x", "message.timeout.ms": "2m"} {
		p.SetProperty(name, value, "hearken.yaml:7")
	}
	_, err := template.FromSettings("main", p, spec.Template{})
	for _, want := range []string{
		`producer "main"`, "enable.idempotence (hearken.yaml:7): is true or false",
		"transactional.id (hearken.yaml:7): set transaction-id-prefix", "message.timeout.ms (hearken.yaml:7): is a number of milliseconds",
	} {
		require.ErrorContains(t, err, want)
	}
}

// TestSettingsReachTheClient: an acks that switches idempotence off, and one that contradicts it.
func TestSettingsReachTheClient(t *testing.T) {
	t.Parallel()
	p := spec.Producer{Acks: spec.Set("1", "hearken.yaml:1")}
	o, err := template.FromSettings("main", p, spec.Template{})
	require.NoError(t, err)
	run(t, o, func(f *fixture) {
		require.Equal(f.t, "false", f.log.Opened()[0].Params.Config["enable.idempotence"])
	})
	p.SetProperty("enable.idempotence", "true", "hearken.yaml:2")
	o, err = template.FromSettings("main", p, spec.Template{})
	require.NoError(t, err)
	_, err = template.New(o)
	require.ErrorContains(t, err, "enable.idempotence=true with acks=1")
}
