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
