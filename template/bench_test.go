package template_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/template"
)

// A nullProducer reports at once, from one goroutine: what is measured is the template.
type nullProducer struct {
	broker.Producer
	reports chan broker.Receipt
}

func openNull(params broker.ProducerParams) (broker.Producer, error) {
	p := &nullProducer{reports: make(chan broker.Receipt, 1000)}
	go func() {
		for r := range p.reports {
			size := r.Size()
			r.Report(broker.Report{})
			if params.Burst != nil {
				params.Burst(1, size)
			}
		}
	}()
	return p, nil
}

func (p *nullProducer) Produce(m *broker.Message) error { p.reports <- m.Receipt; return nil }
func (p *nullProducer) Flush(time.Duration)             {}
func (p *nullProducer) Close()                          { close(p.reports) }

func BenchmarkSendAsync(b *testing.B) {
	t, err := template.NewWith(template.Options{}, openNull)
	require.NoError(b, err)
	value := make([]byte, 100)
	b.Run("future", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			t.SendAsync(b.Context(), "orders", "key", value)
		}
		require.NoError(b, t.Flush(b.Context()))
	})
	b.Run("callback", func(b *testing.B) {
		b.ReportAllocs()
		done := template.OnDone(func(template.Sent, error) {})
		for b.Loop() {
			t.SendAsync(b.Context(), "orders", "key", value, done)
		}
		require.NoError(b, t.Flush(b.Context()))
	})
	b.Run("waiting", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := t.Send(b.Context(), "orders", "key", value); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("nothing", func(b *testing.B) { // what the null producer itself costs
		p, _ := openNull(broker.ProducerParams{})
		b.ReportAllocs()
		m := &broker.Message{Receipt: none{}}
		for b.Loop() {
			_ = p.Produce(m)
		}
		p.Close()
	})
	require.NoError(b, t.Close(b.Context()))
}

type none struct{}

func (none) Size() int64          { return 0 }
func (none) Report(broker.Report) {}
