package factory

import (
	"fmt"
	"maps"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/spec"
)

// stack puts layers over each other. A layer cannot take a setting back, and
// configuration has the last word: so where a layer chooses, what the layers
// below it said for another choice is left behind, with a note.
func stack(layers []*spec.Settings) (*spec.Settings, []string) {
	out := new(spec.Settings)
	var notes []string
	for _, upper := range layers {
		if mode := upper.AckMode; mode.IsSet() && mode.V.Valid() {
			notes = append(notes, leaveMode(out, mode)...)
		}
		if p := upper.GroupProtocol; p.IsSet() && p.V == consumerProtocol {
			notes = append(notes, leaveClassic(out, p)...)
		}
		notes = append(notes, leaveSubscription(out, upper)...)
		out.Put(upper)
	}
	return out, notes
}

// leaveMode leaves settings behind that the mode has no use for.
func leaveMode(below *spec.Settings, mode spec.Value[ackmode.Mode]) []string {
	var notes []string
	for _, b := range boundSettings {
		k, _ := spec.Lookup(b.key)
		text, origin := k.Get(below)
		if origin == "" || b.means(mode.V.Row()) {
			continue
		}
		notes = append(notes, fmt.Sprintf("%s: %s (%s) is not used: %s (%s) has no use for it", b.key, text, origin, mode.V, mode.Origin))
		b.clear(below)
	}
	return notes
}

// leaveClassic leaves what only classic groups know behind.
func leaveClassic(below *spec.Settings, protocol spec.Value[string]) []string {
	var notes []string
	note := func(key string, v spec.Value[string]) {
		notes = append(notes, fmt.Sprintf("%s: %s (%s) is not used: under group-protocol %s (%s) the broker decides it", key, shown(v), v.Origin, protocol.V, protocol.Origin))
	}
	if a := below.Assignor; a.IsSet() {
		note("assignor", a)
		below.Assignor = spec.Value[string]{}
	}
	for _, name := range classicProperties {
		if v, ok := below.Properties[name]; ok {
			note("properties."+name, v)
			below.Properties = maps.Clone(below.Properties)
			delete(below.Properties, name)
		}
	}
	return notes
}

// leaveSubscription leaves topics behind where explicit partitions come
// instead, and the reverse.
func leaveSubscription(below, upper *spec.Settings) []string {
	leave := func(key string, old *spec.Value[[]string], instead string, by spec.Value[[]string]) []string {
		origin := old.Origin
		*old = spec.Value[[]string]{}
		return []string{fmt.Sprintf("%s (%s) are not used: %s (%s) come instead", key, origin, instead, by.Origin)}
	}
	switch {
	case upper.Topics.IsSet() == upper.Partitions.IsSet():
		return nil
	case upper.Partitions.IsSet() && below.Topics.IsSet():
		return leave("topics", &below.Topics, "partitions", upper.Partitions)
	case upper.Topics.IsSet() && below.Partitions.IsSet():
		return leave("partitions", &below.Partitions, "topics", upper.Topics)
	}
	return nil
}
