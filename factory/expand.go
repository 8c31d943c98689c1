package factory

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// expand resolves the placeholders in the texts of one layer of code, in place. Those of
// configuration are resolved already; doing it twice would read a value as a
// template.
func (r *resolver) expand(s *spec.Settings, subject string) *spec.Settings {
	s.Factory = r.expandText(s.Factory, "factory", subject)
	s.GroupID = r.expandText(s.GroupID, "group-id", subject)
	s.ClientID = r.expandText(s.ClientID, "client-id", subject)
	s.BootstrapServers = r.expandText(s.BootstrapServers, "bootstrap-servers", subject)
	s.Cluster = r.expandText(s.Cluster, "cluster", subject)
	s.ReplyTo = r.expandText(s.ReplyTo, "reply-to", subject)
	s.GroupInstanceID = r.expandText(s.GroupInstanceID, "group-instance-id", subject)
	s.TransactionIDPrefix = r.expandText(s.TransactionIDPrefix, "transaction-id-prefix", subject)
	s.TransactionInstance = r.expandText(s.TransactionInstance, "transaction-instance", subject)
	s.Topics = r.expandTopics(s.Topics, subject)
	s.Partitions = r.expandPartitions(s.Partitions, subject)
	for _, key := range []string{"isolation-level", "group-protocol", "assignor"} {
		respell(s, key)
	}
	for name, v := range s.Properties {
		s.Properties[name] = r.expandText(v, "properties."+name, subject)
	}
	r.readTexts(s, subject)
	return s
}

// respell gives a word of code the spelling that configuration would have
// given it. A word that there is not stays, and is reported with the values.
func respell(s *spec.Settings, key string) {
	k, _ := spec.Lookup(key)
	if text, origin := k.Get(s); origin != "" && text != spec.Redacted {
		_ = k.Set(s, text, origin)
	}
}

func (r *resolver) expandText(v spec.Value[string], key, subject string) spec.Value[string] {
	out, err := r.cfg.ExpandFor(subject+key, v.V, v.Origin)
	if err == nil {
		return spec.Value[string]{V: out, Origin: v.Origin, Secret: r.cfg.Volatile(out).Secret}
	}
	r.unresolved(err, key, v.Origin, subject)
	return spec.Value[string]{} // as if unset: one fault per mistake
}

// expandTopics allows a placeholder to stand for several topics, with commas.
func (r *resolver) expandTopics(v spec.Value[[]string], subject string) spec.Value[[]string] {
	var out []string
	secret := false
	for _, t := range v.V {
		expanded, err := r.cfg.ExpandFor(subject+"topics", t, v.Origin)
		secret = secret || r.cfg.Volatile(expanded).Secret
		switch {
		case err != nil:
			r.unresolved(err, "topics", v.Origin, subject)
			out = append(out, fmt.Sprintf("unresolved-%d", len(out))) // keeps "no topics" from being said, too
		case expanded != t && strings.Contains(expanded, ",") && !strings.HasPrefix(expanded, "^"):
			for part := range strings.SplitSeq(expanded, ",") {
				out = append(out, strings.TrimSpace(part))
			}
		default:
			out = append(out, expanded)
		}
	}
	return spec.Value[[]string]{V: out, Origin: v.Origin, Secret: secret}
}

func (r *resolver) expandPartitions(v spec.Value[[]string], subject string) spec.Value[[]string] {
	out := make([]string, 0, len(v.V))
	secret := false
	for _, text := range v.V {
		expanded, err := r.cfg.ExpandFor(subject+"partitions", text, v.Origin)
		if err != nil {
			r.unresolved(err, "partitions", v.Origin, subject)
			expanded = fmt.Sprintf("unresolved-%d[*]", len(out)) // keeps another fault about it from being said, too
		}
		secret = secret || r.cfg.Volatile(expanded).Secret
		out = append(out, expanded)
	}
	return spec.Value[[]string]{V: out, Origin: v.Origin, Secret: secret}
}

func (r *resolver) unresolved(err error, key, origin, subject string) {
	f := &Fault{Kind: ErrUnresolved, Problem: "a placeholder can't be resolved"}
	var found *Fault
	if errors.As(err, &found) && !spec.IsSecret(strings.TrimPrefix(key, "properties.")) {
		f.Problem, f.Fix = found.Problem, found.Fix
	}
	f.Subject, f.Key, f.Origin = subject, key, origin
	r.faults.Add(f)
}
