package e2e

import (
	"context"
	"fmt"
	"sync"
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

// TestExactlyOnceByKey: one partition is copied, with a record that fails, by one
// worker and by eight, who are inside of its handlers at once: they share the
// transactions, and the copy is as exact.
func TestExactlyOnceByKey(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		copyByKey(t, b, factory.OrderedByPartition, 1)
		copyByKey(t, b, factory.OrderedByKey, 8)
	})
}

// A crowd is who is inside of a handler. Until all are there at once, each waits
// for the others: but not for ever, as a transaction may have room for fewer.
type crowd struct {
	all  int
	full chan struct{}

	mu           sync.Mutex
	inside, most int
	ids          map[string]bool // of their transactions
}

func (c *crowd) enter(tx listener.Tx) {
	c.mu.Lock()
	c.inside++
	c.ids[tx.ID()] = true
	if c.inside >= c.all && c.most < c.all {
		close(c.full)
	}
	c.most = max(c.most, c.inside)
	c.mu.Unlock()
	select {
	case <-c.full:
	case <-time.After(time.Second):
	}
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inside--
}

// largest is how many were inside at once, and by how many transactional ids.
func (c *crowd) largest() (most, ids int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most, len(c.ids)
}

// copyByKey copies a partition by so many workers.
func copyByKey(t *testing.T, b *kafkatest.Broker, order spec.Ordering, workers int) {
	t.Helper()
	const n = 1000
	in, out, group := b.NewTopic("in", 1), b.NewTopic("out", 3), b.Unique("keys")
	fill(b, in, n)
	tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tpl")})
	c := &crowd{all: workers, full: make(chan struct{}), ids: map[string]bool{}}
	l := listener.On("copy", func(ctx context.Context, r listener.Record[string]) error {
		c.enter(listener.TxFrom(ctx))
		defer c.leave()
		<-time.After(time.Millisecond)
		tpl.SendAsync(ctx, out, r.Key, r.Value)
		if r.Value == "7:107" {
			return errOnPurpose
		}
		return nil
	}, listener.Topics(in), listener.GroupID(group), factory.TransactionIDPrefix(b.Unique("copy")),
		factory.Ordering(order), factory.Workers(workers),
		factory.TransactionMaxRecords(n/10), factory.TransactionMaxTime(2*time.Second), // what ends them is not how fast this is
		factory.ErrorHandler(errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
			if f.Attempt < 3 {
				return errorhandler.Redeliver(10 * time.Millisecond)
			}
			return errorhandler.Skip()
		})))
	s := serveWith(t, b, nil, l)
	waitDone(t, b, group, in, func() string { most, _ := c.largest(); return fmt.Sprint(most, " were inside at once") })
	most, ids := c.largest()
	require.Equal(t, workers, most, "inside at once")
	require.Equal(t, 1, ids, "transactional ids, each of which has one transaction at a time")
	transactions := len(waitFound[event.Committed](s, 1))
	t.Logf("%d records by %d workers, %d transactions", n, workers, transactions)
	require.Less(t, transactions, n/8, "they share transactions")
	requireCopied(t, b, out, n, "7:107")
	require.Len(t, waitFound[event.RecordFailed](s, 3), 3)
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
