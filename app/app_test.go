package app_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/observe"
)

// started starts a and stops it when the test ends.
func started(t *testing.T, a *app.App) {
	t.Helper()
	require.NoError(t, a.Err())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, a.Start(ctx))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience) // its own: the test may have taken long
		defer cancel()
		require.NoError(t, a.Stop(ctx))
	})
}

// Shapes has a handler of each shape.
type Shapes struct{ got chan string }

func (s *Shapes) On(ctx context.Context, r listener.Record[string]) error {
	observe.Logger(ctx).Info("in a handler")
	s.got <- "On " + r.Value
	return nil
}

func (s *Shapes) OnAck(_ context.Context, r listener.Record[string], ack listener.Acknowledgment) error {
	s.got <- "OnAck " + r.Value
	return ack.Acknowledge()
}

func (s *Shapes) OnBatch(_ context.Context, rs []listener.Record[string]) error {
	s.got <- "OnBatch " + rs[0].Value
	return nil
}

func (s *Shapes) OnBatchAck(_ context.Context, rs []listener.Record[string], ack listener.BatchAcknowledgment) error {
	s.got <- "OnBatchAck " + rs[0].Value
	return ack.Acknowledge()
}

func TestEveryShapeReceives(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "orders")
	produce(t, brokers, "orders", "one")
	shapes := &Shapes{got: make(chan string, 100)}
	core, logs := observer.New(zap.DebugLevel)
	watched := make(chan event.Event, 100)
	from := listener.Topics("orders")
	plain := func(_ context.Context, r listener.Record[string]) error {
		shapes.got <- "function " + r.Value
		return nil
	}
	started(t, app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}}"),
		fx.Supply(shapes, zap.New(core)),
		app.Observer(event.ObserverFunc(func(event.Event) { panic("costs nobody else an event") })),
		app.Observer(event.ObserverFunc(func(e event.Event) { watched <- e })),
		app.Factory("manual", factory.AckMode(ackmode.Manual)),
		app.On("on", (*Shapes).On, from),
		app.OnAck("on-ack", (*Shapes).OnAck, from, listener.Factory("manual")),
		app.OnBatch("on-batch", (*Shapes).OnBatch, from),
		app.OnBatchAck("on-batch-ack", (*Shapes).OnBatchAck, from, listener.Factory("manual")),
		app.Listen(listener.On("function", plain, from), []listener.Listener{listener.On("several", plain, from)}),
		app.Listen(func(*Shapes) ([]listener.Listener, error) {
			return []listener.Listener{listener.On("made", plain, from)}, nil
		}),
	))
	var got []string
	for range 7 {
		got = append(got, received(t, shapes.got, "a record"))
	}
	require.ElementsMatch(t, []string{
		"On one", "OnAck one", "OnBatch one", "OnBatchAck one", "function one", "function one", "function one",
	}, got)
	require.IsType(t, event.ListenerStarting{}, received(t, watched, "an event"))
	require.NotEmpty(t, logs.FilterMessage("listener starting").All(), "the zap observer writes to the application's logger")
	require.Equal(t, "on", logs.FilterMessage("in a handler").All()[0].ContextMap()["listener"], "so do handlers")
	for _, line := range logs.Filter(func(e observer.LoggedEntry) bool { return e.LoggerName == "fx" }).All() {
		require.Equal(t, zapcore.DebugLevel, line.Level, line.Message)
	}
}

func TestListenerThatEndsByItselfLeavesTheApplication(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "orders")
	stopped := make(chan event.ListenerStopped, 1)
	var registry *container.Registry
	a := app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: none}}"),
		fx.Provide(zap.NewNop, newBilling), fx.Populate(&registry),
		app.On("orders", (*Billing).OnOrder, topic("orders")),
		app.Observer(event.ObserverFunc(func(e event.Event) {
			if e, ok := e.(event.ListenerStopped); ok {
				stopped <- e
			}
		})),
	)
	started(t, a)
	require.ErrorContains(t, received(t, stopped, "the end of the listener").Err, "no committed offset for orders[0]")
	k, err := registry.Container("orders")
	require.NoError(t, err)
	require.Equal(t, container.Failed, k.Status().State)
	require.Empty(t, a.Done(), "nothing ends the application")
}

func TestFactoriesAreInjectable(t *testing.T) {
	t.Parallel()
	type named struct {
		fx.In
		Manual factory.ContainerFactory `name:"manual"`
	}
	var settings string
	a := app.New(
		alone(""), fx.Provide(zap.NewNop, newBilling),
		app.Factory("manual", factory.AckMode(ackmode.Manual)),
		app.OnAck("refunds", (*Billing).OnRefund, topic("refunds"), listener.Factory("manual")),
		app.ProvideFactory(func(n named) (factory.ContainerFactory, error) {
			return factory.New("copy", append(n.Manual.Options(), factory.Workers(2))...), nil
		}),
		app.OnAck("copied", (*Billing).OnRefund, topic("refunds"), listener.Factory("copy")),
		fx.Decorate(fx.Annotate(func(f factory.ContainerFactory) factory.ContainerFactory {
			return factory.New(f.Name(), append(f.Options(), factory.Workers(7))...)
		}, fx.ParamTags(`name:"manual"`), fx.ResultTags(`name:"manual"`))),
		fx.Invoke(func(lc fx.Lifecycle, r *container.Registry) {
			lc.Append(fx.StartHook(func() {
				for _, k := range r.Containers() {
					settings += k.Settings()
				}
			}))
		}),
	)
	started(t, a)
	require.Regexp(t, `workers: 2 +#`, settings, "the constructor's own")
	require.Regexp(t, `workers: 7 +#`, settings, "a decorated factory is the one that is used")
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	on := fx.Options(fx.Provide(zap.NewNop, newBilling), app.On("orders", (*Billing).OnOrder, topic("orders")))
	tests := map[string]struct {
		opts []fx.Option
		want time.Duration
	}{
		"no listener": {[]fx.Option{alone("")}, 27 * time.Second},
		"default":     {[]fx.Option{alone(""), on}, 27 * time.Second},
		"configured":  {[]fx.Option{alone("kafka.listeners.orders.shutdown-timeout: 40s"), on}, 42 * time.Second},
		"chosen":      {[]fx.Option{alone(""), on, fx.StopTimeout(3 * time.Second)}, 3 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := app.New(tt.opts...)
			started(t, a) // and stopped, which ends the registry's goroutine
			require.Equal(t, tt.want, a.StopTimeout())
			require.Equal(t, 15*time.Second, a.StartTimeout())
		})
	}
}

func TestFailedStartLeavesNothing(t *testing.T) {
	t.Parallel()
	a := app.New(alone(""), onBilling("orders"), fx.Provide(zap.NewNop), fx.Invoke(func(lc fx.Lifecycle) {
		lc.Append(fx.StartHook(func() error { return context.Canceled }))
	}))
	require.ErrorIs(t, a.Start(t.Context()), context.Canceled) // goleak looks for the registry's goroutine
}

func TestStoppedApplicationDoesNotStartAgain(t *testing.T) {
	t.Parallel()
	a := app.New(alone(""), fx.Provide(zap.NewNop), onBilling("orders"))
	require.NoError(t, a.Start(t.Context()))
	require.NoError(t, a.Stop(t.Context()))
	require.ErrorContains(t, a.Start(t.Context()), "can't be started again")
}

func TestWrongShapeDoesNotCompile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a program")
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", t.TempDir(), "./testdata/wrongshape").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "main.go:15:")
	t.Logf("%s", out)
}
