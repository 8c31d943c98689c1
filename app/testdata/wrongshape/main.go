// Wrongshape does not compile: its method takes no listener.Record.
package main

import (
	"context"

	"github.com/hearken-go/hearken/app"
)

type billing struct{}

func (*billing) OnOrder(context.Context, string) error { return nil }

func main() {
	app.New(app.On("orders", (*billing).OnOrder)).Run()
}
