// Retries charges cards by a provider that fails now and then: once in order, by
// back-off, and once by retry topics, which let others overtake. What is given up
// becomes a dead letter, is seen by a listener, and is replayed when the provider
// is well again.
//
//	go run ./retries                     an embedded broker
//	BROKERS=host:9092 go run ./retries   your own, with topics payments and receipts
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/deadletter"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// The topics. Their dead-letter and retry topics are made by the listeners.
const (
	paymentsTopic = "payments"
	receiptsTopic = "receipts"
)

// settings could stand in hearken.yaml as they are.
const settings = `
kafka:
  consumer: {auto-offset-reset: earliest}
  listener:
    dead-letter.enabled: true
    back-off: {initial: 20ms, max: 100ms}
    max-attempts: 3                          # blocking: later payments wait for it
  listeners:
    receipts:
      max-attempts: 1
      retry-topics.delays: [100ms, 300ms]    # non-blocking: later receipts overtake it
`

func main() {
	brokers := os.Getenv("BROKERS")
	if brokers == "" {
		broker, err := kafkatest.Start(kafkatest.Topics(1, paymentsTopic, receiptsTopic))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer broker.Close()
		brokers = broker.Brokers()
	}
	shop(brokers, os.Stdout).Run()
}

// shop is the whole application. It ends when every payment and every receipt is done.
func shop(brokers string, out io.Writer) *app.App {
	return app.New(
		app.Config(config.YAML([]byte(settings)), config.Map(map[string]any{"kafka.bootstrap-servers": brokers})),
		fx.Provide(zap.NewNop, func() *Shop { return newShop(out) }),
		app.On("payments", (*Shop).OnPayment, listener.Topics(paymentsTopic), listener.GroupID("ledger")),
		app.On("receipts", (*Shop).OnReceipt, listener.Topics(receiptsTopic), listener.GroupID("mailer")),
		app.On("dead", (*Shop).OnDead, listener.DeadLettersOf("receipts"), listener.GroupID("desk")),
		fx.Invoke(customer),
	)
}

// customer pays, and has what is dead replayed when the provider is well.
func customer(lc fx.Lifecycle, end fx.Shutdowner, s *Shop, t *template.Template, cfg *config.Config) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				err := pay(ctx, s, t, cfg)
				done <- err
				_ = end.Shutdown()
			}()
			return nil
		},
		OnStop: func(context.Context) error {
			cancel()
			return <-done
		},
	})
}

func pay(ctx context.Context, s *Shop, t *template.Template, cfg *config.Config) error {
	for _, topic := range []string{paymentsTopic, receiptsTopic} {
		for _, p := range []Payment{{"1", "fine"}, {"2", "flaky"}, {"3", "broken"}, {"4", "fine"}} {
			if _, err := t.Send(ctx, topic, p.ID, p); err != nil {
				return err
			}
		}
	}
	// Payments 1, 2 and 4 go through; 3 is dead, in both topics.
	if err := s.wait(ctx, 6, 1); err != nil {
		return err
	}
	s.mend()
	desk, err := deadletter.Open(cfg)
	if err != nil {
		return err
	}
	defer desk.Close()
	report, err := desk.Replay(ctx, receiptsTopic+"-dlt", deadletter.Selection{}, deadletter.ReplayOptions{})
	if err != nil {
		return err
	}
	s.say("replayed %d receipt", report.Records)
	// The group of the payments has no retry topic: all groups of the topic see it again.
	report, err = desk.Replay(ctx, paymentsTopic+"-dlt", deadletter.Selection{}, deadletter.ReplayOptions{ToOriginal: true})
	if err != nil {
		return err
	}
	s.say("replayed %d payment", report.Records)
	return s.wait(ctx, 8, 1)
}
