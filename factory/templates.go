package factory

import (
	"fmt"
	"slices"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/template"
)

// DefaultTemplate is the name of the template that kafka.producer describes.
const DefaultTemplate = "default"

// A TemplateRecipe is what code says of a template, as a ContainerFactory says
// it of containers. It is a plain value; configuration may refine it by name.
type TemplateRecipe struct {
	name     string
	settings []template.Setting
	where    string
}

// Template says what code has to say of a template: of the one of
// kafka.producer by the name DefaultTemplate, else of that of kafka.producers.NAME.
func Template(name string, settings ...template.Setting) TemplateRecipe {
	return TemplateRecipe{name: name, settings: slices.Clone(settings), where: spec.Caller(0)}
}

// Name returns the template's name.
func (t TemplateRecipe) Name() string { return t.name }

// Where returns file:line of the code that made the recipe.
func (t TemplateRecipe) Where() string { return t.where }

// Routes reports whether the template sends some topics by others.
func (t TemplateRecipe) Routes() bool { return len(template.CodeOf(t.settings).Routes) > 0 }

// DeclaredAt returns t with another Where, for code that makes recipes on a
// user's behalf and knows the line that the user wrote.
func (t TemplateRecipe) DeclaredAt(where string) TemplateRecipe {
	t.where = where
	return t
}

// A TemplateSpec is what a template is made of, checked.
type TemplateSpec struct {
	Name    string
	Where   string
	Options template.Options // without routes, and with a CloseTimeout only where somebody set one
	Routes  []template.NamedRoute
	Text    string   // every effective setting with its origin, secrets redacted
	Notes   []string // what is allowed and seldom meant
}

// TemplateSpecs is Specs for templates: it puts all layers over each other and
// returns what each template is made of, in their order. It connects to nothing.
//
// Layers, later ones win: built-in defaults < kafka.* < kafka.producer and
// kafka.template < code < kafka.producers.NAME. Code of the default template lies
// below kafka.producer and kafka.template. A transaction-id-prefix of these two is
// the default template's alone, as no two templates may share one.
//
// All faults are joined; those of cfg itself are not among them.
func TemplateSpecs(cfg *config.Config, recipes []TemplateRecipe) ([]TemplateSpec, error) {
	r := newResolver(cfg)
	r.faults = spec.Faults{}
	r.faults.Share(r.kafka)
	return r.templates(recipes)
}

// NewTemplate makes the template of that name as configuration and settings
// say; see TemplateSpecs. It is the caller's to close. Routes need package app.
func NewTemplate(cfg *config.Config, name string, settings ...template.Setting) (*template.Template, error) {
	r := newResolver(cfg)
	specs, err := r.templates([]TemplateRecipe{Template(name, settings...).DeclaredAt(spec.Caller(0))})
	if err != nil {
		return nil, err
	}
	return template.New(specs[0].Options)
}

// UnusedProducers says of each entry of kafka.producers that no template has its
// name, one sentence each.
func UnusedProducers(cfg *config.Config, recipes []TemplateRecipe) []string {
	var names, out []string
	for _, recipe := range recipes {
		names = append(names, recipe.name)
	}
	for _, e := range cfg.Producers() {
		if e.Name == DefaultTemplate {
			out = append(out, fmt.Sprintf("kafka.producers.%s (%s) is not read: write kafka.producer", e.Name, e.Origin))
			continue
		}
		if !slices.Contains(names, e.Name) {
			out = append(out, fmt.Sprintf("kafka.producers.%s (%s): the program has no template of that name; %s", spec.Printable("", e.Name), e.Origin,
				spec.DidYouMean(e.Name, names, "it has "+list(names, "none"))))
		}
	}
	return out
}

func (r *resolver) templates(recipes []TemplateRecipe) ([]TemplateSpec, error) {
	var specs []TemplateSpec
	where, ids := map[string]string{}, map[string]layeredTemplate{}
	for _, recipe := range recipes {
		subject := fmt.Sprintf("template %q (%s)", recipe.name, recipe.where)
		if first, taken := where[recipe.name]; taken {
			r.faults.Add(&Fault{
				Kind: ErrDuplicateTemplate, Subject: subject,
				Problem: "the name is taken by the template at " + first, Fix: "give one of them another name",
			})
			continue
		}
		where[recipe.name] = recipe.where
		if problem := badName(recipe.name); problem != "" {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Problem: "the name " + problem,
				Fix: "use letters, digits, dots, underscores and hyphens",
			})
			continue
		}
		t := r.template(recipe, subject)
		r.twins(t, ids, subject)
		specs = append(specs, t.TemplateSpec)
	}
	r.routes(specs, where)
	return specs, r.faults.Err()
}

