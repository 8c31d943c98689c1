// Manual has a container factory of its own, of settings alone: ack mode
// MANUAL, and no acknowledgment stays uncommitted for more than 10 s.
//
//	cd annotated/manual && KAFKA_BROKERS=host:9092 go run .
//
//kafka:factory name=manual ack-mode=manual ack-time=10s
package main

import (
	"io"
	"os"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/app"
)

//go:generate go tool hearken generate

// service is the whole program; it prints to out.
func service(out io.Writer) fx.Option {
	return fx.Options(
		fx.Provide(func() *Desk { return &Desk{out} }),
		KafkaListeners(),
	)
}

func main() { app.New(service(os.Stdout)).Run() }
