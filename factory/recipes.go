package factory

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// declare notes the factories of code, then those that only configuration has.
func (r *resolver) declare(factories []ContainerFactory) {
	where := map[string]string{}
	for _, f := range factories {
		subject := fmt.Sprintf("factory %q (%s)", f.Name(), f.Where())
		if first, ok := where[f.Name()]; ok {
			r.faults.Add(&Fault{
				Kind: ErrDuplicateFactory, Subject: subject,
				Problem: "the name is taken by the factory at " + first, Fix: "give one of them another name",
			})
			continue
		}
		where[f.Name()] = f.Where()
		if problem := badName(f.Name()); problem != "" {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Problem: "the name " + problem,
				Fix: "use letters, digits, dots, underscores and hyphens",
			})
		}
		code := r.onlyOfFactories(r.expand(spec.FromFactory(f.opts), subject), subject)
		fromConfig, _ := r.cfg.Factory(f.Name())
		r.add(f.Name(), subject, code, &fromConfig)
	}
	for _, e := range r.cfg.Factories() {
		if _, ok := where[e.Name]; !ok {
			fromConfig, _ := r.cfg.Factory(e.Name)
			r.add(e.Name, fmt.Sprintf("factory %q (%s)", e.Name, e.Origin), new(spec.Settings), &fromConfig)
		}
	}
}

func (r *resolver) add(name, subject string, code, fromConfig *spec.Settings) {
	r.names = append(r.names, name)
	r.recipes[name] = recipe{subject, []*spec.Settings{&r.kafka, code, fromConfig}}
}

// checkRecipes looks at each factory alone, so that one that is in no use yet
// is right on the day when it is.
func (r *resolver) checkRecipes() {
	for _, name := range r.names {
		r.checkRecipe(r.recipes[name])
	}
}

func (r *resolver) checkRecipe(rec recipe) {
	layers, _ := r.onCluster(rec.layers, rec.subject)
	set, _ := stack(layers)
	r.checkValues(*set, rec.subject)
	if set.AckMode.IsSet() { // else the listeners may choose one
		full := spec.WithDefaults(*set)
		r.checkMode(&full, set, rec.subject)
	}
	r.checkProperties(*set, rec.subject)
}

// recipeOf returns the layers below a listener's own.
func (r *resolver) recipeOf(name spec.Value[string], subject string) []*spec.Settings {
	if !name.IsSet() || name.V == "" {
		return []*spec.Settings{&r.kafka}
	}
	rec, ok := r.recipes[name.V]
	if !ok {
		r.faults.Add(&Fault{
			Kind: ErrUnknownFactory, Subject: subject, Key: "factory", Origin: name.Origin,
			Problem: fmt.Sprintf("there is no factory %q", shown(name)),
			Fix:     spec.DidYouMean(name.V, r.names, "there is "+list(r.names, "no factory at all")+": make it with factory.New, or below kafka.factories"),
		})
		return nil
	}
	return rec.layers
}

// fitting returns the factories whose settings a handler of that shape can use.
func (r *resolver) fitting(shape listener.Shape) []string {
	var out []string
	for _, name := range r.names {
		said, _ := stack(r.recipes[name].layers)
		set := spec.WithDefaults(*said)
		batch := !set.Batch.IsSet() || set.Batch.V == shape.Batch
		if batch && fits(set.AckMode.V, shape) {
			out = append(out, name)
		}
	}
	return out
}

// list prints names, or what to say where there are none.
func list(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