// A layeredTemplate is a template with its settings.
type layeredTemplate struct {
	TemplateSpec
	p spec.Producer
	t spec.Template
}

// template resolves one template, which is only of use where no fault was found.
func (r *resolver) template(recipe TemplateRecipe, subject string) layeredTemplate {
	code := r.expandTemplate(template.CodeOf(recipe.settings), subject)
	out := layeredTemplate{TemplateSpec: TemplateSpec{Name: recipe.name, Where: recipe.where, Routes: code.Routes}}
	if recipe.name == DefaultTemplate {
		out.p, _ = r.cfg.ProducerOver("", code.Producer)
		out.t = code.Template.Under(r.cfg.Template())
	} else {
		out.p, _ = r.cfg.ProducerOver(recipe.name, code.Producer)
		common := r.cfg.Template()
		common.TransactionIDPrefix = spec.Value[string]{}
		out.t = common.Under(code.Template)
	}
	if out.t.TransactionIDPrefix.IsSet() {
		out.p.TransactionIDPrefix, out.t.TransactionIDPrefix = out.t.TransactionIDPrefix, spec.Value[string]{}
	}
	out.p.Properties = withoutConsumers(out.p.Properties)
	before := len(r.faults.All())
	r.checkTemplate(out, subject)
	good := len(r.faults.All()) == before // else the client would say the same again
	var err error
	out.Options, err = template.FromSettings(recipe.name, out.p, out.t)
	code.Rest(&out.Options)
	if err != nil {
		r.refusedSettings(err, subject)
	} else if good {
		r.checkClient(out, subject)
	}
	like := spec.Settings{BootstrapServers: out.p.BootstrapServers, AllowInsecure: out.p.AllowInsecure, Properties: out.p.Properties}
	out.Notes = r.checkSecurity(spec.WithDefaults(like), subject)
	out.Text = textOfTemplate(out)
	return out
}

// withoutConsumers leaves out what kafka.* says to consumers: the client would warn of it.
func withoutConsumers(properties map[string]spec.Value[string]) map[string]spec.Value[string] {
	out := make(map[string]spec.Value[string], len(properties))
	for name, v := range properties {
		if !broker.ConsumerOnly(name) {
			out[name] = v
		}
	}
	return out
}

// expandTemplate resolves the placeholders in what code says.
func (r *resolver) expandTemplate(c template.Code, subject string) template.Code {
	p := &c.Producer
	for key, field := range map[string]*spec.Value[string]{
		"bootstrap-servers": &p.BootstrapServers, "cluster": &p.Cluster, "client-id": &p.ClientID,
		"transaction-id-prefix": &p.TransactionIDPrefix, "transaction-instance": &p.TransactionInstance,
		"default-topic": &c.Template.DefaultTopic,
	} {
		if field.IsSet() {
			*field = r.expandText(*field, key, subject)
		}
	}
	for name, v := range p.Properties {
		p.Properties[name] = r.expandText(v, "properties."+name, subject)
	}
	return c
}

// textOfTemplate prints the effective settings; notes stand above them.
func textOfTemplate(t layeredTemplate) string {
	out := fmt.Sprintf("# template %s (%s)\n", t.Name, t.Where)
	for _, n := range t.Notes {
		out += "# " + n + "\n"
	}
	for _, route := range t.Routes {
		out += fmt.Sprintf("# topics %s go by the template %s\n", route.Topics, route.Template)
	}
	return out + spec.RenderTemplate(withTemplateDefaults(t), t.t)
}

// withTemplateDefaults adds what the client gets unless it is set, for printing.
func withTemplateDefaults(t layeredTemplate) spec.Producer {
	var below spec.Producer
	below.BootstrapServers = spec.Set("localhost:9092", spec.DefaultOrigin)
	below.ClientID = spec.Set("hearken-"+t.Name, spec.DefaultOrigin)
	for _, d := range broker.ProducerDefaults() {
		below.SetProperty(d.Key, d.Value, spec.DefaultOrigin)
	}
	if t.p.BufferMemory.IsSet() { // the same under another name
		delete(below.Properties, "queue.buffering.max.kbytes")
	}
	return spec.LayerProducer(below, t.p)
}
