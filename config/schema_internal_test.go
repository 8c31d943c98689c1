package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hearken-go/hearken/internal/spec"
)

type object = map[string]any

// schemaText is the JSON schema of a configuration, for editors.
func schemaText(t *testing.T) string {
	t.Helper()
	text, err := json.MarshalIndent(schema(), "", "  ")
	require.NoError(t, err)
	return string(text) + "\n"
}

func schema() object {
	connections := object{}
	root := sectionSchema(&sections[0], connections)
	for i := range sections[1:] {
		s := &sections[i+1]
		at := root["properties"].(object)
		for _, part := range s.path[:len(s.path)-1] {
			if at[part] == nil {
				at[part] = container(object{})
			}
			at = at[part].(object)["properties"].(object)
		}
		last := s.path[len(s.path)-1]
		if s.named {
			at[last] = object{"type": []string{"object", "null"}, "additionalProperties": sectionSchema(s, connections)}
		} else {
			at[last] = sectionSchema(s, connections)
		}
	}
	definitions := object{
		"placeholder": object{"type": "string", "pattern": `\$\{`},
		"scalar":      object{"type": []string{"string", "number", "boolean"}},
		"properties": object{
			"type": []string{"object", "null"}, "description": "client properties by name, as librdkafka has them",
			"properties": propertyNames(), "additionalProperties": true,
		},
	}
	maps.Copy(definitions, connections)
	return object{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"title":                "hearken",
		"description":          "Settings of Kafka listeners. Any text may hold ${placeholders}. docs/configuration.md says more.",
		"type":                 "object",
		"properties":           object{"kafka": root},
		"additionalProperties": true,
		"$defs":                definitions,
	}
}

func propertyNames() object {
	out := object{}
	for _, name := range spec.PropertyNames() {
		out[name] = object{"$ref": "#/$defs/scalar"}
	}
	return out
}

// container is a map under kafka: its keys are known, but for dotted ones.
func container(properties object) object {
	return object{
		"type": []string{"object", "null"}, "properties": properties,
		"patternProperties": object{`\.`: true}, "additionalProperties": false,
	}
}

// groups are the maps that stand wherever a connection is described.
var groups = []string{"security", "sasl", "ssl"}

func sectionSchema(s *section, connections object) object {
	properties := object{}
	put := func(name string, leaf object) {
		at := properties
		parts := strings.Split(name, ".")
		for _, part := range parts[:len(parts)-1] {
			if at[part] == nil {
				at[part] = container(object{})
			}
			at = at[part].(object)["properties"].(object)
		}
		at[parts[len(parts)-1]] = leaf
	}
	for _, i := range s.infos() {
		put(i.Name, leafSchema(i))
	}
	for _, name := range s.foreignNames() {
		f, _ := s.foreign(strings.TrimSuffix(name, "*") + "x")
		if f.Name == "" {
			f, _ = s.foreign(name)
		}
		put(strings.TrimSuffix(name, ".*"), object{"description": "means nothing here: " + f.Why, "deprecated": true})
	}
	if s.config {
		put("config", object{
			"type": []string{"object", "null"}, "description": "the topic's settings by the brokers' names",
			"additionalProperties": true,
		})
	}
	if s.properties {
		put("properties", object{"$ref": "#/$defs/properties"})
		for _, group := range groups {
			connections[group] = properties[group] // the same in every section
			properties[group] = object{"$ref": "#/$defs/" + group}
		}
	}
	return container(properties)
}

// leafSchema is the schema of one value. Every type takes a text with a placeholder.
func leafSchema(i spec.Info) object {
	var out object
	texts := func(other, pattern string) object {
		return object{"type": []string{other, "string"}, "pattern": pattern + `|\$\{`}
	}
	switch i.Type {
	case spec.Integer:
		out = texts("integer", `^-?[0-9]+$`)
	case spec.Number:
		out = texts("number", `^-?[0-9.]+$`)
	case spec.Boolean:
		out = texts("boolean", `^(true|false)$`)
	case spec.Duration:
		out = texts("integer", `^-?[0-9.]+(ns|us|µs|ms|s|m|h|d|[0-9.])*$|^[Pp][Tt]?[0-9]`)
	case spec.Size:
		out = texts("integer", `^[0-9]+ ?([KkMmGgTt]?[Bb])?$`)
	case spec.List:
		out = object{"anyOf": []object{{"type": "array", "items": object{"$ref": "#/$defs/scalar"}}, {"$ref": "#/$defs/scalar"}}}
	case spec.Choice:
		out = object{"anyOf": []object{{"enum": spellings(i.Values)}, {"$ref": "#/$defs/placeholder"}}}
	default:
		out = object{"$ref": "#/$defs/scalar"}
	}
	out["description"] = i.Doc
	out["examples"] = []string{i.Example()}
	return out
}

