//go:build unix

package ours

import (
	"context"
	"errors"

	"github.com/hearken-go/hearken/bench/agent"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// hearkenEOS reads the topic and writes each record to the topic of the
// parameter out, exactly once: the sends and the consumed offsets are one transaction.
func hearkenEOS(ctx context.Context, j agent.Job, m *agent.Meter) error {
	t, err := template.New(template.Options{BootstrapServers: j.Brokers, TransactionIDPrefix: j.Group + "-t"})
	if err != nil {
		return err
	}
	out := j.Text("out", "")
	l := listener.On("bench", func(ctx context.Context, r listener.Record[[]byte]) error {
		t.SendAsync(ctx, out, r.Key, r.Value)
		m.Record(r.Partition, r.Offset, nil)
		return nil
	}, listener.Topics(j.Topic), listener.GroupID(j.Group), factory.TransactionIDPrefix(j.Group))
	reg, err := build(j, []listener.Listener{l})
	if err != nil {
		return errors.Join(err, t.Close(ctx))
	}
	return errors.Join(run(ctx, reg, m), t.Close(context.WithoutCancel(ctx)))
}
