package factory

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hearken-go/hearken/internal/spec"
)

// checkTemplate reports values out of their range, and what contradicts itself.
func (r *resolver) checkTemplate(t layeredTemplate, subject string) {
	c := check{r: r, subject: subject}
	between(c, "max-transactions", t.p.MaxTransactions, 1, 10_000)
	between(c, "batch-size", t.p.BatchSize, 1, 1<<31-1)
	between(c, "buffer-memory", t.p.BufferMemory, 1, 1<<40)
	between(c, "retries", t.p.Retries, 0, 1<<31-1)
	between(c, "close-timeout", t.t.CloseTimeout, 0, time.Hour)
	c.text("client-id", t.p.ClientID)
	c.text("bootstrap-servers", t.p.BootstrapServers)
	c.text("transaction-id-prefix", t.p.TransactionIDPrefix)
	c.text("transaction-instance", t.p.TransactionInstance)
	if topic := t.t.DefaultTopic; topic.IsSet() && !spec.LegalTopic.MatchString(topic.V) {
		c.fault(ErrInvalidSetting, "default-topic", topic.Origin, fmt.Sprintf("%q is no topic's name", shown(topic)), "use 1 to 249 letters, digits, dots, underscores and hyphens")
	}
	if cluster := t.p.Cluster; cluster.V != "" {
		if _, ok := r.cfg.Cluster(cluster.V); !ok {
			r.unknownCluster(cluster, subject)
		}
	}
	c.durability(t)
}

// durability compares acks, idempotence and transactions.
func (c check) durability(t layeredTemplate) {
	acks, prefix := t.p.Acks, t.p.TransactionIDPrefix
	idempotence := t.p.Properties["enable.idempotence"]
	weak := acks.IsSet() && acks.V != "all"
	off := idempotence.IsSet() && strings.EqualFold(idempotence.V, "false")
	switch {
	case prefix.V != "" && weak:
		c.fault(ErrContradiction, "acks", acks.Origin, fmt.Sprintf("acks %s beside transaction-id-prefix (%s)", acks.V, prefix.Origin), "transactions need acks: all; remove one of them")
	case prefix.V != "" && off:
		c.fault(ErrContradiction, "properties.enable.idempotence", idempotence.Origin, fmt.Sprintf("is off beside transaction-id-prefix (%s)", prefix.Origin), "transactions need it; remove one of them")
	case weak && strings.EqualFold(idempotence.V, "true"):
		c.fault(ErrContradiction, "properties.enable.idempotence", idempotence.Origin, fmt.Sprintf("is on beside acks %s (%s)", acks.V, acks.Origin), "idempotence needs acks: all; remove one of them")
	}
	if alone := t.t.AllowNonTransactional; alone.V && prefix.V == "" && strings.HasPrefix(alone.Origin, "code ") {
		c.fault(ErrContradiction, "allow-non-transactional", alone.Origin, "without transaction-id-prefix every send is non-transactional", "remove it, or set transaction-id-prefix")
	}
}

// refusedSettings reports what can't be read, in the name of the template.
func (r *resolver) refusedSettings(err error, subject string) {
	list := []error{err}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		list = many.Unwrap()
	}
	for _, e := range list {
		f, ok := errors.AsType[*Fault](e)
		if !ok {
			f = &Fault{Kind: ErrInvalidSetting, Problem: e.Error(), Cause: e}
		}
		r.attribute(f, subject)
	}
}

// checkClient asks the client itself, without a broker.
func (r *resolver) checkClient(t layeredTemplate, subject string) {
	config, err := t.Options.ClientConfig()
	if err != nil {
		r.refusedSettings(err, subject)
		return
	}
	like := spec.Settings{Properties: t.p.Properties}
	for name := range t.Options.Properties {
		v := t.p.Properties[name]
		if spec.IsSecretFile(name) {
			content, err := spec.ReadSecret(v.V)
			if err != nil {
				r.attribute(unreadable(name, v.Origin, err), subject)
			} else {
				config[strings.TrimSuffix(name, secretFile)] = content
			}
			delete(config, name)
			continue
		}
		if _, isOwned := ownedProperties[name]; isOwned {
			continue
		}
		if fault := propertyFault(name, v.V, like); fault != nil {
			fault.Key, fault.Origin = "properties."+spec.Printable("", name), v.Origin
			r.attribute(fault, subject)
			delete(config, name)
		}
	}
	for _, f := range r.client.producerFaults(config, like) {
		f.Key, f.Origin = t.whose(f.Key)
		r.attribute(f, subject)
	}
}

// whose is the setting that made a client property, and where it was written.
func (t layeredTemplate) whose(property string) (key, origin string) {
	for key, made := range map[string]string{
		"acks": "acks", "compression-type": "compression.type", "batch-size": "batch.size", "retries": "retries",
		"buffer-memory": "queue.buffering.max.kbytes", "bootstrap-servers": "bootstrap.servers",
	} {
		k, _ := spec.LookupIn(spec.ProducerKeys, key)
		if _, from := k.Get(&t.p); made == property && from != "" {
			return key, from
		}
	}
	for _, name := range []string{property, property + secretFile} {
		if v, ok := t.p.Properties[name]; ok {
			return "properties." + name, v.Origin
		}
	}
	return property, ""
}

// twins reports templates of this program that would fence each other.
func (r *resolver) twins(t layeredTemplate, ids map[string]layeredTemplate, subject string) {
	prefix := t.p.TransactionIDPrefix
	if prefix.V == "" {
		return
	}
	id := t.p.BootstrapServers.V + "\x00" + prefix.V + "\x00" + t.p.TransactionInstance.V
	if other, taken := ids[id]; taken {
		r.faults.Add(&Fault{
			Kind: ErrContradiction, Subject: subject, Key: "transaction-id-prefix", Origin: prefix.Origin,
			Problem: fmt.Sprintf("%q is the prefix of the template %q (%s; %s), too: they would fence each other", shown(prefix), other.Name, other.Where, other.p.TransactionIDPrefix.Origin),
			Fix:     "give each template a prefix of its own",
		})
		return
	}
	ids[id] = t
}

// routes reports routes to templates that there are not, or that route on.
func (r *resolver) routes(specs []TemplateSpec, where map[string]string) {
	onward := map[string]bool{}
	var names []string
	for _, s := range specs {
		names = append(names, s.Name)
		onward[s.Name] = len(s.Routes) > 0
	}
	for _, s := range specs {
		for _, route := range s.Routes {
			f := &Fault{Kind: ErrInvalidSetting, Subject: fmt.Sprintf("template %q (%s)", s.Name, s.Where)}
			f.Problem = fmt.Sprintf("the route of %q leads to the template %q, ", route.Topics, route.Template)
			_, err := regexp.Compile(route.Topics)
			switch {
			case err != nil:
				f.Problem, f.Fix = fmt.Sprintf("the route of %q is no regular expression: %v", route.Topics, err), "see the syntax of package regexp"
			case where[route.Template] == "":
				f.Problem += "which there is not"
				f.Fix = spec.DidYouMean(route.Template, names, "there is "+list(names, "no template"))
			case onward[route.Template]:
				f.Problem, f.Fix = f.Problem+"which has routes itself", "name the template that sends"
			default:
				continue
			}
			r.faults.Add(f)
		}
	}
}
