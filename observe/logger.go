package observe

import (
	"context"

	"go.uber.org/zap"

	"github.com/hearken-go/hearken/listener"
)

type loggerKey struct{}

// Logger returns the logger of the partition on whose behalf ctx runs; outside
// a handler, or without a logger, one that writes nothing. It is never nil.
func Logger(ctx context.Context) *zap.Logger {
	if log, ok := ctx.Value(loggerKey{}).(*zap.Logger); ok {
		return log
	}
	return nop
}

var nop = zap.NewNop()

// BaseContext returns a function for container.Spec.BaseContext: it is called
// once per assigned partition and puts log, with the fields listener, group,
// topic and partition, into the context of its handlers. A nil log puts in
// none.
func BaseContext(log *zap.Logger) func(context.Context, listener.Invocation) context.Context {
	return func(ctx context.Context, in listener.Invocation) context.Context {
		if log == nil {
			return ctx
		}
		if in.Topic == "" { // of a rebalance callback
			return context.WithValue(ctx, loggerKey{}, log.With(str("listener", in.Listener), str("group", in.Group)))
		}
		return context.WithValue(ctx, loggerKey{}, log.With(
			str("listener", in.Listener), str("group", in.Group), str("topic", in.Topic), zap.Int32("partition", in.Partition)))
	}
}
