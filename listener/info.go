package listener

import "context"

// An Invocation says on whose behalf a handler runs.
type Invocation struct {
	Listener  string // the listener's id
	Group     string
	Factory   string // the container factory's name, "" for the default one
	Consumer  int    // index of the group member, from 0
	Topic     string
	Partition int32
}

type invocationKey struct{}

// Info returns what the framework knows about the call that ctx belongs to.
// Outside a handler it returns the zero Invocation.
func Info(ctx context.Context) Invocation {
	info, _ := ctx.Value(invocationKey{}).(Invocation)
	return info
}

// WithInfo returns ctx carrying info. The engine calls it once per assigned
// partition; tests that call a handler directly may, too.
func WithInfo(ctx context.Context, info Invocation) context.Context {
	return context.WithValue(ctx, invocationKey{}, info)
}
