package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// delim stands between the parts of a path, so that the dots of client
// properties and listener ids need no quoting.
const delim = "\x1f"

// envMark begins the names that came from the environment, folded.
const envMark = "\x1e"

// ours returns a path under kafka, or one under spring.kafka as if it stood
// under kafka; ok is false for any other.
func ours(path []string) (under []string, spring, ok bool) {
	switch {
	case len(path) > 0 && path[0] == "kafka":
		return path, false, true
	case len(path) > 1 && path[0] == "spring" && path[1] == "kafka":
		return path[1:], true, true
	default:
		return nil, false, false
	}
}

// extend returns the path of key under path. Keys may be dotted; names of
// client properties, listeners and factories stay whole.
func extend(path []string, key string, isMap bool) []string {
	path = append([]string(nil), path...)
	if under, spring, ok := ours(path); ok {
		switch b := locate(under); {
		case b.inProperties() && len(b.tail) == 1:
			return append(path, key)
		case b.inProperties():
			path[len(path)-1] += "." + key
			return path
		case b.atNames() && !spring:
			name, rest := b.splitName(key, isMap)
			path = append(path, name)
			if rest == "" {
				return path
			}
			return extend(path, rest, isMap)
		}
	}
	head, rest, more := strings.Cut(key, ".")
	path = append(path, head)
	if !more {
		return path
	}
	return extend(path, rest, isMap)
}

// splitName splits "refunds.group-id" into name and key. A name may hold dots
// itself, so the split is before the longest setting that exists.
func (s *section) splitName(key string, isMap bool) (name, rest string) {
	if i := strings.Index(key, "."+s.free()+"."); i > 0 && s.free() != "" {
		return key[:i], key[i+1:]
	}
	last := -1
	for i := range len(key) {
		if key[i] != '.' || i == 0 {
			continue
		}
		last = i
		if rest := key[i+1:]; isMap && s.isGroup(rest) || !isMap && s.known(rest) {
			return key[:i], rest
		}
	}
	if isMap || last < 0 {
		return key, ""
	}
	return key[:last], key[last+1:]
}

// isSection reports whether a path under kafka is a map that may be empty.
func isSection(path []string) bool {
	b := locate(path)
	switch {
	case len(b.tail) == 0:
		return true // the section, or a name in it
	case b.inProperties():
		return len(b.tail) == 1
	case b.isGroup(strings.Join(b.tail, ".")):
		return true
	}
	for _, s := range sections { // "retry", above "retry.topic"
		if n := len(path) - 1; n < len(s.path) && strings.Join(s.path[:n], delim) == strings.Join(path[1:], delim) {
			return true
		}
	}
	return false
}

// display prints a path as people write it.
func display(path []string) string { return strings.Join(path, ".") }

func line(n *yaml.Node) string { return strconv.Itoa(n.Line) }
