package factory

import (
	"fmt"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
)

// addClientDefaults adds what the client gets unless it is set, for printing.
func addClientDefaults(s *spec.Settings) {
	for _, d := range broker.Defaults(s.GroupProtocol.V, s.Reader.V) {
		if _, ok := s.Properties[d.Key]; !ok && d.Key != assignorProperty { // that one is a setting with a default of its own
			s.SetProperty(d.Key, d.Value, spec.DefaultOrigin)
		}
	}
}

const (
	assignorProperty = "partition.assignment.strategy"
	staticProperty   = "group.instance.id"
)

// clientConfig returns the configuration of a listener's clients; the client.id
// and the group.instance.id lack the member's number. Texts may name files
// that hold secrets, still.
func clientConfig(s spec.Settings, id string) map[string]string {
	out := make(map[string]string, len(s.Properties)+8)
	for name, v := range s.Properties {
		_, isOwned := ownedProperties[name]
		_, isIdle := idleProperties[name]
		if !isOwned && !isIdle {
			out[name] = v.V
		}
	}
	out["bootstrap.servers"] = s.BootstrapServers.V
	out["group.id"] = s.GroupID.V
	out["client.id"] = fmt.Sprintf("%s-%s", s.ClientID.V, id)
	out["auto.offset.reset"] = clientReset(s.AutoOffsetReset.V)
	out["max.poll.interval.ms"] = ms(s)
	out["isolation.level"] = s.IsolationLevel.V
	out["group.protocol"] = s.GroupProtocol.V
	if s.GroupInstanceID.V != "" {
		out[staticProperty] = fmt.Sprintf("%s-%s", s.GroupInstanceID.V, id)
	}
	if a := s.Assignor; a.IsSet() && a.V != keepAssignor {
		out[assignorProperty] = a.V
	}
	return out
}

// memberConfig returns the configuration of one group member, without what
// nobody chose: the broker package has its defaults by itself, other ones by each reader.
func memberConfig(s spec.Settings, id string, index int) map[string]string {
	out := clientConfig(s, id)
	for name, v := range s.Properties {
		if v.Origin == spec.DefaultOrigin {
			delete(out, name)
		}
	}
	out["client.id"] = memberName(s.ClientID.V, id, index)
	if static := staticID(s, id, index); static != "" {
		out[staticProperty] = static // one id may be alive once
	}
	return out
}
