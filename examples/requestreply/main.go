// Requestreply asks a question over Kafka and waits for the answer: a shop asks
// a desk for quotes.
//
//	go run ./requestreply                     an embedded broker
//	BROKERS=host:9092 go run ./requestreply   your own, with topics quotes and quotes-replies
//
// Both sides are one process here; nothing changes when they are two, in several
// instances each, or when one of them is a spring-kafka service.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// The topics.
const (
	quotesTopic  = "quotes"
	repliesTopic = "quotes-replies"
	deafTopic    = "nobody-listens"
)

func main() {
	brokers := os.Getenv("BROKERS")
	if brokers == "" {
		broker, err := kafkatest.Start(kafkatest.Topics(3, quotesTopic, repliesTopic, deafTopic))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer broker.Close()
		brokers = broker.Brokers()
	}
	shop(brokers, 10*time.Second, os.Stdout).Run()
}

// shop is the whole application: it ends when the customer has asked everything.
// An answer may take as long as patience.
func shop(brokers string, patience time.Duration, out io.Writer) *app.App {
	return app.New(
		app.Config(config.Map(map[string]any{
			"kafka.bootstrap-servers": brokers, "kafka.consumer.auto-offset-reset": "earliest",
		})),
		fx.Provide(zap.NewNop),
		fx.Supply(&Desk{cents: map[string]int{"apple": 50, "pear": 65}}, fx.Annotate(out, fx.As(new(io.Writer)))),

		// The desk's side: what the handler returns goes where the request wants it,
		// which may be one of these topics and no other. An error is an answer, too.
		app.OnRequest("desk", (*Desk).OnAsk, listener.Topics(quotesTopic), listener.ReplyToHeader("quotes-.*"), listener.ReplyErrors()),

		// The customer's side: a template that makes requests has a listener for the replies.
		// It sends the desk's replies, too.
		app.Template(factory.DefaultTemplate, template.WithReplies(template.ReplyOptions{Topic: repliesTopic, Timeout: patience})),
		app.Listen((*template.Template).Replies),
		fx.Invoke(customer),
	)
}

// An Ask is a request, as JSON.
type Ask struct {
	Item  string
	Count int
}

// A Quote is the reply to it.
type Quote struct{ Cents int }

// A Desk knows prices.
type Desk struct{ cents map[string]int }

// OnAsk answers one request. It is a plain method: call it in a unit test as it is.
func (d *Desk) OnAsk(_ context.Context, r listener.Record[Ask]) (Quote, error) {
	cents, ok := d.cents[r.Value.Item]
	if !ok {
		return Quote{}, fmt.Errorf("we do not sell %ss", r.Value.Item)
	}
	return Quote{cents * r.Value.Count}, nil
}

// customer asks while the application runs. The first request waits until the
// listener for the replies is there.
func customer(lc fx.Lifecycle, end fx.Shutdowner, t *template.Template, out io.Writer) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				done <- ask(ctx, t, out)
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

func ask(ctx context.Context, t *template.Template, out io.Writer) error {
	for _, a := range []Ask{{"apple", 3}, {"pear", 2}, {"unicorn", 1}} {
		quote, err := template.Request[Quote](ctx, t, quotesTopic, a.Item, a)
		var refused *template.ReplyError
		switch {
		case errors.As(err, &refused):
			say(out, "%d × %s: the desk says: %s", a.Count, a.Item, refused.Message)
		case err != nil:
			return err
		default:
			say(out, "%d × %s: %d cents", a.Count, a.Item, quote.Cents)
		}
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := template.Request[Quote](short, t, deafTopic, "apple", Ask{"apple", 1})
	if !errors.Is(err, template.ErrNoReply) {
		return fmt.Errorf("a quote from nobody: %w", err)
	}
	say(out, "nobody listens: %v", template.ErrNoReply)
	return nil
}

func say(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, format+"\n", args...) // where the terminal is gone, there is nobody to tell
}
