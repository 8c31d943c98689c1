// Nofx is a program without fx: factory.Build checks everything and makes a
// registry, whose Run blocks until its context is done.
//
//	go run ./nofx     an embedded broker; ends after three greetings
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func main() { os.Exit(program()) }

func program() (code int) {
	broker, err := kafkatest.Start(kafkatest.Topics(1, "greetings"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer broker.Close()
	kafkatest.ProduceValues(broker, "greetings", "Hello", "Bonjour", "Moin")

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code, err = run(ctx, broker.Brokers(), 3, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// run prints greetings until ctx is done or it has seen enough, and returns the
// exit code.
func run(ctx context.Context, brokers string, enough int, out io.Writer) (code int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := 0
	greet := func(_ context.Context, r listener.Record[string]) error {
		_, err := fmt.Fprintf(out, "%s[%d]@%d: %s\n", r.Topic, r.Partition, r.Offset, r.Value)
		if seen++; seen == enough {
			cancel() // this record is still settled and committed
		}
		return err
	}

	cfg, err := config.Load(config.Map(map[string]any{
		"kafka.bootstrap-servers":          brokers,
		"kafka.consumer.auto-offset-reset": "earliest",
	}))
	if err != nil {
		return 1, err
	}
	factories := []factory.ContainerFactory{factory.New("careful", factory.AckMode(ackmode.Record))}
	listeners := []listener.Listener{
		listener.On("greetings", greet, listener.Topics("greetings"), listener.Factory("careful")),
	}
	// `hearken config -- nofx` and `hearken doctor -- nofx` ask; nothing runs then.
	specs, err := factory.Specs(cfg, factories, listeners)
	if code, asked := doctor.Answer(ctx, cfg, specs, err); asked {
		return code, nil
	}
	registry, err := factory.Build(cfg, factories, listeners)
	if err != nil {
		return 1, err // everything that is wrong, joined
	}
	if err := registry.Run(ctx); err != nil { // it drains and commits when ctx is done
		return 1, err
	}
	return 0, nil
}
