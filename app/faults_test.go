package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// Order is what the test topics hold.
type Order struct{ Cents int }

// Billing is a receiver as users write them.
type Billing struct{}

func (*Billing) OnOrder(context.Context, listener.Record[Order]) error    { return nil }
func (*Billing) OnOrders(context.Context, []listener.Record[Order]) error { return nil }
func (*Billing) OnRefund(_ context.Context, _ listener.Record[Order], a listener.Acknowledgment) error {
	return a.Acknowledge()
}

func (*Billing) OnRefunds(_ context.Context, _ []listener.Record[Order], a listener.BatchAcknowledgment) error {
	return a.Acknowledge()
}

func newBilling() *Billing { return &Billing{} }

// alone is a configuration that knows nothing of this machine.
func alone(yaml string) fx.Option {
	return app.Config(config.YAML([]byte(yaml)), config.Environ())
}

func topic(name string) listener.Option { return listener.Topics(name) }

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	a := app.New(
		alone("kafka: {listeners: {nobody: {concurrency: 2}}, colour: red}"),
		fx.Provide(newBilling),
		app.Factory("manual", factory.AckMode(ackmode.Manual)),
		app.Factory("manual", factory.AckMode(ackmode.Record)),
		fx.Options(app.On("orders", (*Billing).OnOrder, topic("orders"))),
		app.On("orders", (*Billing).OnOrder, topic("orders")),
		app.OnAck("contradiction", (*Billing).OnRefund, topic("refunds")),
		app.On("unknown", (*Billing).OnOrder, topic("orders"), listener.Factory("manul")),
		app.On("nowhere", (*Nowhere).OnOrder, topic("orders")),
		app.Listen(func() string { return "no listener" }),
		app.ProvideFactory(func() int { return 1 }),
		fx.Provide(func() listener.Listener { return listener.On("stray", (&Billing{}).OnOrder, topic("orders")) }),
	)
	err := a.Err()
	require.Error(t, err)
	t.Logf("\n%v", err)
	for _, kind := range []error{
		factory.ErrDuplicateListener, factory.ErrContradiction, factory.ErrUnknownFactory, factory.ErrDuplicateFactory,
		factory.ErrUnknownListener, config.ErrUnknownKey, app.ErrNoReceiver, app.ErrConstructor, app.ErrNeverRuns,
	} {
		require.ErrorIs(t, err, kind)
	}
	for _, place := range []string{
		`listener "orders" (app/faults_test.go:`, `listener "contradiction" (app/faults_test.go:`,
		`listener "unknown" (app/faults_test.go:`, `did you mean manual`,
		`listener "nowhere" (app/faults_test.go:`, `*app_test.Nowhere`,
		`listener "stray" (app/faults_test.go:`, `app.ProvideFactory of app_test.TestAllFaultsAtOnce`,
		`app.Listen of app_test.TestAllFaultsAtOnce`, "yaml:1",
	} {
		require.ErrorContains(t, err, place)
	}
	require.Equal(t, err, a.Start(t.Context()), "nothing half-starts")
}

// Nowhere is a receiver that nobody provides.
type Nowhere struct{}

func (*Nowhere) OnOrder(context.Context, listener.Record[Order]) error { return nil }

func TestForgotten(t *testing.T) {
	t.Parallel()
	on := app.On("orders", (*Billing).OnOrder, topic("orders"))
	tests := []struct {
		name string
		opts []fx.Option
		want []string // nil: all is well
	}{
		{"both", []fx.Option{on}, []string{
			`listener "orders" (app/faults_test.go:`, "would never run: app.Module and app.Start() are missing", "app.New",
		}},
		{"module", []fx.Option{on, app.Start()}, []string{`listener "orders" (app/faults_test.go:`, "app.Module is missing"}},
		{"module, without listeners", []fx.Option{app.Start()}, []string{"app.Module is missing"}},
		{"start", []fx.Option{app.Module, on}, []string{`listener "orders" (app/faults_test.go:`, "app.Start() is missing"}},
		{"start in a module", []fx.Option{app.Module, fx.Module("billing", on)}, []string{"app.Start() is missing"}},
		{"start of a constructor", []fx.Option{app.Module, app.Listen(func(b *Billing) listener.Listener { panic("not built") })}, []string{
			"app.Listen of app_test.TestForgotten", "(app/faults_test.go:", "app.Start() is missing",
		}},
		{"other faults are not hidden", []fx.Option{
			on, app.OnAck("refunds", (*Billing).OnRefund, topic("refunds"), listener.Factory("manual")),
			app.Listen(func() error { return nil }),
		}, []string{`listener "orders" (`, `listener "refunds" (`, `there is no factory "manual"`, "it is no listener and makes none"}},
		{"start twice", []fx.Option{app.Module, on, app.Start(), app.Start()}, []string{"app.Start() (app/faults_test.go:", "it is there 2 times"}},
		{"nothing", []fx.Option{app.Module, app.Start()}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := append([]fx.Option{fx.NopLogger, alone(""), fx.Provide(newBilling)}, tt.opts...)
			a := fx.New(opts...)
			if tt.want == nil {
				require.NoError(t, a.Err())
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				require.NoError(t, a.Start(ctx))
				require.NoError(t, a.Stop(ctx))
				return
			}
			require.Error(t, a.Err())
			t.Logf("\n%v", a.Err())
			for _, want := range tt.want {
				require.ErrorContains(t, a.Err(), want)
			}
			require.Error(t, a.Start(t.Context()))
		})
	}
}

func TestConstructorsAreChecked(t *testing.T) {
	t.Parallel()
	var missing func() listener.Listener
	tests := map[string]struct {
		value any
		want  string
	}{
		"nil":         {nil, "it is nil"},
		"a value":     {42, "it is a int"},
		"nil ctor":    {missing, "it is a nil func() listener.Listener"},
		"no result":   {func() {}, "returns nothing"},
		"a pointer":   {func() *listener.Listener { return nil }, "it returns *listener.Listener"},
		"an option":   {func() fx.Option { return nil }, "it returns fx.Option"},
		"not error":   {func() (listener.Listener, string) { panic(0) }, "it returns listener.Listener, string"},
		"a handler":   {(&Billing{}).OnOrder, "wrap it: app.Listen(listener.On("},
		"ack handler": {(&Billing{}).OnRefund, "wrap it"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := app.New(alone(""), app.Listen(tt.value)).Err()
			require.ErrorIs(t, err, app.ErrConstructor)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "(app/faults_test.go:")
		})
	}
}

func TestZeroListenerIsReported(t *testing.T) {
	t.Parallel()
	err := app.New(alone(""), app.Listen(listener.Listener{})).Err()
	require.ErrorContains(t, err, `listener "" (app/faults_test.go:`)
}

func TestConstructorErrorsAreKept(t *testing.T) {
	t.Parallel()
	boom := errors.New("no licence")
	err := app.New(alone(""), app.Listen(func() (listener.Listener, error) { return listener.Listener{}, boom })).Err()
	require.ErrorIs(t, err, boom)
}

func TestModuleAndStartWithinNewAreNoFault(t *testing.T) {
	t.Parallel()
	a := app.New(alone(""), fx.Provide(newBilling), app.Module, fx.Options(app.Start()),
		fx.Invoke(func(*container.Registry) {}))
	started(t, a)
}
