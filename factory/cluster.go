package factory

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// onCluster puts the entry of kafka.clusters that the layers choose below all
// but kafka.*, which loses its own connection. layers begins with kafka.*.
func (r *resolver) onCluster(layers []spec.Settings, subject string) []spec.Settings {
	var chosen spec.Value[string]
	for _, l := range layers {
		if l.Cluster.IsSet() {
			chosen = l.Cluster
		}
	}
	if chosen.V == "" {
		return layers
	}
	entry, ok := clusterOf(r.cfg, chosen.V)
	if !ok {
		var names []string
		for _, e := range clustersOf(r.cfg) {
			names = append(names, e.Name)
		}
		r.faults.AddOnce(&Fault{
			Kind: ErrInvalidSetting, Subject: r.subjectOf("cluster", chosen.Origin, subject), Key: "cluster", Origin: chosen.Origin,
			Problem: fmt.Sprintf("there is no cluster %q", spec.Printable("", chosen.V)),
			Fix:     spec.DidYouMean(chosen.V, names, "there is "+list(names, "no cluster at all")+": add it below kafka.clusters"),
		})
		return layers
	}
	r.checkBrokersBelow(layers, chosen, subject)
	below := spec.Layer(withoutConnection(layers[0]), entry)
	return append([]spec.Settings{below}, layers[1:]...)
}

// checkBrokersBelow reports brokers that were named below the layer that
// chose the cluster: they would win, and records would go to a cluster that
// nobody meant.
func (r *resolver) checkBrokersBelow(layers []spec.Settings, chosen spec.Value[string], subject string) {
	var named spec.Value[string]
	for i, l := range layers {
		if i > 0 && l.BootstrapServers.IsSet() {
			named = l.BootstrapServers
		}
		if l.Cluster == chosen && named.IsSet() && !l.BootstrapServers.IsSet() {
			r.faults.AddOnce(&Fault{
				Kind: ErrContradiction, Subject: subject, Key: "cluster", Origin: chosen.Origin,
				Problem: fmt.Sprintf("names a cluster, but bootstrap-servers (%s) names brokers", named.Origin),
				Fix:     "remove one of them",
			})
		}
	}
}

// checkClusters looks at each cluster alone, so that one that is in no use yet
// is right on the day when it is.
func (r *resolver) checkClusters() {
	for _, e := range clustersOf(r.cfg) {
		set, _ := clusterOf(r.cfg, e.Name)
		subject := fmt.Sprintf("cluster %q (%s)", e.Name, e.Origin)
		if strings.TrimSpace(set.BootstrapServers.V) == "" {
			r.faults.Add(&Fault{
				Kind: ErrInvalidSetting, Subject: subject, Key: "bootstrap-servers", Origin: e.Origin,
				Problem: "the cluster has no brokers", Fix: "add kafka.clusters." + e.Name + ".bootstrap-servers",
			})
		}
		r.checkValues(set, subject)
		r.checkProperties(set, subject)
	}
}

// subjectOf returns whose fault it is: nobody's, or a cluster's, where the
// setting was written for all.
func (r *resolver) subjectOf(key, origin, subject string) string {
	switch {
	case origin == "" || origin == spec.DefaultOrigin:
		return subject
	case wrote(r.kafka, key, origin):
		return ""
	}
	for _, e := range clustersOf(r.cfg) {
		if set, _ := clusterOf(r.cfg, e.Name); wrote(set, key, origin) {
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
	_, from := k.Get(s)
	return from == origin
}
