package app

import (
	"fmt"
	"reflect"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/listener"
)

// Listen registers listeners. Each value is
//
//   - a listener.Listener, or a slice of them;
//   - a constructor: a function that returns one or the other, and optionally
//     an error. Its parameters are injected; a method expression such as
//     (*Billing).Listeners is one, too.
//
// Anything else is a fault of New, which names the line of this call: a
// listener that would silently never run is worse than a program that does not start.
func Listen(values ...any) fx.Option {
	at := where()
	opts := make([]fx.Option, len(values))
	for i, v := range values {
		opts[i] = listen(at, v)
	}
	return fx.Options(opts...)
}

func listen(at string, v any) fx.Option {
	switch v := v.(type) {
	case listener.Listener:
		return listenTo(at, v)
	case []listener.Listener:
		opts := make([]fx.Option, len(v))
		for i, l := range v {
			opts[i] = listenTo(at, l)
		}
		return fx.Options(opts...)
	default:
		return construct(at, v)
	}
}

func listenTo(at string, l listener.Listener) fx.Option {
	if l.Where() == "" {
		l = l.DeclaredAt(at) // the zero Listener, which is reported by its line
	}
	return declareListener(l, supply(l, inListeners))
}

// construct registers a constructor of listeners.
func construct(at string, ctor any) fx.Option {
	d := declared{subject: constructorName(at, ctor)}
	flatten, problem, fix := "", "", ""
	switch result, ok := constructed(ctor); {
	case ok && result == reflect.TypeFor[listener.Listener]():
	case ok && result == reflect.TypeFor[[]listener.Listener]():
		flatten = `,flatten"`
	default:
		problem, fix = "it is no listener and makes none: "+describe(ctor),
			"give Listen a listener.Listener, or a function that returns listener.Listener or []listener.Listener, and optionally an error"
		if isHandler(ctor) {
			problem, fix = "it is a handler, and not yet a listener", `wrap it: app.Listen(listener.On("id", handler, listener.Topics("topic")))`
		}
		d.fault = &Fault{Kind: ErrConstructor, Subject: d.subject, Problem: problem, Fix: fix}
		return declare(d)
	}
	tag := inListeners
	if flatten != "" {
		tag = inListeners[:len(inListeners)-1] + flatten
	}
	return declare(d, fx.Provide(fx.Annotate(ctor, fx.ResultTags(tag))))
}

// isHandler recognizes the commonest mistake: a function that takes a context
// and returns an error alone.
func isHandler(v any) bool {
	t := reflect.TypeOf(v)
	return t != nil && t.Kind() == reflect.Func && t.NumIn() > 1 && t.In(0).String() == "context.Context" &&
		t.NumOut() == 1 && t.Out(0) == errorType
}

func constructorName(at string, v any) string {
	return fmt.Sprintf("app.Listen of %s (%s)", funcName(v), at)
}
