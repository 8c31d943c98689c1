package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/fx"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/template"
)

// Template makes the template of kafka.producers.NAME, which need not be there.
// It can be injected as a *template.Template with the tag `name:"NAME"`, and
// has a client only where somebody takes it. What code sets here, kafka.producers.NAME may override.
//
// The template of kafka.producer needs no Template: it is the *template.Template
// without a name. Template("default", …) gives it settings.
//
// A template opens before the OnStart hooks of what takes it, and closes
// after their OnStop hooks: hooks may send, and handlers may until they have
// returned. Constructors can't (template.ErrNotOpen). Closing delivers what is on
// its way, in the time that is left of the stop; what is not delivered is an
// error of Stop, so that Run ends with code 1.
func Template(name string, settings ...template.Setting) fx.Option {
	recipe := factory.Template(name, settings...).DeclaredAt(where())
	d := declared{subject: fmt.Sprintf("template %q (%s)", name, recipe.Where())}
	alone := declare(d, supply(recipe, inTemplates))
	if !nameable.MatchString(name) || name == factory.DefaultTemplate {
		return alone
	}
	named := fx.Provide(fx.Annotate(func(p templateParts) *template.Template { return p.make(name) }, fx.ResultTags(fmt.Sprintf("name:%q", name))))
	return &namedPart{Option: fx.Options(alone, named), name: "template " + name, alone: alone}
}

// templateParts are what a template is made of. Nothing of it is anything that
// could take a template.
type templateParts struct {
	fx.In
	Core      *core
	Lifecycle fx.Lifecycle
	Config    *config.Config           `optional:"true"`
	Recipes   []factory.TemplateRecipe `group:"hearken.templates"`
}

func makeDefaultTemplate(p templateParts) *template.Template { return p.make(factory.DefaultTemplate) }

// templates are those that somebody takes.
type templates struct {
	prepared map[string]*template.Template
	timeouts time.Duration // the close-timeouts that are set
	faults   []error
	made     []factory.TemplateSpec // all that can be taken, checked
}

// make prepares the template of that name, once. Where its settings are faulty,
// it is one that never opens: start reports the faults.
func (p templateParts) make(name string) *template.Template {
	all := &p.Core.templates
	if t := all.prepared[name]; t != nil {
		return t
	}
	recipe := factory.Template(name).DeclaredAt(byNew)
	for _, r := range p.Recipes {
		if r.Name() == name {
			recipe = r
		}
	}
	o := template.Options{Name: name}
	specs, err := factory.TemplateSpecs(p.Core.configured(p.Config), p.withTargets(recipe))
	if err == nil {
		o = specs[0].Options
		for _, r := range specs[0].Routes {
			o.Routes = append(o.Routes, template.Route{Topics: r.Topics, Template: p.make(r.Template)})
		}
		all.timeouts += o.CloseTimeout
		o.Observe = p.Core.emit
	}
	t, err := template.Prepare(o)
	if err != nil {
		all.faults = append(all.faults, err)
		t, _ = template.Prepare(template.Options{Name: name}) // these can't be wrong
	}
	if all.prepared == nil {
		all.prepared = map[string]*template.Template{}
	}
	all.prepared[name] = t
	p.Lifecycle.Append(fx.Hook{
		OnStart: func(context.Context) error { return t.Open() },
		OnStop:  func(ctx context.Context) error { return closed(ctx, t, o.CloseTimeout) },
	})
	return t
}

// withTargets are the recipe and those that it may route to.
func (p templateParts) withTargets(recipe factory.TemplateRecipe) []factory.TemplateRecipe {
	out := []factory.TemplateRecipe{recipe}
	if !recipe.Routes() {
		return out
	}
	for _, r := range withDefault(p.Recipes) {
		if r.Name() != recipe.Name() {
			out = append(out, r)
		}
	}
	return out
}

// reserve is left of a stop for what comes after a template's last record.
const reserve = time.Second

// closed closes a template in the time that is left.
func closed(ctx context.Context, t *template.Template, within time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
		if within > 0 {
			ctx, cancel = context.WithTimeout(ctx, within)
			defer cancel()
		}
	}
	return t.Close(ctx)
}

// specs are those of all templates that can be taken; the default one only where
// it is taken, or spoken of.
func (t *templates) specs(cfg *config.Config, recipes []factory.TemplateRecipe) ([]factory.TemplateSpec, error) {
	recipes = slices.SortedFunc(slices.Values(recipes), func(a, b factory.TemplateRecipe) int {
		return compare(a.Name(), b.Name(), a.Where(), b.Where())
	})
	routed := slices.ContainsFunc(recipes, factory.TemplateRecipe.Routes)
	if t.prepared[factory.DefaultTemplate] != nil || routed {
		recipes = withDefault(recipes)
	}
	specs, err := factory.TemplateSpecs(cfg, recipes)
	err = errors.Join(append(t.faults, err)...)
	if err == nil {
		t.made = specs
	}
	return t.made, err
}

// withDefault adds the default template, where code does not speak of it.
func withDefault(recipes []factory.TemplateRecipe) []factory.TemplateRecipe {
	if slices.ContainsFunc(recipes, func(r factory.TemplateRecipe) bool { return r.Name() == factory.DefaultTemplate }) {
		return recipes
	}
	return append([]factory.TemplateRecipe{factory.Template(factory.DefaultTemplate).DeclaredAt(byNew)}, recipes...)
}
