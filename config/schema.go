package config

import (
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// autoCommitKey is known because Spring users have it in their files: it says
// what the container does anyway.
const autoCommitKey = "enable-auto-commit"

// A target is what a path under kafka sets.
type target struct {
	section  string // "", "factories", "listeners"; "consumer" for consumer.properties
	name     string // of the factory or the listener
	key      spec.Key
	property string // "" where key is set
}

// classify says what a path under kafka sets, or what is wrong with the path.
func classify(path []string) (target, *Fault) {
	if n := propertiesAt(path); n > 0 {
		if len(path) == n {
			return target{}, misplaced(path, "takes a map of client properties", "write name: value below it")
		}
		t := target{property: path[n]}
		switch n {
		case 3:
			t.section = "consumer"
		case 4:
			t.section, t.name = path[1], path[2]
		}
		return t, nil
	}
	if isSection(path) {
		return target{}, misplaced(path, "takes a map", "write its settings below it")
	}
	if isNamed(path[:2]) {
		return classifyNamed(path)
	}
	home, last := "", path[len(path)-1]
	if len(path) == 3 {
		home = path[1]
	}
	if len(path) == 3 && home == "consumer" && last == autoCommitKey {
		return target{section: "consumer", property: "enable.auto.commit"}, nil
	}
	if k, ok := spec.Lookup(last); ok && len(path) <= 3 && k.Home == home && k.Scope == spec.FactoryScope {
		return target{key: k}, nil
	}
	return target{}, unknown(path)
}

func classifyNamed(path []string) (target, *Fault) {
	t := target{section: path[1], name: path[2]}
	if len(path) == 4 && path[3] == autoCommitKey {
		t.property = "enable.auto.commit"
		return t, nil
	}
	k, ok := spec.Lookup(path[3])
	switch {
	case !ok || len(path) > 4:
		return t, unknown(path)
	case k.Scope == spec.ListenerScope && t.section == "factories":
		return t, misplaced(path, "belongs to a listener, not to a factory", "write it below kafka.listeners.ID")
	}
	t.key = k
	return t, nil
}

// unknown reports a key that there is not, with the one that was meant.
func unknown(path []string) *Fault {
	f := misplaced(path, "is not a setting", "")
	last := path[len(path)-1]
	switch k, ok := spec.Lookup(last); {
	case len(path) >= 2 && isNamed(path[:2]):
		f.Fix = spec.DidYouMean(last, append(spec.Names(func(k spec.Key) bool {
			return k.Scope == spec.FactoryScope || path[1] == "listeners"
		}), "properties"), "client properties go below properties")
	case ok && k.Scope == spec.ListenerScope:
		f.Fix = "write it below kafka.listeners.ID"
	case ok && len(path) <= 3:
		f.Fix = "write kafka." + strings.TrimPrefix(k.Home+"."+k.Name, ".")
	case len(path) == 3 && (path[1] == "consumer" || path[1] == "listener"):
		f.Fix = spec.DidYouMean(last, names(path[1]), "known are "+strings.Join(names(path[1]), ", "))
	default:
		f.Fix = spec.DidYouMean(path[1], names(""), "known are "+strings.Join(names(""), ", "))
	}
	return f
}

func misplaced(path []string, problem, fix string) *Fault {
	return &Fault{Kind: ErrUnknownKey, Key: display(path), Problem: problem, Fix: fix}
}
