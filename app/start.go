package app

import (
	"cmp"
	"fmt"
	"slices"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/observe"
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
	Listeners []listener.Listener `group:"hearken.listeners"`
	Findings  []finding           `group:"hearken.faults"`
	Observers []event.Observer    `group:"hearken.observers"`

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
	cfg := p.Wiring.config()
	specs, err := factory.Specs(cfg, sortedFactories(p.Wiring.Factories), sortedListeners(p.Listeners))
	if err := joined(slices.Concat(p.Wiring.faults(), p.findings(), p.strays()), err); err != nil {
		return err
	}
	for _, warning := range cfg.Warnings {
		p.Core.log.Warn("configuration", zap.String("warning", warning))
	}
	base := observe.BaseContext(p.Core.log)
	for i := range specs {
		specs[i].BaseContext = base
	}
	all := append(observers{observe.NewZap(p.Core.log)}, p.Observers...)
	p.Core.fill(all, specs)
	p.Lifecycle.Append(fx.Hook{OnStart: p.Core.onStart, OnStop: p.Core.onStop})
	return nil
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
