// Immediate has one ack mode for all listeners, MANUAL_IMMEDIATE, which
// hearken.yaml chooses: an acknowledgment is committed when it returns.
//
//	cd annotated/immediate && KAFKA_BROKERS=host:9092 go run .
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
