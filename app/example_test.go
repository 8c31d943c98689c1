package app_test

import (
	"fmt"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// Everything that is wrong is said at once, each with its line.
func ExampleNew() {
	a := app.New(
		alone("kafka.bootstrap-servers: localhost:9092"),
		fx.Provide(newBilling),
		app.Factory("manual", factory.AckMode(ackmode.Manual)),
		app.OnAck("refunds", (*Billing).OnRefund, listener.Topics("refunds")),
		app.On("orders", (*Billing).OnOrder, listener.Topics("orders"), listener.Factory("manuel")),
	)
	fmt.Println(a.Err())
	// Output:
	// listener "orders" (app/example_test.go:21): factory (code example_test.go:21): there is no factory "manuel"; did you mean manual?
	// listener "refunds" (app/example_test.go:20): ack-mode (default): OnAck takes an acknowledgment, but under BATCH the container marks records itself; choose MANUAL or MANUAL_IMMEDIATE (factories that fit: "manual"), or declare the listener with On
}

// In an application that calls fx.New itself, a listener that nobody would run
// is refused.
func ExampleStart() {
	a := fx.New(
		fx.NopLogger,
		alone(""),
		fx.Provide(newBilling),
		app.Module,
		app.On("orders", (*Billing).OnOrder, listener.Topics("orders")),
		// app.Start() is missing
	)
	fmt.Println(a.Err())
	// Output:
	// listener "orders" (app/example_test.go:37): it would never run: app.Start() is missing; add app.Start() to fx.New, as its last option
}