// spellings are the values as people write them: any case, - for _.
func spellings(values []string) []any {
	var out []any
	add := func(v any) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	for _, v := range values {
		add(v)
		if n, err := strconv.Atoi(v); err == nil {
			add(n)
		}
		for _, s := range []string{strings.ToLower(v), strings.ToUpper(v), strings.ToLower(strings.ReplaceAll(v, "_", "-"))} {
			add(s)
		}
	}
	return out
}

// everything is a configuration with every key that there is.
func everything() object {
	root := object{}
	for i := range sections {
		s := &sections[i]
		path := slices.Clone(s.path)
		if s.named {
			path = append(path, "some.name")
		}
		at := root
		for _, part := range path {
			if at[part] == nil {
				at[part] = object{}
			}
			at = at[part].(object)
		}
		for _, info := range s.infos() {
			if info.Name != "ssl.bundle" { // it is there to be refused
				put(at, info.Name, info.Example())
			}
		}
		if s.config {
			at["config"] = object{"retention.ms": -1}
		}
		if s.properties {
			at["properties"] = object{"socket.timeout.ms": 1000}
		}
	}
	put(root, "clusters.word.bootstrap-servers", "x") // what the example of cluster names
	return object{"kafka": root, "app": object{"name": "x"}}
}

func put(at object, name string, value any) {
	head, rest, more := strings.Cut(name, ".")
	if !more {
		at[head] = value
		return
	}
	if at[head] == nil {
		at[head] = object{}
	}
	put(at[head].(object), rest, value)
}

func TestEveryKeyIsReadAndInTheSchema(t *testing.T) {
	t.Parallel()
	text, err := yaml.Marshal(everything())
	require.NoError(t, err)
	require.Empty(t, validate(t, string(text)))
	c, err := Load(YAML(text), Environ())
	require.NoError(t, err)
	for i := range sections {
		s := &sections[i]
		for _, info := range s.infos() {
			path := append([]string{"kafka"}, s.path...)
			if s.named {
				path = append(path, "some.name")
			}
			joined := strings.Join(append(path, strings.Split(info.Name, ".")...), delim)
			require.True(t, info.Name == "ssl.bundle" || c.origins[joined].origin != "", joined)
		}
	}
}

func TestTheSchemaTakesWhatIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"kafka: {listener: {concurrency: 3, ack-time: 5s, async-acks: true}}", "kafka: {listener: {concurrency: '${n}', ack-mode: '${m:batch}'}}",
		"kafka: {listener: {ack-mode: manual_immediate, ack-time: 500}}", "kafka: {producer: {acks: -1, batch-size: 16KB}}", "kafka:\nother: 5",
		"kafka: {listener.ack-mode: batch, listeners: {a: {topics: [a, b]}, b: {topics: 'a,b', ssl.key-password: x}, c: }}",
		"kafka: {jaas: {enabled: true}, consumer: {key-deserializer: x}}", "spring: {kafka: {anything: 1}}", "kafka: {clusters: {eu: {sasl: {username: 5}}}}",
	} {
		require.Empty(t, validate(t, text), text)
	}
	for _, text := range []string{
		"kafka: {listener: {concurrency: many}}", "kafka: {listener: {ack-mod: batch}}", "kafka: {listner: {ack-mode: batch}}",
		"kafka: {listener: {ack-mode: sometimes}}", "kafka: {listeners: {a: {topics: {x: y}}}}", "kafka: {factories: {a: {topics: x}}}",
		"kafka: {consumer: {max-poll-interval: soon}}", "kafka: {listener: {batch: 5}}", "kafka: {clusters: {eu: {ack-mode: batch}}}", "kafka: 5",
	} {
		require.NotEmpty(t, validate(t, text), text)
		_, err := Load(YAML([]byte(text)), Environ())
		require.Error(t, err, text)
	}
}
