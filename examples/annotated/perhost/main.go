// Perhost has one group for each host: every host gets every record, and the
// processes of one host share them. The group outlives a restart, so that nothing is missed.
//
//	cd annotated/perhost && KAFKA_BROKERS=host:9092 go run .
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
		fx.Provide(func() *Prices { return &Prices{out} }),
		KafkaListeners(),
	)
}

func main() { app.New(service(os.Stdout)).Run() }
