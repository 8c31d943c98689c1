// Nack gives a record back that can't be handled yet: it comes again a second
// later. Only its partition waits.
//
//	cd annotated/nack && KAFKA_BROKERS=host:9092 go run .
//
//kafka:factory name=manual ack-mode=manual
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
		fx.Provide(func() *Bank { return &Bank{out} }),
		KafkaListeners(),
	)
}

func main() { app.New(service(os.Stdout)).Run() }
