package app

import (
	"context"
	"fmt"
	"reflect"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/listener"
)

// On registers a listener whose handler is a method that takes one record; see
// listener.On. Receiver and record types are inferred from the method
// expression, and the receiver is injected:
//
//	app.On("orders", (*Billing).OnOrder, listener.Topics("orders"))
//
// For a handler that is a plain function, see Listen.
func On[T, K, V any](id string, method func(T, context.Context, listener.KeyedRecord[K, V]) error, opts ...listener.Option) fx.Option {
	return bind(where(), func(t T) listener.Listener {
		var h func(context.Context, listener.KeyedRecord[K, V]) error
		if method != nil {
			h = func(ctx context.Context, r listener.KeyedRecord[K, V]) error { return method(t, ctx, r) }
		}
		return listener.On(id, h, opts...)
	})
}

// OnRequest registers a listener whose method takes one record and returns the
// reply to it; see listener.OnRequest. The receiver is injected, and the
// *template.Template that is provided sends the replies, unless factory.Sender
// names another one. Listen does the same for a listener.OnRequest that it is given; a
// constructor of listeners has to use factory.Sender.
func OnRequest[T, K, V, R any](id string, method func(T, context.Context, listener.KeyedRecord[K, V]) (R, error), opts ...listener.Option) fx.Option {
	return bind(where(), func(t T) listener.Listener {
		var h func(context.Context, listener.KeyedRecord[K, V]) (R, error)
		if method != nil {
			h = func(ctx context.Context, r listener.KeyedRecord[K, V]) (R, error) { return method(t, ctx, r) }
		}
		return listener.OnRequest(id, h, opts...)
	})
}

// OnAck registers a listener whose method takes one record and its
// acknowledgment; see listener.OnAck. The receiver is injected.
func OnAck[T, K, V any](id string, method func(T, context.Context, listener.KeyedRecord[K, V], listener.Acknowledgment) error, opts ...listener.Option) fx.Option {
	return bind(where(), func(t T) listener.Listener {
		var h func(context.Context, listener.KeyedRecord[K, V], listener.Acknowledgment) error
		if method != nil {
			h = func(ctx context.Context, r listener.KeyedRecord[K, V], ack listener.Acknowledgment) error {
				return method(t, ctx, r, ack)
			}
		}
		return listener.OnAck(id, h, opts...)
	})
}

// OnBatch registers a listener whose method takes a batch of records; see
// listener.OnBatch. The receiver is injected.
func OnBatch[T, K, V any](id string, method func(T, context.Context, []listener.KeyedRecord[K, V]) error, opts ...listener.Option) fx.Option {
	return bind(where(), func(t T) listener.Listener {
		var h func(context.Context, []listener.KeyedRecord[K, V]) error
		if method != nil {
			h = func(ctx context.Context, rs []listener.KeyedRecord[K, V]) error { return method(t, ctx, rs) }
		}
		return listener.OnBatch(id, h, opts...)
	})
}

// OnBatchAck registers a listener whose method takes a batch and its
// acknowledgment; see listener.OnBatchAck. The receiver is injected.
func OnBatchAck[T, K, V any](id string, method func(T, context.Context, []listener.KeyedRecord[K, V], listener.BatchAcknowledgment) error, opts ...listener.Option) fx.Option {
	return bind(where(), func(t T) listener.Listener {
		var h func(context.Context, []listener.KeyedRecord[K, V], listener.BatchAcknowledgment) error
		if method != nil {
			h = func(ctx context.Context, rs []listener.KeyedRecord[K, V], ack listener.BatchAcknowledgment) error {
				return method(t, ctx, rs, ack)
			}
		}
		return listener.OnBatchAck(id, h, opts...)
	})
}

// needs asks for a receiver without insisting: a missing one is a fault like
// the others, with the listener's line, and does not hide them.
type needs[T any] struct {
	fx.In
	Receiver T `optional:"true"`
}

// bind declares the listener that bound makes of its receiver.
func bind[T any](at string, bound func(T) listener.Listener) fx.Option {
	var none T
	static := bound(none).DeclaredAt(at)
	receiver := reflect.TypeFor[T]()
	if !canBeNil(receiver) { // nothing tells a missing struct from an empty one
		return declareListener(static, fx.Provide(fx.Annotate(
			func(t T) listener.Listener { return bound(t).DeclaredAt(at) }, fx.ResultTags(inListeners))))
	}
	build := func(n needs[T]) (listener.Listener, finding) {
		if reflect.ValueOf(&n.Receiver).Elem().IsNil() {
			return static, finding{noReceiver(static, receiver)}
		}
		return bound(n.Receiver).DeclaredAt(at), finding{}
	}
	return declareListener(static, fx.Provide(fx.Annotate(build, fx.ResultTags(inListeners, inFaults))))
}

func noReceiver(l listener.Listener, t reflect.Type) *Fault {
	return &Fault{
		Kind: ErrNoReceiver, Subject: fmt.Sprintf("listener %q (%s)", l.ID(), l.Where()),
		Problem: fmt.Sprintf("its receiver %s can't be built: nothing provides it, or something that its constructor takes", t),
		Fix:     "add what is missing to fx.Provide",
	}
}

func canBeNil(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return true
	default:
		return false
	}
}
