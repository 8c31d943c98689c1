package broker_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/listener"
)

// nobody is a cluster that does not answer.
var nobody = map[string]string{"bootstrap.servers": "127.0.0.1:1"}

type receipts struct {
	mu  sync.Mutex
	all []broker.Report
}

func (r *receipts) Size() int64 { return 1 }

func (r *receipts) Report(report broker.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, report)
}

func TestCloseReportsWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	bursts := int64(0)
	p, err := broker.OpenProducer(broker.ProducerParams{Config: nobody, Burst: func(n, _ int64) { bursts += n }})
	require.NoError(t, err)
	var r receipts
	for range 1000 {
		require.NoError(t, p.Produce(&broker.Message{Outgoing: listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition}, Receipt: &r}))
	}
	p.Close()
	require.Len(t, r.all, 1000)
	for _, report := range r.all {
		require.True(t, report.Err.(*broker.ProducerError).Purged)
		require.EqualValues(t, -1, report.Offset)
	}
	require.EqualValues(t, 1000, bursts)
	p.Close()
	require.Equal(t, broker.ErrProducerClosed, p.Produce(&broker.Message{}))
	require.Equal(t, broker.ErrProducerClosed, p.Commit(time.Second))
	p.Flush(time.Second)
}

func TestAFullQueueIsSaid(t *testing.T) {
	t.Parallel()
	p, err := broker.OpenProducer(broker.ProducerParams{Config: map[string]string{
		"bootstrap.servers": "127.0.0.1:1", "queue.buffering.max.messages": "1",
	}})
	require.NoError(t, err)
	defer p.Close()
	var r receipts
	m := &broker.Message{Outgoing: listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition}, Receipt: &r}
	require.NoError(t, p.Produce(m))
	full := p.Produce(m).(*broker.ProducerError)
	require.True(t, full.Full)
	require.False(t, full.Fatal)
}

func TestProducersRefuse(t *testing.T) {
	t.Parallel()
	for property, value := range map[string]string{"go.events.channel.size": "1", "no.such": "x", "compression.type": "zip"} {
		_, err := broker.OpenProducer(broker.ProducerParams{Config: map[string]string{property: value}})
		require.ErrorContains(t, err, "kafka: open: ", property)
		require.True(t, err.(*broker.ProducerError).Fatal)
	}
}

func TestTransactionsOutOfOrder(t *testing.T) {
	t.Parallel()
	p, err := broker.OpenProducer(broker.ProducerParams{Config: map[string]string{"bootstrap.servers": "127.0.0.1:1", "transactional.id": "x"}})
	require.NoError(t, err)
	defer p.Close()
	require.Error(t, p.Begin())
	again := p.InitTransactions(50 * time.Millisecond).(*broker.ProducerError)
	require.True(t, again.Retriable)
	require.False(t, again.Fatal)
	require.ErrorContains(t, again, "init transactions")
}

// TestCloseBesideProduce: nobody is inside when the client is freed, and what
// was accepted until then is reported.
func TestCloseBesideProduce(t *testing.T) {
	t.Parallel()
	p, err := broker.OpenProducer(broker.ProducerParams{Config: nobody})
	require.NoError(t, err)
	var r receipts
	accepted, begun := make(chan int, 4), make(chan struct{}, 4)
	for range 4 {
		go func() {
			n := 0
			for {
				err := p.Produce(&broker.Message{Outgoing: listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition}, Receipt: &r})
				if err == broker.ErrProducerClosed {
					accepted <- n
					return
				}
				if err == nil {
					if n++; n == 1 {
						begun <- struct{}{}
					}
				}
			}
		}()
	}
	<-begun
	p.Close()
	total := 0
	for range 4 {
		total += <-accepted
	}
	require.Len(t, r.all, total)
}

// A quitter ends the goroutine that reports to it.
type quitter struct{ heard atomic.Int64 }

func (q *quitter) Size() int64 { return 2 }

func (q *quitter) Report(broker.Report) {
	if q.heard.Add(1)%3 == 0 {
		runtime.Goexit()
	}
}

// TestACallbackEndsTheReportGoroutine: the next one goes on within the burst,
// and nothing is counted twice.
func TestACallbackEndsTheReportGoroutine(t *testing.T) {
	t.Parallel()
	const n = 99 // the last one ends the goroutine, too
	var messages, size atomic.Int64
	p, err := broker.OpenProducer(broker.ProducerParams{Config: nobody, Burst: func(m, s int64) { messages.Add(m); size.Add(s) }})
	require.NoError(t, err)
	var q quitter
	for range n {
		require.NoError(t, p.Produce(&broker.Message{Outgoing: listener.Outgoing{Topic: "orders", Partition: listener.AnyPartition}, Receipt: &q}))
	}
	p.Close()
	require.EqualValues(t, n, q.heard.Load())
	require.EqualValues(t, n, messages.Load())
	require.EqualValues(t, 2*n, size.Load())
}
