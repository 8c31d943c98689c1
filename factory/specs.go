package factory

import (
	"fmt"
	"slices"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// Specs puts all layers of settings over each other and returns what a
// container needs for each listener, in their order. It connects to nothing.
//
// Everything is checked, and all faults are joined, those of cfg among them:
// the specs are complete or there are none. A nil cfg is no configuration.
func Specs(cfg *config.Config, factories []ContainerFactory, listeners []listener.Listener) ([]container.Spec, error) {
	r := newResolver(cfg)
	r.declare(factories)
	r.checkClusters()
	r.checkRecipes()
	if len(listeners) == 0 { // else each of them is checked with what is above kafka.*
		r.checkRecipe(recipe{"kafka", []*spec.Settings{&r.kafka}})
	}
	candidates := r.listeners(listeners)
	r.together(nil, candidates)
	r.unmatched(listeners)
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	specs := make([]container.Spec, len(candidates))
	for i, c := range candidates {
		build(&specs[i], c)
	}
	return specs, nil
}

// A resolver turns layers into specs and collects what is wrong on the way.
type resolver struct {
	cfg     *config.Config
	kafka   spec.Settings // the layer kafka.*
	recipes map[string]recipe
	names   []string // of recipes, in the order of their declaration
	client  *clientCheck
	senders *senderPool
	tuning  spec.Producer         // of listeners' own producers
	done    map[string]*candidate // what is resolved, by id
	faults  spec.Faults
}

func newResolver(cfg *config.Config) *resolver {
	if cfg == nil {
		cfg = config.None()
	}
	r := &resolver{cfg: cfg, kafka: cfg.Kafka(), recipes: map[string]recipe{}, client: newClientCheck(), senders: &senderPool{}, done: map[string]*candidate{}}
	for _, f := range cfg.Faults() {
		r.faults.Add(f)
	}
	r.tuning, _ = cfg.Producer("")
	r.faults.Share(r.kafka)
	return r
}

// A recipe is a factory with the layers of code and configuration.
type recipe struct {
	subject string
	layers  []*spec.Settings // kafka.*, code, kafka.factories.NAME
}

// listeners resolves each listener that has an id of its own.
func (r *resolver) listeners(all []listener.Listener) []*candidate {
	made := make([]*candidate, len(all))
	seen := map[string]string{}
	codes := make([]*spec.Settings, len(all))
	var later []int
	for i, l := range all {
		if where, ok := seen[l.ID()]; ok {
			r.duplicate(l, where, nil)
			continue
		}
		seen[l.ID()] = l.Where()
		codes[i] = spec.FromListener(l.Options())
		if r.ofAnother(l, codes[i]) {
			later = append(later, i)
			continue
		}
		made[i] = r.listener(l, codes[i])
	}
	for _, i := range later {
		made[i] = r.listener(all[i], codes[i])
	}
	return slices.DeleteFunc(made, func(c *candidate) bool { return c == nil })
}

func subjectOfListener(l listener.Listener) string {
	return fmt.Sprintf("listener %q (%s)", l.ID(), l.Where())
}

func (r *resolver) duplicate(l listener.Listener, where string, cause error) {
	r.faults.Add(&Fault{
		Kind: ErrDuplicateListener, Subject: subjectOfListener(l),
		Problem: "the id is taken by the listener at " + where, Fix: "give one of them another id", Cause: cause,
	})
}

// listener resolves one listener, nil where its id is none. code is what its
// options say.
func (r *resolver) listener(l listener.Listener, code *spec.Settings) *candidate {
	if problem := badName(l.ID()); problem != "" {
		r.faults.Add(&Fault{
			Kind: ErrInvalidSetting, Subject: subjectOfListener(l), Problem: "the id " + problem,
			Fix: "use letters, digits, dots, underscores and hyphens",
		})
		return nil
	}
	return r.resolve(l, code, subjectOfListener(l))
}

// unmatched reports the entries of kafka.listeners that no listener has.
func (r *resolver) unmatched(all []listener.Listener) {
	known := make([]string, 0, len(all))
	ids := map[string]bool{}
	for _, l := range all {
		known = append(known, l.ID())
		ids[l.ID()] = true
	}
	for _, e := range r.cfg.Listeners() {
		if !ids[e.Name] {
			r.faults.Add(&Fault{
				Kind: ErrUnknownListener, Key: "kafka.listeners." + e.Name, Origin: e.Origin, Problem: "there is no such listener",
				Fix: spec.DidYouMean(e.Name, known, "the program has "+list(known, "no listener")),
			})
		}
	}
}
