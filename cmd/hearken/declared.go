//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/directive"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// declaredSettings are the settings that the comments of a program, files and
// environment make together. What the code sets besides is not known.
func declaredSettings(cfg *config.Config, program []*directive.Package, base string) doctor.Settings {
	var factories []factory.ContainerFactory
	var listeners []listener.Listener
	known := map[string]bool{}
	for _, e := range append(cfg.Factories(), config.Entry{}) {
		known[e.Name] = true
	}
	ids := map[string]bool{}
	for _, p := range program {
		for _, d := range p.Declarations {
			if d.Verb == directive.Factory && !known["made "+d.Name] {
				known[d.Name], known["made "+d.Name] = true, true
				var opts []factory.Option
				for _, a := range d.Args {
					opts = append(opts, setting(a, at(base, d)))
				}
				factories = append(factories, factory.New(d.Name, opts...).DeclaredAt(at(base, d)))
			}
		}
	}
	inCode := func(name string) {
		if !known[name] {
			known[name] = true
			factories = append(factories, factory.New(name).DeclaredAt("code"))
		}
	}
	for _, p := range program {
		for _, d := range p.Declarations {
			if d.Verb != directive.Listener {
				continue
			}
			ids[d.Name] = true
			var opts []listener.Option
			for _, a := range d.Args {
				opts = append(opts, setting(a, at(base, d)))
			}
			inCode(chosen(cfg, d))
			listeners = append(listeners, idle(d.Name, d.Func.Shape, opts).DeclaredAt(at(base, d)))
		}
	}
	var others []string
	for _, e := range cfg.Listeners() {
		if own, _ := cfg.Listener(e.Name); !ids[e.Name] { // a listener of the code
			inCode(own.Factory.V)
			others = append(others, e.Name)
			listeners = append(listeners, idle(e.Name, directive.On, []listener.Option{listener.Topics("unknown")}).DeclaredAt(e.Origin))
		}
	}
	specs, err := factory.Specs(cfg, factories, listeners)
	out := doctor.OfService(doctor.Service{Specs: specs, Config: cfg, Err: err})
	for _, name := range others {
		out.Entries = without(out.Entries, name)
	}
	return out
}

func without(entries []doctor.Entry, name string) []doctor.Entry {
	var out []doctor.Entry
	for _, e := range entries {
		if e.Name != name {
			out = append(out, e)
		}
	}
	return out
}

// chosen is the factory of a listener, "" where a placeholder has yet to say.
func chosen(cfg *config.Config, d directive.Declaration) string {
	if own, _ := cfg.Listener(d.Name); own.Factory.IsSet() {
		return own.Factory.V
	}
	name, err := cfg.Expand(d.Setting("factory"), "directive")
	if err != nil {
		return ""
	}
	return name
}

// setting is an argument as an option whose origin is the comment.
func setting(a directive.Arg, origin string) factory.Option {
	return spec.ForFactory(a.Key+"="+spec.Printable(a.Key, a.Value), func(s *spec.Settings) {
		properties := a.Properties()
		for _, p := range properties {
			s.SetProperty(p[0], p[1], origin)
		}
		if properties == nil {
			s.PutText(a.Key, a.Value, origin)
		}
	})
}

// at is where a directive stands, as the working directory sees it.
func at(base string, d directive.Declaration) string {
	return fmt.Sprintf("%s:%d", filepath.ToSlash(directive.Place(base, d.Pos.Filename)), d.Pos.Line)
}

// errIdle: the handlers of a listing are never called.
var errIdle = errors.New("a listener without its program")

// idle is a listener of a directive's shape, without its handler.
func idle(id string, shape directive.Shape, opts []listener.Option) listener.Listener {
	type record = listener.Record[[]byte]
	switch shape {
	case directive.OnAck, directive.OnMessageAck:
		return listener.OnAck(id, func(context.Context, record, listener.Acknowledgment) error { return errIdle }, opts...)
	case directive.OnBatch:
		return listener.OnBatch(id, func(context.Context, []record) error { return errIdle }, opts...)
	case directive.OnBatchAck:
		return listener.OnBatchAck(id, func(context.Context, []record, listener.BatchAcknowledgment) error { return errIdle }, opts...)
	case directive.OnRequest:
		opts = append(opts, factory.Sender(mute{}))
		return listener.OnRequest(id, func(context.Context, record) ([]byte, error) { return nil, errIdle }, opts...)
	default:
		return listener.On(id, func(context.Context, record) error { return errIdle }, opts...)
	}
}

// mute is never used: a request listener needs a sender.
type mute struct{ listener.Sender }

// withDirectives puts comments and settings together: each listener that a
// comment declares says where, and on which function it stands.
func withDirectives(program []*directive.Package, base string, known doctor.Settings) doctor.Settings {
	out := known
	out.Entries = nil
	listed := map[string]bool{}
	for _, p := range program {
		for _, d := range p.Declarations {
			if d.Verb == directive.Factory {
				out.Entries = append(out.Entries, factoryEntry(base, d))
			}
		}
	}
	for _, p := range program {
		for _, d := range p.Declarations {
			if d.Verb != directive.Listener {
				continue
			}
			title := fmt.Sprintf("listener %s (%s): %s of %s, package %s", d.Name, at(base, d), d.Func.Shape, d.Func, p.Path)
			e, ok := find(known.Entries, d.Name)
			switch {
			case !ok && len(known.Faults) == 0:
				e = doctor.Entry{Kind: "listener", Name: d.Name, Settings: []doctor.Setting{}}.Titled(title, "the service does not have it: is "+p.Name+".KafkaListeners() given to it?")
			case !ok:
				e = doctor.Entry{Kind: "listener", Name: d.Name, Settings: written(base, d)}.Titled(title)
			default:
				e = e.Titled(title)
			}
			listed[d.Name] = true
			out.Entries = append(out.Entries, e)
		}
	}
	for _, e := range known.Entries {
		if e.Kind == "listener" && !listed[e.Name] {
			out.Entries = append(out.Entries, e.Titled(e.Title, "declared in code"))
		}
	}
	return out
}

func find(entries []doctor.Entry, id string) (doctor.Entry, bool) {
	for _, e := range entries {
		if e.Kind == "listener" && e.Name == id {
			return e, true
		}
	}
	return doctor.Entry{}, false
}

func factoryEntry(base string, d directive.Declaration) doctor.Entry {
	title := fmt.Sprintf("factory %s (%s)", d.Name, at(base, d))
	e := doctor.Entry{Kind: "factory", Name: d.Name, Settings: written(base, d)}
	if d.Func != nil {
		return e.Titled(title, d.Func.String()+" has the last word")
	}
	return e.Titled(title)
}

// written are a directive's settings as they stand there.
func written(base string, d directive.Declaration) []doctor.Setting {
	out := []doctor.Setting{}
	for _, a := range d.Args {
		properties := a.Properties()
		for _, p := range properties {
			name := "properties." + p[0]
			out = append(out, doctor.Setting{Key: name, Value: spec.Printable(p[0], p[1]), Origin: at(base, d)})
		}
		if properties == nil {
			out = append(out, doctor.Setting{Key: a.Key, Value: spec.Printable(a.Key, a.Value), Origin: at(base, d)})
		}
	}
	return out
}
