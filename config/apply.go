package config

import (
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// apply expands and reads every value under kafka into the settings of its layer.
func (c *Config) apply() {
	for _, joined := range c.values.Keys() {
		path := strings.Split(joined, delim)
		if path[0] != "kafka" {
			continue
		}
		// A section that is empty, or that a later file has replaced by a value.
		t, f := classify(path)
		if f != nil {
			continue
		}
		l, ok := c.origins[joined]
		if !ok {
			continue
		}
		value, f := c.expandLeaf(path, l, t)
		if f == nil {
			f = c.assign(t, value, l.origin)
		}
		if f != nil {
			f.Key, f.Origin = displayEnv(path), l.origin
			c.faults.Add(f)
		}
	}
	c.namesOfEntries()
}

// expandLeaf resolves the placeholders of one value or of each in a list.
func (c *Config) expandLeaf(path []string, l leaf, t target) (any, *Fault) {
	if l.literal {
		return l.value, nil
	}
	e := c.expansion(strings.Join(path, delim), t.property != "" && spec.IsSecret(t.property))
	if text, ok := l.value.(string); ok {
		return e.run(text)
	}
	in, _ := l.value.([]string)
	out := make([]string, len(in))
	for i, text := range in {
		expanded, f := e.run(text)
		if f != nil {
			return nil, f
		}
		out[i] = expanded
	}
	return out, nil
}

// assign sets one value in its layer.
func (c *Config) assign(t target, value any, origin string) *Fault {
	s := c.layerOf(t)
	if t.property == "" {
		if err := t.key.Set(s, value, origin); err != nil {
			return &Fault{Kind: ErrInvalidSetting, Problem: spec.Printable("", err.Error()), Fix: t.key.Name + " is: " + t.key.Doc}
		}
	} else {
		text, ok := value.(string)
		if !ok {
			text = strings.Join(value.([]string), ",")
		}
		s.SetProperty(t.property, text, origin)
	}
	switch t.section {
	case "factories":
		c.factories[t.name] = *s
	case "listeners":
		c.listeners[t.name] = *s
	}
	return nil
}

func (c *Config) layerOf(t target) *spec.Settings {
	switch t.section {
	case "factories":
		s := c.factories[t.name]
		return &s
	case "listeners":
		s := c.listeners[t.name]
		return &s
	case "consumer":
		return &c.consumer
	default:
		return &c.kafka
	}
}

// namesOfEntries makes an entry of each name that a file holds, be it empty
// or faulty.
func (c *Config) namesOfEntries() {
	for joined := range c.named {
		section, name, _ := strings.Cut(joined, delim)
		entries := c.factories
		if section == "listeners" {
			entries = c.listeners
		}
		if _, ok := entries[name]; !ok {
			entries[name] = spec.Settings{}
		}
	}
}

// displayEnv is display without the mark of names from the environment.
func displayEnv(path []string) string { return strings.ReplaceAll(display(path), envMark, "") }
