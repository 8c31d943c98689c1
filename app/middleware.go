package app

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/listener"
)

// Middleware stands around every handler of the application, outside that of
// factories (factory.Use) and listeners (listener.Use). Each value is
//
//   - a listener.Middleware, or a function that is one;
//   - a constructor: a function that returns a listener.Middleware, and
//     optionally an error. Its parameters are injected.
//
// The first is the outermost, and several Middleware add up in the order in
// which they were called. A middleware is wrapped around each listener once.
func Middleware(values ...any) fx.Option {
	at := where()
	opts := make([]fx.Option, len(values))
	for i, v := range values {
		opts[i] = middleware(at, v)
	}
	return fx.Options(opts...)
}

// A layer is one middleware of the application; fx hands them over in no order.
type layer struct {
	order uint64
	m     listener.Middleware
}

var layers atomic.Uint64

var (
	middlewareType = reflect.TypeFor[listener.Middleware]()
	layerType      = reflect.TypeFor[layer]()
)

func middleware(at string, v any) fx.Option {
	order := layers.Add(1)
	t := reflect.TypeOf(v)
	if t != nil && t.ConvertibleTo(middlewareType) && !reflect.ValueOf(v).IsNil() {
		m, _ := reflect.ValueOf(v).Convert(middlewareType).Interface().(listener.Middleware)
		return supply(layer{order, m}, inLayers)
	}
	made, ok := constructed(v)
	if !ok || !made.ConvertibleTo(middlewareType) {
		return supply(finding{&Fault{
			Kind: ErrConstructor, Subject: fmt.Sprintf("app.Middleware of %s (%s)", funcName(v), at),
			Problem: "it is no middleware and makes none: " + describe(v),
			Fix:     "give it a listener.Middleware, or a function that returns one, and optionally an error",
		}}, inFaults)
	}
	return fx.Provide(fx.Annotate(layerOf(order, v), fx.ResultTags(inLayers)))
}

// layerOf is a constructor of a layer that takes what ctor takes, for fx.
func layerOf(order uint64, ctor any) any {
	t := reflect.TypeOf(ctor)
	in, out := make([]reflect.Type, t.NumIn()), []reflect.Type{layerType}
	for i := range in {
		in[i] = t.In(i)
	}
	if t.NumOut() == 2 {
		out = append(out, errorType)
	}
	made := reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		call := reflect.ValueOf(ctor).Call
		if t.IsVariadic() {
			call = reflect.ValueOf(ctor).CallSlice
		}
		results := call(args)
		m, _ := results[0].Convert(middlewareType).Interface().(listener.Middleware)
		results[0] = reflect.ValueOf(layer{order, m})
		return results
	})
	return made.Interface()
}

// around puts the layers in their order; nil ones are left out by Chain.
func around(ls []layer) []listener.Middleware {
	slices.SortFunc(ls, func(a, b layer) int { return cmp.Compare(a.order, b.order) })
	out := make([]listener.Middleware, len(ls))
	for i, l := range ls {
		out[i] = l.m
	}
	return out
}
