package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hearken-go/hearken/internal/spec"
)

// delim stands between the parts of a path, so that the dots of client
// properties and listener ids need no quoting.
const delim = "\x1f"

// envMark begins the names that came from the environment, folded.
const envMark = "\x1e"

// extend returns the path of key under path. Keys may be dotted; names of
// client properties, listeners and factories stay whole.
func extend(path []string, key string, isMap bool) []string {
	path = append([]string(nil), path...)
	if n := propertiesAt(path); n > 0 {
		if len(path) == n {
			return append(path, key)
		}
		path[n] += "." + key
		return path
	}
	if isNamed(path) {
		name, rest := splitName(key, isMap)
		path = append(path, name)
		if rest == "" {
			return path
		}
		return extend(path, rest, isMap)
	}
	head, rest, more := strings.Cut(key, ".")
	path = append(path, head)
	if !more {
		return path
	}
	return extend(path, rest, isMap)
}

// isNamed reports whether the keys under path are names.
func isNamed(path []string) bool {
	return len(path) == 2 && path[0] == "kafka" && (path[1] == "factories" || path[1] == "listeners")
}

// propertiesAt returns how many parts lead to the client properties that path
// is in, 0 where it is in none.
func propertiesAt(path []string) int {
	at := 0
	switch {
	case len(path) < 2 || path[0] != "kafka":
		return 0
	case path[1] == "properties":
		at = 2
	case path[1] == "consumer":
		at = 3
	case isNamed(path[:2]):
		at = 4
	}
	if at == 0 || len(path) < at || path[at-1] != "properties" {
		return 0
	}
	return at
}

// splitName splits "refunds.group-id" into listener and key. A name may hold
// dots itself, so the split is before a setting that exists.
func splitName(key string, isMap bool) (name, rest string) {
	if i := strings.Index(key, ".properties."); i > 0 {
		return key[:i], key[i+1:]
	}
	if isMap {
		if name, ok := strings.CutSuffix(key, ".properties"); ok && name != "" {
			return name, "properties"
		}
		return key, ""
	}
	i := strings.LastIndexByte(key, '.')
	if i <= 0 {
		return key, ""
	}
	return key[:i], key[i+1:]
}

// isSection reports whether path is a map that may be empty.
func isSection(path []string) bool {
	switch {
	case propertiesAt(path) == len(path), len(path) == 1, isNamed(path):
		return true
	case len(path) == 2:
		return path[1] == "consumer" || path[1] == "listener"
	default:
		return len(path) == 3 && isNamed(path[:2])
	}
}

// display prints a path as people write it.
func display(path []string) string { return strings.Join(path, ".") }

// foldName makes a name comparable with its spelling in the environment.
func foldName(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(name))
}

func line(n *yaml.Node) string { return strconv.Itoa(n.Line) }

func names(home string) []string {
	out := spec.Names(func(k spec.Key) bool { return k.Scope == spec.FactoryScope && k.Home == home })
	switch home {
	case "":
		out = append(out, "consumer", "listener", "properties", "factories", "listeners")
	case "consumer":
		out = append(out, autoCommitKey, "properties")
	}
	return out
}
