// Broadcast has a group of its own for each process, with a random name:
// every instance gets every record that is written while it runs.
//
//	cd annotated/broadcast && KAFKA_BROKERS=host:9092 go run .
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
		fx.Provide(func() *Cache { return &Cache{out} }),
		KafkaListeners(),
	)
}

func main() { app.New(service(os.Stdout)).Run() }
