package config

import "go.yaml.in/yaml/v3"

// A pair is one key of a map with its value.
type pair struct {
	key   string
	at    *yaml.Node // the key
	value *yaml.Node // never an alias
}

// pairs returns the keys of a map, those that a merge key (<<) brings behind
// its own, without those that it has itself.
func (d *document) pairs(n *yaml.Node) []pair {
	var own, merged []pair
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], deref(n.Content[i+1])
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, d.mergeOf(value)...)
		case deref(key).Kind != yaml.ScalarNode:
			d.fault(ErrSyntax, nil, key, "has a map or a list as a key", "keys are plain text")
		case seen[deref(key).Value] != nil:
			d.fault(ErrInvalidSetting, nil, key, "sets the key of line "+line(seen[deref(key).Value])+" again", "remove one of them")
		default:
			seen[deref(key).Value] = key
			own = append(own, pair{deref(key).Value, key, value})
		}
	}
	for _, p := range merged {
		if seen[p.key] == nil {
			seen[p.key] = p.at
			own = append(own, p)
		}
	}
	return own
}

// mergeOf returns the keys of a map, or of a list of maps, that is merged in.
func (d *document) mergeOf(n *yaml.Node) []pair {
	maps := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		maps = n.Content
	}
	var out []pair
	for _, m := range maps {
		if m = deref(m); m.Kind != yaml.MappingNode {
			d.fault(ErrSyntax, nil, m, "merges something that is no map", "<< takes an alias of a map")
			continue
		}
		for i := 0; i+1 < len(m.Content); i += 2 {
			if d.budget--; d.budget < 0 {
				return out
			}
			// A merge inside a merged map is not followed: nothing needs it.
			if key := deref(m.Content[i]); key.Kind == yaml.ScalarNode && key.Tag != "!!merge" {
				out = append(out, pair{key.Value, key, deref(m.Content[i+1])})
			}
		}
	}
	return out
}

func deref(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
