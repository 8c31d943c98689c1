package spec

import "strings"

// WithoutConnection returns s without all that says where a cluster is, how to
// reach it and with which credentials: bootstrap-servers, allow-insecure, the
// name of a cluster, and the client properties of IsConnection. A listener or
// factory that names a cluster gets that cluster's settings over what
// WithoutConnection leaves of the layers below it, so that no credentials reach
// a cluster that they are not for. s itself is not changed.
func WithoutConnection(s Settings) Settings {
	s.BootstrapServers = Value[string]{}
	s.AllowInsecure = Value[bool]{}
	s.Cluster = Value[string]{}
	s.Properties = withoutConnection(s.Properties)
	return s
}

func withoutConnection(properties map[string]Value[string]) map[string]Value[string] {
	out := make(map[string]Value[string], len(properties))
	for name, v := range properties {
		if !IsConnection(name) && !v.Secret {
			out[name] = v
		}
	}
	return out
}

// IsConnection reports whether a client property belongs to one cluster: its
// addresses, its security, and everything secret.
func IsConnection(property string) bool {
	name := strings.ToLower(property)
	for _, prefix := range []string{"security.", "ssl.", "sasl.", "https.", "enable.ssl.", "enable.sasl.", "broker.address.", "broker.version."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "bootstrap.servers", "metadata.broker.list", "client.dns.lookup", "client.rack":
		return true
	default:
		return IsSecret(property)
	}
}

// ChosenCluster returns the cluster that layers choose and the layer that did,
// -1 where none says anything. "" is kafka.* itself.
func ChosenCluster(layers []*Settings) (chosen Value[string], at int) {
	at = -1
	for i, l := range layers {
		if l.Cluster.IsSet() {
			chosen, at = l.Cluster, i
		}
	}
	return chosen, at
}

// OnCluster returns the layers, of which the first is kafka.*, as they are
// where layer at has chosen the cluster with that entry of kafka.clusters: the
// entry lies over kafka.*, and no layer below the one that chose keeps a
// connection. Where it chose kafka.* itself, kafka.* keeps its own. Neither layers
// nor what they point to are changed.
func OnCluster(layers []*Settings, at int, entry Settings) []*Settings {
	chosen := layers[at].Cluster
	out := make([]*Settings, len(layers))
	for i, l := range layers {
		switch {
		case i == 0 && chosen.V != "":
			l = new(Layer(WithoutConnection(*l), entry))
			l.Cluster = chosen
		case i > 0 && i < at:
			l = new(WithoutConnection(*l))
		}
		out[i] = l
	}
	return out
}
