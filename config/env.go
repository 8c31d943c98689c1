package config

import (
	"strings"

	"github.com/knadh/koanf/providers/env/v2"

	"github.com/hearken-go/hearken/internal/spec"
)

// loadEnviron puts the variables that name a setting over the files. All
// others are ignored: Kubernetes injects KAFKA_PORT where a service is called
// kafka, and Kafka's own images have KAFKA_LISTENERS.
func (c *Config) loadEnviron(environ []string) {
	fixed := fixedNames()
	provider := env.Provider(delim, env.Opt{
		Prefix:      "KAFKA_",
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			path := envPath(name, fixed)
			if path == nil {
				return "", nil
			}
			joined := strings.Join(path, delim)
			t, _ := classify(path)
			c.origins[joined] = leaf{
				value: value, file: "env", origin: "env " + name,
				literal: t.property != "" && spec.IsSecret(t.property), // a password is no template
			}
			return joined, value
		},
	})
	// Reading variables can't fail: the provider only splits strings.
	_ = c.values.Load(provider, nil)
}

// envPath returns the path that a variable sets, nil where it sets none.
func envPath(name string, fixed map[string][]string) []string {
	if path, ok := fixed[foldName(name)]; ok {
		return path
	}
	for _, section := range []string{"factories", "listeners"} {
		rest, ok := strings.CutPrefix(name, "KAFKA_"+strings.ToUpper(section)+"_")
		if !ok {
			continue
		}
		words := strings.Split(rest, "_")
		for i := 1; i < len(words); i++ {
			if tail := envTail(foldName(strings.Join(words[i:], "")), section); tail != nil {
				return append([]string{"kafka", section, envMark + foldName(strings.Join(words[:i], ""))}, tail...)
			}
		}
	}
	return nil
}

// envTail returns what a folded name sets on a factory or a listener.
func envTail(folded, section string) []string {
	for _, k := range spec.Keys {
		if foldName(k.Name) == folded && (k.Scope == spec.FactoryScope || section == "listeners") {
			return []string{k.Name}
		}
	}
	if property, ok := strings.CutPrefix(folded, "properties"); ok {
		for _, p := range spec.PropertyNames() {
			if foldName(p) == property {
				return []string{"properties", p}
			}
		}
	}
	return nil
}

// fixedNames are the settings whose path holds no name, by folded variable.
func fixedNames() map[string][]string {
	out := map[string][]string{}
	add := func(path ...string) { out[foldName(strings.Join(path, ""))] = path }
	for _, k := range spec.Keys {
		switch {
		case k.Scope != spec.FactoryScope:
		case k.Home == "":
			add("kafka", k.Name)
		default:
			add("kafka", k.Home, k.Name)
		}
	}
	add("kafka", "consumer", autoCommitKey)
	for _, p := range spec.PropertyNames() {
		add("kafka", "properties", p)
		add("kafka", "consumer", "properties", p)
	}
	return out
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
