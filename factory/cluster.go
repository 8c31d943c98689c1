package factory

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// onCluster puts the entry of kafka.clusters that the layers choose over
// kafka.*, and takes the connection out of every layer below the one that
// chose, so that no password reaches a cluster that it is not for. layers
// begins with kafka.*.
func (r *resolver) onCluster(layers []*spec.Settings, subject string) (out []*spec.Settings, notes []string) {
	chosen, at := spec.ChosenCluster(layers)
	if at < 0 {
		return layers, nil
	}
	entry, ok := r.cfg.Cluster(chosen.V)
	if !ok && chosen.V != "" {
		r.unknownCluster(chosen, subject)
		return layers, nil
	}
	if named := layers[at].BootstrapServers; at > 0 && named.IsSet() {
		r.faults.AddOnce(&Fault{
			Kind: ErrContradiction, Subject: subject, Key: "cluster", Origin: chosen.Origin,
			Problem: fmt.Sprintf("names a cluster, but bootstrap-servers (%s) names brokers", named.Origin), Fix: "remove one of them",
		})
	}
	for _, l := range layers[1:max(1, at)] {
		if l.BootstrapServers.IsSet() {
			notes = append(notes, fmt.Sprintf("bootstrap-servers (%s) and what belongs to them are not used: cluster (%s) chooses another cluster", l.BootstrapServers.Origin, chosen.Origin))
		}
	}
	return spec.OnCluster(layers, at, entry), notes
}

// strayPassword notes a password that goes to brokers which a layer above it
// names: it may be meant for them, or for those of its own layer only.
func strayPassword(layers []*spec.Settings) []string {
	at := 0
	var lower, named spec.Value[string]
	for i, l := range layers {
		if l.BootstrapServers.IsSet() {
			at, lower, named = i, named, l.BootstrapServers
		}
	}
	if !lower.IsSet() || lower.V == named.V {
		return nil
	}
	below, above := spec.Merge(layers[:at]...), spec.Merge(layers[at:]...)
	for _, name := range []string{"sasl.password", "sasl.password" + secretFile, "sasl.oauthbearer.client.secret"} {
		v, has := below.Properties[name]
		if _, own := above.Properties[name]; has && !own {
			return []string{fmt.Sprintf("warning: properties.%s (%s) goes to the brokers of bootstrap-servers (%s): where it is not meant for them, make them a cluster of kafka.clusters", name, v.Origin, named.Origin)}
		}
	}
	return nil
}

func (r *resolver) unknownCluster(chosen spec.Value[string], subject string) {
	var names []string
	for _, e := range r.cfg.Clusters() {
		names = append(names, e.Name)
	}
	r.faults.AddOnce(&Fault{
		Kind: ErrInvalidSetting, Subject: subject, Key: "cluster", Origin: chosen.Origin,
		Problem: fmt.Sprintf("there is no cluster %q", shown(chosen)),
		Fix:     spec.DidYouMean(chosen.V, names, "there is "+list(names, "no cluster at all")+": add it below kafka.clusters"),
	})
}

// checkClusters looks at each cluster alone, so that one that is in no use yet
// is right on the day when it is.
func (r *resolver) checkClusters() {
	for _, e := range r.cfg.Clusters() {
		set, _ := r.cfg.Cluster(e.Name)
		subject := fmt.Sprintf("cluster %q (%s)", e.Name, e.Origin)
		if strings.TrimSpace(set.BootstrapServers.V) == "" {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Key: "bootstrap-servers", Origin: e.Origin,
				Problem: "the cluster has no brokers", Fix: "add kafka.clusters." + e.Name + ".bootstrap-servers",
			})
		}
		set = spec.Layer(spec.WithoutConnection(r.kafka), set)
		r.checkValues(set, subject)
		r.checkProperties(set, subject)
	}
}

// subjectOf returns whose fault it is: that of a cluster, where the setting was
// written for all that use it. What kafka.* says is known to the faults themselves.
func (r *resolver) subjectOf(key, origin, subject string) string {
	if origin == "" || origin == spec.DefaultOrigin {
		return subject
	}
	for _, e := range r.cfg.Clusters() {
		if set, _ := r.cfg.Cluster(e.Name); wrote(set, key, origin) {
			return fmt.Sprintf("cluster %q (%s)", e.Name, e.Origin)
		}
	}
	return subject
}

// wrote reports whether a layer has that key from that place.
func wrote(s spec.Settings, key, origin string) bool {
	if name, ok := strings.CutPrefix(key, "properties."); ok {
		return s.Properties[name].Origin == origin
	}
	k, ok := spec.Lookup(key)
	if !ok {
		return false
	}
	_, from := k.Get(&s)
	return from == origin
}

// shown is a text as it may be printed.
func shown(v spec.Value[string]) string { return spec.PrintProperty("", v) }
