package spec

import (
	"maps"
	"strings"
)

// Layer puts upper over lower: field by field the upper one wins where it is
// set, properties are merged by name, and middleware adds up, with that of the
// lower layer outside. Neither argument is changed.
func Layer(lower, upper Settings) Settings {
	out := lower
	for _, k := range Keys {
		k.layer(&out, &upper)
	}
	out.Codec = upper.Codec.over(lower.Codec)
	out.KeyCodec = upper.KeyCodec.over(lower.KeyCodec)
	out.ErrorHandler = upper.ErrorHandler.over(lower.ErrorHandler)
	out.Rebalance = upper.Rebalance.over(lower.Rebalance)
	out.Middleware = append(append([]any(nil), lower.Middleware...), upper.Middleware...)
	out.Properties = make(map[string]Value[string], len(lower.Properties)+len(upper.Properties))
	maps.Copy(out.Properties, lower.Properties)
	maps.Copy(out.Properties, upper.Properties)
	return out
}

// Merge puts layers over each other, the first at the bottom.
func Merge(layers ...Settings) Settings {
	var out Settings
	for _, l := range layers {
		out = Layer(out, l)
	}
	return out
}

// SetProperty sets a client property. A property that is a setting of its own
// sets that one, so that it has one home; its value is checked where settings are.
func (s *Settings) SetProperty(name, value, origin string) {
	switch name {
	case "bootstrap.servers", "metadata.broker.list":
		s.BootstrapServers = Set(value, origin)
		return
	case "isolation.level":
		s.IsolationLevel = Set(tidy(value, parseIsolation), origin)
		return
	case "group.protocol":
		s.GroupProtocol = Set(tidy(value, parseProtocol), origin)
		return
	case "group.instance.id":
		s.GroupInstanceID = Set(value, origin)
		return
	case "partition.assignment.strategy":
		s.Assignor = Set(tidy(value, parseAssignor), origin)
		return
	}
	if s.Properties == nil {
		s.Properties = map[string]Value[string]{}
	}
	s.Properties[name] = Set(value, origin)
}

// parseServers removes the blanks that lists of hosts tend to have.
func parseServers(s string) (string, error) {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ","), nil
}

// tidy returns the canonical spelling of a value, or the value itself.
func tidy(value string, parse func(string) (string, error)) string {
	if canonical, err := parse(value); err == nil {
		return canonical
	}
	return value
}
