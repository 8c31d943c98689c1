// Existingfx adds a listener to an application that calls fx.New itself:
// app.Module, the registrations, and app.Start() as the very last option.
//
//	go run ./existingfx     an embedded broker; ends at the first greeting
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func main() {
	broker, err := kafkatest.Start(kafkatest.Topics(1, "greetings"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer broker.Close()
	kafkatest.ProduceValues(broker, "greetings", "Hello")
	program(broker.Brokers(), os.Stdout).Run()
}

// program is what was there before, and three lines of Kafka.
func program(brokers string, out io.Writer) *fx.App {
	return fx.New(
		fx.NopLogger,
		fx.Supply(fx.Annotate(out, fx.As(new(io.Writer)))),
		fx.Provide(NewGreeter),
		fx.Invoke(openDatabase),

		app.Module,
		app.On("greetings", (*Greeter).OnGreeting, listener.Topics("greetings")),
		app.Config(config.Map(map[string]any{
			"kafka.bootstrap-servers":          brokers,
			"kafka.consumer.auto-offset-reset": "earliest",
		})),

		// Last: the listeners start when all hooks above have run, and are
		// drained before any of them stops. Forget it, and fx.New says so.
		app.Start(),
	)
}

// A Greeter is injected like anything else.
type Greeter struct {
	out io.Writer
	end fx.Shutdowner
}

// NewGreeter makes a Greeter.
func NewGreeter(out io.Writer, end fx.Shutdowner) *Greeter { return &Greeter{out, end} }

// OnGreeting prints a greeting and ends the application, which still commits it.
func (g *Greeter) OnGreeting(_ context.Context, r listener.Record[string]) error {
	if _, err := fmt.Fprintf(g.out, "%s from %s[%d]@%d\n", r.Value, r.Topic, r.Partition, r.Offset); err != nil {
		return err
	}
	return g.end.Shutdown()
}

// openDatabase stands for what the handlers need while they run.
func openDatabase(lc fx.Lifecycle, out io.Writer) {
	lc.Append(fx.StartStopHook(
		func() error { return say(out, "the database is open") },
		func() error { return say(out, "the database is closed") },
	))
}

func say(out io.Writer, text string) error {
	_, err := fmt.Fprintln(out, text)
	return err
}
