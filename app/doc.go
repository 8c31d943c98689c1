// Package app wires listeners into an fx application. It is the only package
// that knows fx: whoever does without it uses factory.Build and Registry.Run.
//
//	app.New(
//		fx.Provide(zap.NewProduction, NewBilling),
//		app.Factory("manual", factory.AckMode(ackmode.Manual)),
//		app.On("orders", (*Billing).OnOrder, listener.Topics("orders")),
//		app.OnAck("refunds", (*Billing).OnRefund, listener.Topics("refunds"), listener.Factory("manual")),
//	).Run()
//
// An application that has its fx.New already adds Module, and Start as the
// last option.
//
// Listeners start after every OnStart hook of the application has run, and are
// drained before any OnStop hook does. Everything that is wrong with listeners,
// factories and configuration is one joined error of New: nothing half-starts.
package app
