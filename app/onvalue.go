package app

import (
	"context"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/listener"
)

// OnValue registers a listener whose method takes a record's value alone, as
// domain code does that knows nothing of Kafka; see listener.Value. The
// receiver is injected.
func OnValue[T, V any](id string, method func(T, context.Context, V) error, opts ...listener.Option) fx.Option {
	return bind(where(), func(t T) listener.Listener {
		var h func(context.Context, V) error
		if method != nil {
			h = func(ctx context.Context, v V) error { return method(t, ctx, v) }
		}
		return listener.On(id, listener.Value(h), opts...)
	})
}
