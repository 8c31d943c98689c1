package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// validate checks a text against the schema: as much of it as the schema uses.
func validate(t *testing.T, text string) []string {
	t.Helper()
	var value, rules any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value))
	asJSON, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(asJSON, &value))
	require.NoError(t, json.Unmarshal([]byte(schemaText(t)), &rules))
	v := validator{root: rules.(object)}
	v.check("", rules, value)
	return v.faults
}

type validator struct {
	root   object
	faults []string
}

func (v *validator) check(path string, rules, value any) {
	r, ok := rules.(object)
	if !ok {
		if rules == false {
			v.faults = append(v.faults, path+" is not allowed")
		}
		return
	}
	if ref, ok := r["$ref"].(string); ok {
		v.check(path, v.root["$defs"].(object)[strings.TrimPrefix(ref, "#/$defs/")], value)
	}
	if types := r["type"]; types != nil && !slices.ContainsFunc(flat(types), func(t any) bool { return isType(t, value) }) {
		v.faults = append(v.faults, fmt.Sprintf("%s: %v is none of %v", path, value, types))
	}
	if enum, ok := r["enum"].([]any); ok && !slices.Contains(enum, value) {
		v.faults = append(v.faults, fmt.Sprintf("%s: %v is none of %v", path, value, enum))
	}
	if text, ok := value.(string); ok && r["pattern"] != nil && !regexp.MustCompile(r["pattern"].(string)).MatchString(text) {
		v.faults = append(v.faults, path+": "+text+" does not match")
	}
	if choices, ok := r["anyOf"].([]any); ok && !slices.ContainsFunc(choices, func(one any) bool {
		inner := validator{root: v.root}
		inner.check(path, one, value)
		return len(inner.faults) == 0
	}) {
		v.faults = append(v.faults, path+" fits nothing")
	}
	if list, ok := value.([]any); ok {
		for _, e := range list {
			v.check(path, r["items"], e)
		}
	}
	if m, ok := value.(object); ok {
		v.members(path, r, m)
	}
}

func (v *validator) members(path string, r, m object) {
	properties, _ := r["properties"].(object)
	patterns, _ := r["patternProperties"].(object)
	for name, value := range m {
		rules, known := properties[name]
		if known {
			v.check(path+"/"+name, rules, value)
		}
		for pattern := range patterns {
			known = known || regexp.MustCompile(pattern).MatchString(name)
		}
		if !known {
			v.check(path+"/"+name, r["additionalProperties"], value)
		}
	}
}

func flat(types any) []any {
	if list, ok := types.([]any); ok {
		return list
	}
	return []any{types}
}

func isType(t, value any) bool {
	switch x := value.(type) {
	case nil:
		return t == "null"
	case string:
		return t == "string"
	case bool:
		return t == "boolean"
	case float64:
		return t == "number" || t == "integer" && x == float64(int64(x))
	case []any:
		return t == "array"
	default:
		return t == "object"
	}
}
