package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/admin"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/observe"
	"github.com/hearken-go/hearken/template"
)

// Start starts the listeners of an fx application that has Module. It has to
// be the last option of fx.New itself, and not of an fx.Module: fx runs hooks in
// the order in which they were appended, and the one of Start is appended when
// everything before it has been built. New contains it.
func Start() fx.Option { return startFrom(where()) }

func startFrom(at string) fx.Option {
	return &part{fx.Options(supply(startMark{at}, inStarts), fx.Invoke(start))}
}

type startMark struct{ where string }

type startParts struct {
	fx.In
	Wiring    wiring
	Core      *core `optional:"true"`
	Lifecycle fx.Lifecycle
	Listeners []listener.Listener      `group:"hearken.listeners"`
	Findings  []finding                `group:"hearken.faults"`
	Observers []event.Observer         `group:"hearken.observers"`
	Templates []factory.TemplateRecipe `group:"hearken.templates"`
	Topics    []admin.Topic            `group:"hearken.topics"`
	Layers    []layer                  `group:"hearken.layers"`
	Senders   []*template.Template     `group:"hearken.senders"` // what replies are sent by, the same one for all

	// What was provided without Listen.
	Stray  listener.Listener   `optional:"true"`
	Strays []listener.Listener `optional:"true"`
}

// start checks everything, fills the registry and appends the one hook. All
// that the handlers need was built for its parameters, so the hook comes after
// theirs: listeners start last and stop first.
func start(p startParts) error {
	if !p.Wiring.complete() {
		return p.Wiring.incomplete()
	}
	cfg := p.Core.configured(p.Wiring.Config)
	factories, listeners := sortedFactories(p.Wiring.Factories), sortedListeners(p.Listeners)
	specs, err := factory.Specs(cfg, factories, listeners)
	made, templatesErr := p.Core.templates.specs(cfg, p.Templates)
	err = joined(slices.Concat(p.Wiring.faults(), p.findings(), p.strays()), err, templatesErr, p.Core.topics.declare(cfg, p.Topics))
	p.Core.specs = specs
	p.answerHere(err)
	if err != nil {
		return err
	}
	for _, warning := range slices.Concat(cfg.Warnings, factory.UnusedProducers(cfg, p.Templates)) {
		if !doctor.Asked() {
			p.Core.log.Warn("configuration", zap.String("warning", warning))
		}
	}
	p.noteTemplates(made)
	complete := p.completion()
	for i := range specs {
		complete(&specs[i])
	}
	all := &observers{all: append([]event.Observer{observe.NewZap(p.Core.log)}, p.Observers...)}
	p.Core.fill(all, specs)
	p.Core.events = container.NewEvents(all)
	later := factory.NewResolver(cfg, factories, listeners)
	later.Complete = complete
	later.Attach(p.Core.registry)
	p.Lifecycle.Append(fx.Hook{OnStart: p.Core.onStart, OnStop: p.Core.onStop})
	return nil
}

// completion gives a spec what only an application has: its logger, for the
// handlers' contexts and for what is worth a line about the settings.
func (p startParts) completion() func(*container.Spec) {
	base := observe.BaseContext(p.Core.log)
	outer := around(p.Layers)
	var complete func(*container.Spec)
	complete = func(s *container.Spec) {
		s.BaseContext = base
		s.Around(outer...)
		if s.Retry != nil {
			complete(s.Retry)
		}
		for _, t := range p.Senders {
			if s.Sender == nil && t != nil {
				s.Sender = t
			}
		}
		p.note("listener", s.ID, s.Notes)
	}
	return complete
}

// noteTemplates writes what is worth a line about templates.
func (p startParts) noteTemplates(made []factory.TemplateSpec) {
	for _, t := range made {
		p.note("template", t.Name, t.Notes)
	}
	p.note("admin", "kafka.admin", p.Core.topics.admin.Notes)
}

// note is silent where the process is asked about itself: the answer has the notes.
func (p startParts) note(kind, name string, notes []string) {
	if doctor.Asked() {
		return
	}
	for _, note := range notes {
		level := zap.InfoLevel
		if strings.HasPrefix(note, "warning: ") {
			level = zap.WarnLevel
		}
		p.Core.log.Log(level, "settings", zap.String(kind, name), zap.String("note", strings.TrimPrefix(note, "warning: ")))
	}
}

func (p startParts) findings() []*Fault {
	var faults []*Fault
	for _, f := range p.Findings {
		if f.fault != nil {
			faults = append(faults, f.fault)
		}
	}
	slices.SortFunc(faults, func(a, b *Fault) int { return cmp.Compare(a.Subject, b.Subject) })
	return faults
}

// strays reports listeners that were given to fx.Provide, where nobody asks
// for them, unless a constructor handed them on to Listen.
func (p startParts) strays() []*Fault {
	var faults []*Fault
	for _, s := range append(p.Strays, p.Stray) {
		same := func(l listener.Listener) bool { return l.ID() == s.ID() && l.Where() == s.Where() }
		if s.ID() == "" || slices.ContainsFunc(p.Listeners, same) {
			continue
		}
		faults = append(faults, &Fault{
			Kind: ErrNeverRuns, Subject: fmt.Sprintf("listener %q (%s)", s.ID(), s.Where()),
			Problem: "it would never run: it was given to fx.Provide or fx.Supply, which register nothing",
			Fix:     "give it, or its constructor, to app.Listen instead",
		})
	}
	return faults
}
