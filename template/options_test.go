package template_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/template"
)

func TestDurabilityOfTheClient(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		o           template.Options
		acks        string
		idempotence string
		off         bool
	}{
		{"by default", template.Options{}, "all", "true", false},
		{"the leader", template.Options{Acks: template.AcksLeader}, "1", "false", true},
		{"nobody", template.Options{Acks: template.AcksNone}, "0", "false", true},
		{"asked for", template.Options{Idempotence: new(true)}, "all", "true", false},
		{"off by itself is said, by wish not", template.Options{Idempotence: new(false), Acks: template.AcksNone}, "0", "false", false},
		{"said twice", template.Options{Properties: map[string]string{"acks": "-1"}}, "all", "true", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run(t, tt.o, func(f *fixture) {
				config := f.log.Opened()[0].Params.Config
				require.Equal(f.t, tt.acks, config["acks"])
				require.Equal(f.t, tt.idempotence, config["enable.idempotence"])
				require.Equal(f.t, tt.off, len(found[event.IdempotenceOff](f)) == 1)
			})
		})
	}
}

func TestTheClientsSettings(t *testing.T) {
	t.Parallel()
	run(t, template.Options{
		Name: "shop", BootstrapServers: "a:1", Compression: "lz4", Linger: new(1500 * time.Microsecond),
		DeliveryTimeout: 2 * time.Minute, TransactionIDPrefix: "tx", TransactionTimeout: 10 * time.Second,
		Properties: map[string]string{"batch.size": "1"},
	}, func(f *fixture) {
		require.Equal(f.t, map[string]string{
			"bootstrap.servers": "a:1", "client.id": "hearken-shop", "acks": "all", "enable.idempotence": "true",
			"compression.type": "lz4", "linger.ms": "1.5", "message.timeout.ms": "10000", "batch.size": "1",
			"transactional.id": f.id("0"), "transaction.timeout.ms": "10000",
		}, f.log.Opened()[0].Params.Config)
	})
}

func TestContradictionsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := template.NewWith(template.Options{
		Name: "shop", Acks: template.AcksLeader, Idempotence: new(true), AllowNonTransactional: true,
		DeliveryTimeout: -1, MaxTransactions: -1, Routes: []template.Route{{Topics: "("}},
	}, brokertest.NewLog().Open)
	for _, want := range []string{
		`template "shop": `, "enable.idempotence=true with acks=1", "allow-non-transactional without transaction-id-prefix",
		"delivery timeout is -1ns", "max transactions is -1", `route "("`, "has no template",
	} {
		require.ErrorContains(t, err, want)
	}
	_, err = template.NewWith(template.Options{Properties: map[string]string{
		"request.required.acks": "0", "transactional.id": "x", "client.id": "y",
	}}, brokertest.NewLog().Open)
	for _, want := range []string{
		"property request.required.acks=0 contradicts acks (all)", "property transactional.id: set transaction-id-prefix", "client.id=y contradicts client-id",
	} {
		require.ErrorContains(t, err, want)
	}
	for _, o := range []template.Options{
		{TransactionIDPrefix: "tx", Acks: template.AcksNone}, {TransactionIDPrefix: "tx", Idempotence: new(false)},
	} {
		_, err = template.NewWith(o, brokertest.NewLog().Open)
		require.ErrorContains(t, err, "transactions need")
	}
}

// TestTheClientRefusesAtTheStart is about the client itself, which connects to nothing here.
func TestTheClientRefusesAtTheStart(t *testing.T) {
	t.Parallel()
	_, err := template.New(template.Options{Properties: map[string]string{"no.such": "x"}})
	require.ErrorContains(t, err, "no.such")
	_, err = template.New(template.Options{TransactionIDPrefix: "bad", Compression: "zip"})
	require.ErrorContains(t, err, "zip")
	good, err := template.New(template.Options{TransactionIDPrefix: "bad", BootstrapServers: "127.0.0.1:1"})
	require.NoError(t, err, "the failed one has left no claim behind")
	require.NoError(t, good.Close(t.Context()))
}

func TestOptionsDoNotPrintSecrets(t *testing.T) {
	t.Parallel()
	o := template.Options{Name: "shop", Properties: map[string]string{"sasl.password": "hunter2"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, o), "hunter2")
		require.NotContains(t, fmt.Sprintf(verb, &o), "hunter2")
	}
	_, err := template.New(template.Options{Properties: map[string]string{"sasl.password": "hunter2", "no.such": "hunter3"}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}

func TestParseAcks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]template.Acks{"0": template.AcksNone, "1": template.AcksLeader, "all": template.AcksAll, "-1": template.AcksAll, "ALL": template.AcksAll} {
		got, err := template.ParseAcks(" " + text + " ")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := template.ParseAcks("2")
	require.ErrorContains(t, err, "0, 1, all or -1")
}
