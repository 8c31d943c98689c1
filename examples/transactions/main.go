// Transactions is an order with its ledger entries: together, or not at all.
// The same three sends fail after the second one, first without a transaction and
// then with one, and a read-committed reader says what is left of them.
//
//	go run ./transactions     an embedded broker
//	go run ./transactions -brokers localhost:9092
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/template"
)

func main() {
	brokers := flag.String("brokers", "", "a cluster, instead of an embedded broker")
	flag.Parse()
	if *brokers == "" {
		broker, err := kafkatest.Start()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer broker.Close()
		*brokers = broker.Brokers()
	}
	if err := run(context.Background(), *brokers, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// run plays all scenes, and returns when the application has stopped.
func run(ctx context.Context, brokers string, out io.Writer) error {
	var shop *Shop
	a := app.New(
		app.Config(config.Map(map[string]any{
			"kafka.bootstrap-servers": brokers,
			// The template "money" is transactional; the one without a name is not.
			"kafka.producers.money.transaction-id-prefix": "shop",
		}), config.Environ()),
		app.Topic(orders, admin.Partitions(1)), app.Topic(ledger, admin.Partitions(1)), // made before anything is sent
		app.Template("money"),
		fx.Provide(zap.NewNop, NewShop), fx.Populate(&shop),
	)
	if err := a.Start(ctx); err != nil {
		return err
	}
	reader, err := newReader(brokers)
	if err != nil {
		return errors.Join(fmt.Errorf("reader: %w", err), a.Stop(ctx))
	}
	defer reader.close()
	err = play(ctx, shop, reader, out)
	return errors.Join(err, a.Stop(ctx)) // what is on its way is delivered
}

// play sells by each way, and prints what is seen of it.
func play(ctx context.Context, shop *Shop, reader *reader, out io.Writer) error {
	for _, scene := range []struct {
		title string
		sell  func(context.Context, Sale) error
		sale  Sale
	}{
		{"Without a transaction, the credit fails:", shop.SellPlainly, Sale{ID: "A", Cents: 999, Refused: true}},
		{"In a transaction, the credit fails:", shop.Sell, Sale{ID: "B", Cents: 999, Refused: true}},
		{"In a transaction, the customer goes away:", shop.SellAndLeave, Sale{ID: "C", Cents: 999}},
		{"In a transaction, all is well:", shop.Sell, Sale{ID: "D", Cents: 999}},
	} {
		text := scene.title + "\n"
		if err := scene.sell(ctx, scene.sale); err != nil {
			text += fmt.Sprintf("  error: %v\n", err)
		}
		seen, err := reader.news()
		if err != nil {
			return fmt.Errorf("reader: %w", err)
		}
		if len(seen) == 0 {
			text += "  a reader sees nothing\n"
		}
		for _, line := range seen {
			text += "  a reader sees " + line + "\n"
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
	}
	return nil
}

// Templates are what a Shop sends with.
type Templates struct {
	fx.In
	Plain *template.Template
	Money *template.Template `name:"money"`
}
