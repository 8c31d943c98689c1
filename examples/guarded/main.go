// Guarded charges payments by a provider that goes down in the middle: the
// circuit breaker pauses the listener, and nothing is lost or failed for it.
// At most 500 payments a second get through.
//
//	go run ./guarded     an embedded broker; ends after 100 payments
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/guard"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

const (
	payments = 100
	rest     = time.Second // how long the breaker leaves the provider alone before it tries again
)

func main() { os.Exit(program()) }

func program() (code int) {
	broker, err := kafkatest.Start(kafkatest.Topics(2, "payments"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer broker.Close()
	for i := range payments {
		kafkatest.ProduceValues(broker, "payments", fmt.Sprint(i))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, broker.Brokers(), &provider{outage: 5}, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// A provider takes payments, and is down for some calls after the 30th.
type provider struct {
	outage int // calls

	mu      sync.Mutex
	charged map[string]int
	failed  []time.Time // when
}

var errDown = errors.New("the provider is down")

func (p *provider) charge(_ context.Context, r listener.Record[string]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.charged) == 30 && len(p.failed) < p.outage {
		p.failed = append(p.failed, time.Now())
		return errDown
	}
	if p.charged == nil {
		p.charged = map[string]int{}
	}
	p.charged[r.Value]++
	return nil
}

func (p *provider) done() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.charged)
}

// run charges all payments and prints when the listener pauses and goes on.
func run(ctx context.Context, brokers string, p *provider, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg, err := config.Load(config.Map(map[string]any{
		"kafka.bootstrap-servers":          brokers,
		"kafka.consumer.auto-offset-reset": "earliest",
	}))
	if err != nil {
		return err
	}
	charge := listener.On("payments", func(ctx context.Context, r listener.Record[string]) error {
		err := p.charge(ctx, r)
		if p.done() == payments {
			cancel()
		}
		return err
	}, listener.Topics("payments"), listener.Use(
		guard.Breaker(gobreaker.Settings{
			Name: "provider", Timeout: rest,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= 3 },
		}),
		guard.RateLimit(rate.NewLimiter(500, 10)),
	))
	registry, err := factory.Build(cfg, nil, []listener.Listener{charge}, event.ObserverFunc(func(e event.Event) {
		switch e := e.(type) {
		case event.ListenerPaused:
			if e.Reason != "" {
				_, _ = fmt.Fprintln(out, "paused:", e.Reason)
			}
		case event.ListenerResumed:
			_, _ = fmt.Fprintln(out, "goes on")
		}
	}))
	if err != nil {
		return err
	}
	return registry.Run(ctx)
}
