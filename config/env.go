package config

import (
	"slices"
	"strings"
	"sync"

	"github.com/knadh/koanf/providers/env/v2"

	"github.com/hearken-go/hearken/internal/spec"
)

// loadEnviron puts the variables that name a setting over the files. All
// others are ignored: Kubernetes injects KAFKA_PORT where a service is called
// kafka, and Kafka's own images have KAFKA_LISTENERS.
func (c *Config) loadEnviron(environ []string) {
	for _, prefix := range []string{"SPRING_KAFKA_", "KAFKA_"} {
		provider := env.Provider(delim, env.Opt{
			Prefix:      prefix,
			EnvironFunc: func() []string { return environ },
			TransformFunc: func(name, value string) (string, any) {
				path := envPath(strings.TrimPrefix(name, "SPRING_"))
				if path == nil {
					if prefix != "KAFKA_" { // nobody else has names like that
						c.warnf("env %s is not read: it means nothing here", spec.Printable("", name))
					}
					return "", nil
				}
				t, _ := classify(path)
				if prefix != "KAFKA_" {
					path = append([]string{"spring"}, path...)
				}
				joined := strings.Join(path, delim)
				c.origins[joined] = leaf{
					value: value, file: "env", origin: "env " + name,
					literal: t.secret(), // a password is no template
				}
				return joined, value
			},
		})
		// Reading variables can't fail: the provider only splits strings.
		_ = c.values.Load(provider, nil)
	}
}

// envPath returns the path that a variable sets, nil where it sets none.
func envPath(name string) []string {
	if path, ok := fixedNames()[spec.Fold(name)]; ok {
		return path
	}
	for i := range sections {
		s := &sections[i]
		if !s.named {
			continue
		}
		rest, ok := strings.CutPrefix(name, "KAFKA_"+strings.ToUpper(s.path[0])+"_")
		if !ok {
			continue
		}
		words := strings.Split(rest, "_")
		for i := 1; i < len(words); i++ {
			if tail := s.envTail(spec.Fold(strings.Join(words[i:], ""))); tail != nil {
				return append([]string{"kafka", s.path[0], envMark + spec.Fold(strings.Join(words[:i], ""))}, tail...)
			}
		}
	}
	return nil
}

// envTail returns what a folded name sets below a name of the section.
func (s *section) envTail(folded string) []string {
	for _, name := range s.names() {
		if spec.Fold(name) == folded {
			return strings.Split(name, ".")
		}
	}
	if property, ok := strings.CutPrefix(folded, "properties"); ok {
		for _, p := range spec.VariableNames() {
			if spec.Fold(p) == property {
				return []string{"properties", p}
			}
		}
	}
	return nil
}

// fixedNames are the settings whose path holds no name, by folded variable.
var fixedNames = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	add := func(s *section, tail ...string) {
		path := slices.Concat([]string{"kafka"}, s.path, tail)
		out[spec.Fold(strings.Join(path, ""))] = path
	}
	for i := range sections {
		s := &sections[i]
		if s.named {
			continue
		}
		if s.properties {
			for _, p := range spec.VariableNames() {
				add(s, "properties", p)
			}
		}
		for _, name := range s.names() {
			add(s, strings.Split(name, ".")...)
		}
	}
	return out
})

// variable is the environment's name of a setting in a section without names.
func (s *section) variable(name string) string {
	return relaxed(s.String() + "." + strings.TrimPrefix(name, "."))
}

func environMap(environ []string) map[string]string {
	out := make(map[string]string, len(environ))
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok {
			out[name] = value
		}
	}
	return out
}
