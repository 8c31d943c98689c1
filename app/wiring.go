package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

// A wiring is what can be looked at without building a receiver.
type wiring struct {
	fx.In
	Modules   []moduleMark               `group:"hearken.modules"`
	Starts    []startMark                `group:"hearken.starts"`
	Declared  []declared                 `group:"hearken.declared"`
	Factories []factory.ContainerFactory `group:"hearken.factories"`
	Config    *config.Config             `optional:"true"`
}

// byNew is where the Start of New stands.
const byNew = "app.New"

// ours reports whether the application was made by New.
func (w wiring) ours() bool { return len(w.Starts) == 1 && w.Starts[0].where == byNew }

// refuseForgotten is invoked by every registration: without Module and Start
// nobody else would say that the listener never runs.
func refuseForgotten(w wiring) error {
	if w.complete() {
		return nil
	}
	return w.incomplete()
}

func (w wiring) complete() bool { return len(w.Modules) > 0 && len(w.Starts) == 1 }

// incomplete says what is missing, for every listener that it concerns, and
// everything else that can be known.
func (w wiring) incomplete() error {
	var faults []*Fault
	if len(w.Starts) > 1 {
		faults = append(faults, w.startedTwice())
	}
	if problem, fix := w.missing(); problem != "" {
		for _, d := range w.sortedDeclared() {
			faults = append(faults, &Fault{Kind: ErrNeverRuns, Subject: d.subject, Problem: "it would never run: " + problem, Fix: fix})
		}
		if len(w.Declared) == 0 {
			faults = append(faults, &Fault{Kind: ErrNeverRuns, Subject: "hearken", Problem: problem, Fix: fix})
		}
	}
	var known []listener.Listener
	constructors := false
	for _, d := range w.Declared {
		if d.listener != nil {
			known = append(known, *d.listener)
		} else {
			constructors = true
		}
	}
	_, err := factory.Specs(w.config(), sortedFactories(w.Factories), sortedListeners(known))
	found := slices.DeleteFunc(split(err), func(e error) bool {
		return constructors && errors.Is(e, factory.ErrUnknownListener) // one that did not run may make it
	})
	return joined(append(faults, w.faults()...), found...)
}

// missing says which of the two parts is not there.
func (w wiring) missing() (problem, fix string) {
	switch {
	case len(w.Modules) == 0 && len(w.Starts) == 0:
		return "app.Module and app.Start() are missing",
			"make the application with app.New, or add app.Module and, as its last option, app.Start() to fx.New"
	case len(w.Modules) == 0:
		return "app.Module is missing", "add app.Module to fx.New"
	case len(w.Starts) == 0:
		return "app.Start() is missing", "add app.Start() to fx.New, as its last option"
	default:
		return "", ""
	}
}

func (w wiring) startedTwice() *Fault {
	places := make([]string, len(w.Starts))
	for i, s := range w.Starts {
		places[i] = s.where
	}
	slices.Sort(places)
	return &Fault{
		Kind: factory.ErrContradiction, Subject: "app.Start() (" + strings.Join(places, ", ") + ")",
		Problem: fmt.Sprintf("it is there %d times", len(places)),
		Fix:     "keep the last one; app.New has it already",
	}
}

// config is the one that was provided, or what config.Load finds.
func (w wiring) config() *config.Config {
	if w.Config != nil {
		return w.Config
	}
	c, _ := config.Load() // its faults are reported with all others
	return c
}

// faults are those of the registrations themselves.
func (w wiring) faults() []*Fault {
	var faults []*Fault
	for _, d := range w.sortedDeclared() {
		if d.fault != nil {
			faults = append(faults, d.fault)
		}
	}
	return faults
}

// fx gives value groups in random order; errors and start-up shall not be random.

func (w wiring) sortedDeclared() []declared {
	return slices.SortedFunc(slices.Values(w.Declared), func(a, b declared) int { return cmp.Compare(a.subject, b.subject) })
}

func sortedListeners(ls []listener.Listener) []listener.Listener {
	return slices.SortedFunc(slices.Values(ls), func(a, b listener.Listener) int {
		return cmp.Or(cmp.Compare(a.ID(), b.ID()), cmp.Compare(a.Where(), b.Where()))
	})
}

func sortedFactories(fs []factory.ContainerFactory) []factory.ContainerFactory {
	return slices.SortedFunc(slices.Values(fs), func(a, b factory.ContainerFactory) int {
		return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.Where(), b.Where()))
	})
}

// compare compares pairs, the first one that differs decides.
func compare(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if d := cmp.Compare(pairs[i], pairs[i+1]); d != 0 {
			return d
		}
	}
	return 0
}
