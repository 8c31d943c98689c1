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

// SetProperty sets a client property. The client's two names for the bootstrap
// servers set that setting, so that it has one home.
func (s *Settings) SetProperty(name, value, origin string) {
	if name == "bootstrap.servers" || name == "metadata.broker.list" {
		s.BootstrapServers = Set(value, origin)
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
