package app_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/app"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A trail is where middleware leaves its name.
type trail struct{ got chan string }

func (tr *trail) named(name string) listener.Middleware {
	return func(next listener.HandlerFunc) listener.HandlerFunc {
		return func(ctx context.Context, d *listener.Delivery) error {
			tr.got <- name
			return next(ctx, d)
		}
	}
}

func TestMiddlewareOfTheApplicationStandsOutside(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "orders")
	produce(t, brokers, "orders", "x")
	tr := &trail{got: make(chan string, 100)}
	started(t, app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}}"),
		fx.Supply(tr), fx.Provide(zap.NewNop),
		app.Factory("f", factory.Use(tr.named("factory"))),
		app.Listen(listener.OnBatch("orders", func(context.Context, []listener.Record[string]) error {
			tr.got <- "handler"
			return nil
		}, listener.Topics("orders"), listener.Factory("f"), listener.Use(tr.named("listener")))),
		app.Middleware(
			func(tr *trail) listener.Middleware { return tr.named("app 1, injected") },
			tr.named("app 2"),
			(func(listener.HandlerFunc) listener.HandlerFunc)(tr.named("app 3")),
		),
		app.Middleware(func(tr *trail) (listener.Middleware, error) { return tr.named("app 4"), nil }),
	))
	for _, want := range []string{"app 1, injected", "app 2", "app 3", "app 4", "factory", "listener", "handler"} {
		require.Equal(t, want, received(t, tr.got, want))
	}
}

func TestMiddlewareThatIsNone(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, 7, func() int { return 7 }, listener.Middleware(nil)} {
		a := app.New(alone("kafka.bootstrap-servers: localhost:9092"), fx.Provide(zap.NewNop), app.Middleware(v))
		require.ErrorContains(t, a.Err(), "app/middleware_test.go:")
		require.ErrorContains(t, a.Err(), "it is no middleware and makes none")
	}
	boom := errors.New("boom")
	a := app.New(alone("kafka.bootstrap-servers: localhost:9092"), fx.Provide(zap.NewNop),
		app.Middleware(func() (listener.Middleware, error) { return nil, boom }))
	require.ErrorContains(t, a.Err(), "boom")
}

// Routed has the handlers of one topic.
type Routed struct{ got chan string }

func (b *Routed) OnNumber(_ context.Context, r listener.Record[int]) error {
	b.got <- "number"
	return nil
}

func (b *Routed) OnText(_ context.Context, r listener.Record[string]) error {
	b.got <- "text " + r.Value
	return nil
}

func (b *Routed) Listener() listener.Listener {
	return listener.Route("orders", listener.ByHeader("type",
		listener.When("number", b.OnNumber), listener.Otherwise(b.OnText)), topic("orders"))
}

// The handlers of a Route are methods of something that is injected.
func TestRouteIsListenedTo(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "orders")
	produce(t, brokers, "orders", "x")
	b := &Routed{got: make(chan string, 10)}
	started(t, app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}}"),
		fx.Supply(b), fx.Provide(zap.NewNop), app.Listen((*Routed).Listener),
	))
	require.Equal(t, "text x", received(t, b.got, "the record"))

	a := app.New(alone("kafka.bootstrap-servers: localhost:9092"), fx.Provide(zap.NewNop),
		app.Listen(listener.Route("orders", listener.ByHeader("type"), topic("orders"))))
	require.ErrorContains(t, a.Err(), `listener "orders" (app/middleware_test.go:`)
	require.ErrorContains(t, a.Err(), `the routes by header "type" have no handler`)
}

// TestMiddlewareMayKeepRecords: what it saw is not read over.
func TestMiddlewareMayKeepRecords(t *testing.T) {
	t.Parallel()
	brokers := mock(t, "orders")
	var kept []*listener.RawRecord
	handled := make(chan string)
	started(t, app.New(
		alone("kafka: {bootstrap-servers: '"+brokers+"', consumer: {auto-offset-reset: earliest}}"),
		fx.Provide(zap.NewNop),
		app.Listen(listener.On("orders", func(_ context.Context, r listener.Record[string]) error {
			handled <- r.Value
			return nil
		}, listener.Topics("orders"))),
		app.Middleware(func(next listener.HandlerFunc) listener.HandlerFunc {
			return func(ctx context.Context, d *listener.Delivery) error {
				kept = append(kept, d.Records[0])
				return next(ctx, d)
			}
		}),
	))
	values := []string{"a", "b", "c", "d", "e"}
	for _, value := range values {
		produce(t, brokers, "orders", value)
		require.Equal(t, value, received(t, handled, value))
	}
	for i, r := range kept {
		require.Equal(t, values[i], string(r.Value))
	}
}
