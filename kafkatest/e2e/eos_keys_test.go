package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// TestExactlyOnceByKey: a handler that takes its time copies one partition, with
// a record that fails: eight workers share its transactions, which is faster than
// one record after the other, and the copy is as exact.
func TestExactlyOnceByKey(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		faster := false
		for tries := 0; !faster && tries < 3; tries++ { // other tests run beside it
			one := copyByKey(t, b, factory.OrderedByPartition, 1)
			eight := copyByKey(t, b, factory.OrderedByKey, 8)
			t.Logf("one after the other %s, by key %s: %.1f times as fast", one.Round(time.Millisecond), eight.Round(time.Millisecond), one.Seconds()/eight.Seconds())
			faster = eight < one/2
		}
		require.True(t, faster)
	})
}

// copyByKey returns how long the copy of a partition took.
func copyByKey(t *testing.T, b *kafkatest.Broker, order spec.Ordering, workers int) time.Duration {
	t.Helper()
	const n = 1000
	in, out, group := b.NewTopic("in", 1), b.NewTopic("out", 3), b.Unique("keys")
	fill(b, in, n)
	tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tpl")})
	l := listener.On("copy", func(ctx context.Context, r listener.Record[string]) error {
		<-time.After(4 * time.Millisecond)
		tpl.SendAsync(ctx, out, r.Key, r.Value)
		if r.Value == "7:107" {
			return errOnPurpose
		}
		return nil
	}, listener.Topics(in), listener.GroupID(group), factory.TransactionIDPrefix(b.Unique("copy")),
		factory.Ordering(order), factory.Workers(workers),
		factory.ErrorHandler(errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
			if f.Attempt < 3 {
				return errorhandler.Redeliver(10 * time.Millisecond)
			}
			return errorhandler.Skip()
		})))
	s := serveWith(t, b, nil, l)
	eventually(t, "an assignment", func() (bool, string) { return len(found[event.Assigned](s)) > 0, "none" })
	began := time.Now()
	waitDone(t, b, group, in, nil)
	took := time.Since(began)
	t.Logf("%d records by %d workers in %s, %d transactions", n, workers, took.Round(time.Millisecond), len(found[event.Committed](s)))
	requireCopied(t, b, out, n, "7:107")
	require.Len(t, waitFound[event.RecordFailed](s, 3), 3)
	return took
}

// TestExactlyOnceKillByKey is TestExactlyOnceKill with key ordering and eight
// workers. `make kill-test` makes it long.
func TestExactlyOnceKillByKey(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	c := copying{records: 10_000, keys: 100, over: 8 * time.Second, processes: 3, kills: 1, workers: 8, handler: 2 * time.Millisecond}
	if n, longForm := kills(); longForm {
		c = c.long(min(n, 4))
	}
	r := newCopyRun(t, kafkatest.Real(t), c)
	require.Empty(t, r.run(nil).faults(), "%s", tail(r.j.Log+".out", 40))
}
