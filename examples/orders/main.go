// Orders is the example to read first: three listeners on two topics.
//
//	go run ./orders                     an embedded broker, until Ctrl-C
//	BROKERS=host:9092 go run ./orders   your own
//	go run ./orders -rate 20 -for 10s   faster, and it ends by itself
//
// Read the files in this order: main.go (how it is wired), shop.go (the
// handlers), hearken.yaml (the settings). The others only make it move: feed.go
// writes sample orders, cluster.go asks the broker, screen.go prints.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

//go:embed hearken.yaml
var settings []byte

// Flags are what the command line says.
type Flags struct {
	Brokers string        // "" for an embedded one
	Rate    int           // orders a second
	For     time.Duration // 0 for ever
	Orders  int           // 0 for no limit
	Verbose bool
}

func main() {
	var f Flags
	flag.StringVar(&f.Brokers, "brokers", os.Getenv("BROKERS"), "host:port of a Kafka, instead of an embedded one")
	flag.IntVar(&f.Rate, "rate", 5, "orders to write per second, 1 to 20: the bank can't do more refunds")
	flag.DurationVar(&f.For, "for", 0, "end after this time, when all is done; 0 runs until Ctrl-C")
	flag.IntVar(&f.Orders, "orders", 0, "end after so many orders, when all is done; 0 is no limit")
	flag.BoolVar(&f.Verbose, "v", false, "show the framework's log as well")
	flag.Parse()
	if err := run(f, NewScreen(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}

// run runs the application between opening the cluster and closing it.
func run(f Flags, screen *Screen) error {
	cluster, err := Open(f.Brokers, ordersTopic, refundsTopic)
	if err != nil {
		return err
	}
	defer cluster.Close()
	screen.Welcome(cluster)
	shop(f, cluster, screen).Run() // returns when everything is drained and committed
	return screen.Farewell(cluster)
}

// shop is the whole application.
func shop(f Flags, cluster *Cluster, screen *Screen) *app.App {
	return app.New(
		fx.Supply(f, cluster, screen),
		fx.Provide(NewShop, newLogger),

		// Settings come from hearken.yaml and the environment
		// (KAFKA_LISTENER_ACK_MODE=record). Where the broker is, we learn only now.
		app.Config(config.YAML(settings), config.Map(map[string]any{"kafka.bootstrap-servers": cluster.Brokers()})),

		// A container factory is a named recipe. Under MANUAL the handler says what is done.
		app.Factory("manual", factory.AckMode(ackmode.Manual)),

		// Three listeners. Each is its own consumer group, because a group is
		// called like its listener unless you say otherwise.
		app.On("orders", (*Shop).OnOrder, listener.Topics(ordersTopic)),
		app.OnAck("refunds", (*Shop).OnRefund, listener.Topics(refundsTopic), listener.Factory("manual")),
		app.OnBatch("audit", (*Shop).OnAudit, listener.Topics(ordersTopic, refundsTopic)),

		// The screen counts commits, which it hears of as events.
		app.Observer(screen),

		// Everything else is plain fx: these begin before the listeners and end after them.
		fx.Invoke(summarize, feed),
	)
}

// newLogger keeps the framework's log off the screen, unless it is a warning.
func newLogger(f Flags) (*zap.Logger, error) {
	c := zap.NewDevelopmentConfig()
	c.Level.SetLevel(zap.WarnLevel)
	if f.Verbose {
		c.Level.SetLevel(zap.InfoLevel)
	}
	c.DisableStacktrace = true
	return c.Build()
}
