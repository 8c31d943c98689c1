package factory

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// An AdminSpec is what an admin client is made of, checked.
type AdminSpec struct {
	Client           map[string]string // the client's properties; files that hold secrets are still named
	OperationTimeout time.Duration     // 0 where nobody set one
	CloseTimeout     time.Duration
	Notes            []string // what is allowed and seldom meant
}

// NewAdminSpec puts kafka.admin over kafka.* and returns what an admin client
// is made of. It connects to nothing. All faults are joined; those of cfg itself
// are not among them.
func NewAdminSpec(cfg *config.Config) (AdminSpec, error) {
	r := newResolver(cfg)
	r.faults = spec.Faults{}
	r.faults.Share(r.kafka)
	const subject = "kafka.admin"
	own := r.cfg.Admin()
	var layer spec.Settings
	for name, v := range own.Properties {
		layer.PutProperty(name, v)
	}
	layers, notes := r.onCluster([]*spec.Settings{&r.kafka, &layer}, subject)
	set, _ := stack(layers)
	c := check{r: r, subject: subject}
	between(c, "operation-timeout", own.OperationTimeout, time.Millisecond, time.Hour)
	between(c, "close-timeout", own.CloseTimeout, 0, time.Hour)
	c.text("client-id", own.ClientID)
	c.text("bootstrap-servers", set.BootstrapServers)
	full := spec.WithDefaults(*set)
	notes = append(notes, r.checkSecurity(full, subject)...)
	client := clientConfig(full, "admin")
	delete(client, "group.id")
	if own.ClientID.IsSet() {
		client["client.id"] = own.ClientID.V
	}
	maps.DeleteFunc(client, func(name, _ string) bool { return broker.ConsumerOnly(name) })
	r.checkAdmin(client, full, subject)
	return AdminSpec{client, own.OperationTimeout.V, own.CloseTimeout.V, notes}, r.faults.Err()
}

// checkAdmin asks the client itself, without a broker.
func (r *resolver) checkAdmin(client map[string]string, s spec.Settings, subject string) {
	probe := maps.Clone(client)
	for name, value := range client {
		if spec.IsSecretFile(name) {
			content, err := spec.ReadSecret(value)
			if err != nil {
				r.attribute(unreadable(name, s.Properties[name].Origin, err), subject)
			} else {
				probe[strings.TrimSuffix(name, secretFile)] = content
			}
			delete(probe, name)
		}
	}
	for _, f := range r.client.all(probe, s, "admin\x00"+cacheKey(probe, s), firstOfAdmin) {
		if name := f.Key; name != "" {
			if _, ok := s.Properties[name]; !ok {
				name += secretFile
			}
			f.Key, f.Origin = "properties."+name, s.Properties[name].Origin
		}
		r.attribute(f, subject)
	}
}

func firstOfAdmin(config map[string]string, s spec.Settings) *Fault {
	probe := maps.Clone(config)
	delete(probe, "bootstrap.servers")
	probe["log_level"] = "0"
	a, err := broker.OpenAdmin(probe, nil)
	if err == nil {
		a.Close()
		return nil
	}
	return refused(err, config, s)
}

// A TopicSpec is a declared topic, checked. -1 is the brokers' default.
type TopicSpec struct {
	Name                 string
	Where                string // of the code, or of the configuration
	Partitions, Replicas int
	Config               map[string]string
}

// A TopicRecipe is what code says of a topic.
type TopicRecipe struct {
	Name, Where string
	Settings    spec.Topic
}

// TopicSpecs returns the topics that code and kafka.topics declare, which wins,
// sorted as code declares them. All faults are joined; those of cfg itself are not among them.
func TopicSpecs(cfg *config.Config, recipes []TopicRecipe) ([]TopicSpec, error) {
	r := newResolver(cfg)
	r.faults = spec.Faults{}
	where := map[string]string{}
	var out []TopicSpec
	for _, recipe := range recipes {
		name := r.expandText(spec.Set(recipe.Name, recipe.Where), "name", fmt.Sprintf("topic %q", recipe.Name)).V
		if name == "" && recipe.Name != "" {
			continue // its placeholder is reported
		}
		subject := fmt.Sprintf("topic %q (%s)", name, recipe.Where)
		if first, taken := where[name]; taken {
			r.faults.Add(&Fault{Kind: ErrContradiction, Subject: subject, Problem: "it is declared at " + first + " already", Fix: "remove one of them"})
			continue
		}
		where[name] = recipe.Where
		fromConfig, _ := r.cfg.Topic(name)
		out = append(out, r.topic(name, recipe.Where, subject, recipe.Settings.Under(fromConfig)))
	}
	for _, e := range r.cfg.Topics() {
		if _, taken := where[e.Name]; !taken {
			fromConfig, _ := r.cfg.Topic(e.Name)
			out = append(out, r.topic(e.Name, e.Origin, fmt.Sprintf("topic %q (%s)", e.Name, e.Origin), fromConfig))
		}
	}
	return out, r.faults.Err()
}

func (r *resolver) topic(name, where, subject string, s spec.Topic) TopicSpec {
	c := check{r: r, subject: subject}
	if problem := badTopic(name); problem != "" || !spec.LegalTopic.MatchString(name) {
		if problem == "" {
			problem = "it is a pattern, and not a name"
		}
		r.faults.Add(&Fault{Kind: ErrInvalidSetting, Subject: subject, Problem: problem, Fix: "use 1 to 249 letters, digits, dots, underscores and hyphens"})
	}
	between(c, "partitions", s.Partitions, 1, 1_000_000)
	between(c, "replicas", s.Replicas, 1, 1000)
	out := TopicSpec{Name: name, Where: where, Partitions: -1, Replicas: -1, Config: map[string]string{}}
	if s.Partitions.IsSet() {
		out.Partitions = s.Partitions.V
	}
	if s.Replicas.IsSet() {
		out.Replicas = s.Replicas.V
	}
	for setting, v := range s.Config {
		out.Config[setting] = v.V
	}
	return out
}
