package app

import (
	"fmt"
	"path"
	"runtime"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// The value groups in which the options of this package meet.
const (
	inDeclared  = `group:"hearken.declared"`  // declared: what is known without building anything
	inListeners = `group:"hearken.listeners"` // listener.Listener: what runs
	inFaults    = `group:"hearken.faults"`    // finding
	inFactories = `group:"hearken.factories"` // factory.ContainerFactory
	inSenders   = `group:"hearken.senders"`   // *template.Template, nil where there is none
	inTemplates = `group:"hearken.templates"` // factory.TemplateRecipe
	inTopics    = `group:"hearken.topics"`    // admin.Topic
	inLayers    = `group:"hearken.layers"`    // layer: a middleware of the application
	inObservers = `group:"hearken.observers"` // event.Observer
	inModules   = `group:"hearken.modules"`   // moduleMark
	inStarts    = `group:"hearken.starts"`    // startMark
)

// A declared is one value that was given to On or Listen. It depends on
// nothing, so that a forgotten Module can be reported with all that it concerns.
type declared struct {
	subject  string             // `listener "orders" (billing/main.go:12)`
	listener *listener.Listener // without its receiver; nil where only a constructor knows it
	fault    *Fault
}

// A finding is what building a listener or a factory found; fx takes no errors as values.
type finding struct{ fault *Fault }

// declareListener declares a listener that is known now.
func declareListener(l listener.Listener, more ...fx.Option) fx.Option {
	if l.Shape().Replies {
		more = append(more, fx.Provide(fx.Annotate(senderOf, fx.ResultTags(inSenders))))
	}
	return declare(declared{subject: fmt.Sprintf("listener %q (%s)", l.ID(), l.Where()), listener: &l}, more...)
}

type senders struct {
	fx.In
	Template *template.Template `optional:"true"`
}

// senderOf asks for the template only where something replies: it has a client.
func senderOf(s senders) *template.Template { return s.Template }

// declare registers d, and refuses to go on where nothing would ever run it.
func declare(d declared, more ...fx.Option) fx.Option {
	return fx.Options(fx.Options(more...), supply(d, inDeclared), fx.Invoke(refuseForgotten))
}

// supply puts v under a tag.
func supply(v any, tag string) fx.Option { return fx.Supply(fx.Annotate(v, fx.ResultTags(tag))) }

// where returns "folder/file.go:12", the line that called the function that
// called where.
func where() string {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return "unknown"
	}
	folder, name := path.Split(file)
	return fmt.Sprintf("%s:%d", path.Join(path.Base(folder), name), line)
}
