package app

import (
	"fmt"
	"reflect"
	"regexp"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/factory"
)

// Factory makes a container factory that listeners choose by
// listener.Factory(name). It can be injected, and decorated in tests, as a
// factory.ContainerFactory with the tag `name:"<name>"`.
func Factory(name string, opts ...factory.Option) fx.Option {
	f := factory.New(name, opts...).DeclaredAt(where())
	alone := supply(f, inFactories)
	if !nameable.MatchString(name) {
		return alone // the name is a fault of its own
	}
	tag := fmt.Sprintf("name:%q", name)
	itself := func(f factory.ContainerFactory) factory.ContainerFactory { return f }
	return &namedPart{
		Option: fx.Options(supply(f, tag), fx.Provide(fx.Annotate(itself, fx.ParamTags(tag), fx.ResultTags(inFactories)))),
		name:   "factory " + name, alone: alone,
	}
}

// nameable are the names that fit into a struct tag.
var nameable = regexp.MustCompile(`^[^\s"\x60\\,]+$`)

// A namedPart is what Factory and Template return: fx refuses a second one of that name
// before anything else can be looked at, so New leaves the name off there and
// lets the duplicate be reported with the other faults.
type namedPart struct {
	fx.Option
	name  string
	alone fx.Option // without the tag
}

// ProvideFactory takes a constructor: a function that returns a
// factory.ContainerFactory, and optionally an error. Its parameters are
// injected, so that a factory can carry middleware, codecs and error handlers
// with dependencies. Its name is known only when it has run: it can't be
// injected by name.
func ProvideFactory(ctor any) fx.Option {
	at := where()
	if made, ok := constructed(ctor); ok && made == reflect.TypeFor[factory.ContainerFactory]() {
		return fx.Provide(fx.Annotate(ctor, fx.ResultTags(inFactories)))
	}
	return supply(finding{&Fault{
		Kind: ErrConstructor, Subject: fmt.Sprintf("app.ProvideFactory of %s (%s)", funcName(ctor), at),
		Problem: "it makes no container factory: " + describe(ctor),
		Fix:     "give it a function that returns factory.ContainerFactory, and optionally an error",
	}}, inFaults)
}
