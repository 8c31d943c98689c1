package app_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A diary is what happened, in order.
type diary struct {
	registry *container.Registry
	mu       sync.Mutex
	lines    []string
}

func newDiary(r *container.Registry) *diary { return &diary{registry: r} }

func (d *diary) write(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// take returns the lines since the last take.
func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

// hook appends a hook that writes down whether the listener runs at that moment.
func (d *diary) hook(lc fx.Lifecycle, name string) {
	look := func(what string) func(context.Context) error {
		return func(context.Context) error {
			k, err := d.registry.Container("orders")
			if err == nil {
				d.write("%s of %s: listener is %s", what, name, k.Status().State)
			}
			return err
		}
	}
	lc.Append(fx.Hook{OnStart: look("OnStart"), OnStop: look("OnStop")})
}

// Slow is a receiver with a hook of its own, which nothing but its listener
// needs. It takes the registry, in which it will be itself.
type Slow struct {
	*diary
	entered chan struct{}
}

func newSlow(lc fx.Lifecycle, d *diary) *Slow {
	d.hook(lc, "receiver")
	return &Slow{diary: d, entered: make(chan struct{}, 1)}
}

// OnOrder returns when its listener is being stopped.
func (s *Slow) OnOrder(ctx context.Context, _ listener.Record[string]) error {
	s.entered <- struct{}{}
	k, err := s.registry.Container("orders")
	if err != nil {
		return err
	}
	for k.Status().State != container.Stopping && ctx.Err() == nil {
		runtime.Gosched()
	}
	s.write("handler returns")
	return nil
}

func hooked(name string) fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle, d *diary) { d.hook(lc, name) })
}

// parts are an application with hooks wherever one can be.
func parts(brokers string) []fx.Option {
	return []fx.Option{
		alone("kafka: {bootstrap-servers: '" + brokers + "', consumer: {auto-offset-reset: earliest}}"),
		fx.Provide(zap.NewNop, newDiary, newSlow),
		hooked("invoke before"),
		fx.Module("module", hooked("module")),
		app.ProvideFactory(func(lc fx.Lifecycle, d *diary) factory.ContainerFactory {
			d.hook(lc, "factory")
			return factory.New("plain")
		}),
		app.On("orders", (*Slow).OnOrder, listener.Topics("orders"), listener.Factory("plain")),
		app.Listen(func(lc fx.Lifecycle, d *diary) (listener.Listener, error) {
			d.hook(lc, "listener constructor")
			return listener.On("other", (&Billing{}).OnOrder, listener.Topics("orders"), listener.AutoStartup(false)), nil
		}),
		hooked("invoke after"),
	}
}

var hookedParts = []string{"invoke before", "module", "factory", "receiver", "listener constructor", "invoke after"}

// An application is what App and fx.App have in common.
type application interface {
	Err() error
	Start(context.Context) error
	Stop(context.Context) error
}

func TestListenersStartLastAndStopFirst(t *testing.T) {
	t.Parallel()
	tests := map[string]func(opts ...fx.Option) application{
		"app.New": func(opts ...fx.Option) application { return app.New(opts...) },
		"fx.New": func(opts ...fx.Option) application {
			return fx.New(slices.Concat([]fx.Option{fx.NopLogger, app.Module}, opts, []fx.Option{app.Start()})...)
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			brokers := mock(t, "orders")
			produce(t, brokers, "orders", "one")
			var slow *Slow
			a := make(append(parts(brokers), fx.Populate(&slow))...)
			require.NoError(t, a.Err())
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()

			require.NoError(t, a.Start(ctx))
			requireAll(t, slow.take(), "OnStart of %s: listener is stopped")
			received(t, slow.entered, "the record")

			require.NoError(t, a.Stop(ctx))
			lines := slow.take()
			require.Equal(t, "handler returns", lines[0], "drained before any OnStop")
			requireAll(t, lines[1:], "OnStop of %s: listener is stopped")
		})
	}
}

// requireAll wants one line for each hooked part.
func requireAll(t *testing.T, lines []string, format string) {
	t.Helper()
	var want []string
	for _, name := range hookedParts {
		want = append(want, fmt.Sprintf(format, name))
	}
	require.ElementsMatch(t, want, lines)
}
