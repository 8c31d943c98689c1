package app_test

import (
	"fmt"
	"testing"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/listener"
)

// options are what main gives to app.New.
func options() fx.Option {
	return fx.Options(
		fx.Provide(newBilling),
		app.On("orders", (*Billing).OnOrder, listener.Topics("${topics.orders}")),
	)
}

// TestConfiguration is all that a service needs to check its configuration in
// CI, without a broker: wiring, factories, files and placeholders.
func TestConfiguration(t *testing.T) {
	if err := app.Validate(options(), alone("{kafka: {listeners: {orders: {concurrency: 2}}}, topics: {orders: orders-v2}}")); err != nil {
		t.Fatal(err)
	}
}

// A service's own test is three lines: options() is what main gives to
// app.New, and the configuration is that of production.
//
//	func TestConfiguration(t *testing.T) {
//		if err := app.Validate(options(), app.Config(config.File("config/hearken-prod.yaml"))); err != nil {
//			t.Fatal(err)
//		}
//	}
func ExampleValidate() {
	fmt.Println(app.Validate(options(), alone("{kafka: {listeners: {orders: {factory: slow}}}, topics: {orders: orders-v2}}")))
	// Output:
	// listener "orders" (app/example_validate_test.go:17): factory (yaml:1): there is no factory "slow"; there is no factory at all: make it with factory.New, or below kafka.factories
}
