package app

import (
	"fmt"
	"reflect"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/factory"
)

// CustomFactory is Factory with a function that says the rest: its parameters
// are injected, and it returns factory.Option, []factory.Option or a whole
// factory.ContainerFactory, and optionally an error. What it returns stands
// over opts. A method expression such as (*Policies).Careful is such a function, too.
//
//	app.CustomFactory("careful", func(a *Alarm) factory.Option { return factory.ErrorHandler(a) }, factory.Workers(4))
//
// A whole factory has to have the name that is given here.
func CustomFactory(name string, customize any, opts ...factory.Option) fx.Option {
	at := where()
	plain := factory.New(name, opts...).DeclaredAt(at)
	alone := supply(plain, inFactories)
	subject := fmt.Sprintf("app.CustomFactory(%q) of %s (%s)", name, funcName(customize), at)
	made, ok := constructed(customize)
	merge, known := customized[made]
	if !ok || !known {
		return fx.Options(alone, supply(finding{&Fault{
			Kind: ErrConstructor, Subject: subject, Problem: "it makes no settings of a factory: " + describe(customize),
			Fix: "give it a function that returns factory.Option, []factory.Option or factory.ContainerFactory, and optionally an error",
		}}, inFaults))
	}
	if !nameable.MatchString(name) {
		return alone // the name is a fault of its own
	}
	tag, own := fmt.Sprintf("name:%q", name), fmt.Sprintf("name:%q", "hearken.custom."+name)
	build := reflect.MakeFunc(
		reflect.FuncOf([]reflect.Type{made}, []reflect.Type{reflect.TypeFor[factory.ContainerFactory](), reflect.TypeFor[finding]()}, false),
		func(in []reflect.Value) []reflect.Value {
			f, problem := merge(plain, in[0].Interface())
			found := finding{}
			if problem != "" {
				found.fault = &Fault{Kind: ErrConstructor, Subject: subject, Problem: problem, Fix: "give both the same name"}
			}
			return []reflect.Value{reflect.ValueOf(f.DeclaredAt(at)), reflect.ValueOf(found)}
		}).Interface()
	itself := func(f factory.ContainerFactory) factory.ContainerFactory { return f }
	return &namedPart{
		Option: fx.Options(
			fx.Provide(fx.Annotate(customize, fx.ResultTags(own))),
			fx.Provide(fx.Annotate(build, fx.ParamTags(own), fx.ResultTags(tag, inFaults))),
			fx.Provide(fx.Annotate(itself, fx.ParamTags(tag), fx.ResultTags(inFactories)))),
		name: "factory " + name, alone: alone,
	}
}

// customized puts what a customizing function returns over a factory, by its
// type. A problem is what is wrong with it.
var customized = map[reflect.Type]func(plain factory.ContainerFactory, v any) (f factory.ContainerFactory, problem string){
	reflect.TypeFor[factory.Option](): func(plain factory.ContainerFactory, v any) (factory.ContainerFactory, string) {
		o, _ := v.(factory.Option)
		return withOptions(plain, o), ""
	},
	reflect.TypeFor[[]factory.Option](): func(plain factory.ContainerFactory, v any) (factory.ContainerFactory, string) {
		os, _ := v.([]factory.Option)
		return withOptions(plain, os...), ""
	},
	reflect.TypeFor[factory.ContainerFactory](): func(plain factory.ContainerFactory, v any) (factory.ContainerFactory, string) {
		whole, _ := v.(factory.ContainerFactory)
		if whole.Name() != plain.Name() {
			return plain, fmt.Sprintf("it returns a factory of the name %q", whole.Name())
		}
		return withOptions(plain, whole.Options()...), ""
	},
}

func withOptions(f factory.ContainerFactory, more ...factory.Option) factory.ContainerFactory {
	return factory.New(f.Name(), append(f.Options(), more...)...)
}
