package spec

import (
	"maps"
	"strings"
)

// Layer puts upper over lower: field by field the upper one wins where it is
// set, properties are merged by name, and middleware
// and filters add up, with those of the lower layer outside. Neither argument is changed.
func Layer(lower, upper Settings) Settings {
	lower.Put(&upper)
	return lower
}

// Put is Layer in place: s, the lower one, becomes both. Settings are 3 KB, and
// a listener has up to eight layers. What s has had in common with others stays theirs.
func (s *Settings) Put(upper *Settings) {
	for i := range Keys {
		Keys[i].layer(s, upper)
	}
	s.Codec = upper.Codec.over(s.Codec)
	s.KeyCodec = upper.KeyCodec.over(s.KeyCodec)
	s.OrderKey = upper.OrderKey.over(s.OrderKey)
	s.ErrorHandler = upper.ErrorHandler.over(s.ErrorHandler)
	s.Rebalance = upper.Rebalance.over(s.Rebalance)
	s.Sender = upper.Sender.over(s.Sender)
	s.RetryErrors = upper.RetryErrors.over(s.RetryErrors)
	s.Middleware = append(append([]any(nil), s.Middleware...), upper.Middleware...)
	s.Filters = append(append([]any(nil), s.Filters...), upper.Filters...)
	s.Validator = upper.Validator.over(s.Validator)
	s.Properties = layerProperties(s.Properties, upper.Properties)
}

// Merge puts layers over each other, the first at the bottom.
func Merge(layers ...*Settings) Settings {
	var out Settings
	for _, l := range layers {
		out.Put(l)
	}
	return out
}

// layerProperties merges by name. A secret from a file and one that is written
// down are the same property: the upper layer's replaces the lower one's.
func layerProperties(lower, upper map[string]Value[string]) map[string]Value[string] {
	out := make(map[string]Value[string], len(lower)+len(upper))
	maps.Copy(out, lower)
	for name, v := range upper {
		putProperty(out, name, v)
	}
	return out
}

func putProperty(to map[string]Value[string], name string, v Value[string]) {
	if base, ok := strings.CutSuffix(name, fileSuffix); ok {
		delete(to, base)
	} else {
		delete(to, name+fileSuffix)
	}
	v.Secret = v.Secret || IsSecret(name)
	to[name] = v
}

// SetProperty sets a client property. A property that is a setting of its own
// sets that one, so that it has one home; its value is checked where settings are.
func (s *Settings) SetProperty(name, value, origin string) { s.PutProperty(name, Set(value, origin)) }

// PutProperty is SetProperty for a value that may be a secret.
func (s *Settings) PutProperty(name string, v Value[string]) {
	switch SettingOf(name) {
	case "bootstrap-servers":
		s.BootstrapServers = v
	case "isolation-level":
		s.IsolationLevel = tidy(v, parseIsolation)
	case "group-protocol":
		s.GroupProtocol = tidy(v, parseProtocol)
	case "group-instance-id":
		s.GroupInstanceID = v
	case "assignor":
		s.Assignor = tidy(v, parseAssignor)
	default:
		if s.Properties == nil {
			s.Properties = map[string]Value[string]{}
		}
		putProperty(s.Properties, name, v)
	}
}

// SettingOf returns the setting that a client property of factories and
// listeners sets, "" where it stays a property.
func SettingOf(property string) string {
	switch property {
	case "bootstrap.servers", "metadata.broker.list":
		return "bootstrap-servers"
	case "isolation.level":
		return "isolation-level"
	case "group.protocol":
		return "group-protocol"
	case "group.instance.id":
		return "group-instance-id"
	case "partition.assignment.strategy":
		return "assignor"
	default:
		return ""
	}
}

// parseServers removes the blanks that lists of hosts tend to have.
func parseServers(s string) (string, error) {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ","), nil
}

// tidy gives a value its canonical spelling where it has one.
func tidy(v Value[string], parse func(string) (string, error)) Value[string] {
	if canonical, err := parse(v.V); err == nil {
		v.V = canonical
	}
	return v
}
