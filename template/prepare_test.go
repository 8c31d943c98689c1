package template_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/template"
)

// TestPreparedTemplates have no client, and say so; what is wrong with options is said at once.
func TestPreparedTemplates(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context) error { return nil }
	tpl, err := template.Prepare(template.Options{Name: "later", BootstrapServers: "127.0.0.1:1", TransactionIDPrefix: t.Name()})
	require.NoError(t, err)
	require.Equal(t, "later", tpl.Name())
	require.True(t, tpl.Transactional())
	_, err = tpl.Send(t.Context(), "orders", "k", "v")
	require.ErrorIs(t, err, template.ErrNotOpen)
	require.ErrorIs(t, tpl.InTransaction(t.Context(), nothing), template.ErrNotOpen)
	require.NoError(t, tpl.Open())
	require.ErrorContains(t, tpl.Open(), "is open already")
	twin, err := template.Prepare(template.Options{BootstrapServers: "127.0.0.1:1", TransactionIDPrefix: t.Name()})
	require.NoError(t, err)
	require.ErrorContains(t, twin.Open(), `belong to the live template "later"`)
	require.NoError(t, tpl.Close(t.Context()))
	require.ErrorIs(t, tpl.Open(), template.ErrClosed)
	_, err = tpl.Send(t.Context(), "orders", "k", "v")
	require.ErrorIs(t, err, template.ErrClosed)
	require.NoError(t, twin.Open(), "the ids are free again")
	require.NoError(t, twin.Close(t.Context()))
	_, err = template.Prepare(template.Options{Acks: template.AcksLeader, TransactionIDPrefix: "x"})
	require.ErrorContains(t, err, "transactions need acks=all")
}

// TestSettingsPrintNoSecrets.
func TestSettingsPrintNoSecrets(t *testing.T) {
	t.Parallel()
	require.Equal(t, "properties.sasl.password=[redacted]", template.WithProperty("sasl.password", "hunter2").String())
	require.Equal(t, "acks=1", template.WithAcks(template.AcksLeader).String())
	c := template.CodeOf([]template.Setting{template.WithAcks(template.AcksLeader), {}})
	require.Contains(t, c.Producer.Acks.Origin, "code prepare_test.go:")
}
