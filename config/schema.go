package config

import (
	"slices"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// A target is what a path under kafka sets: one of setting, property, alias
// and foreign.
type target struct {
	below
	setting  string // the name of a key
	property string // the name of a client property
	alias    *spec.Alias
	foreign  *spec.Foreign
}

// secret reports whether the name says that the value is one.
func (t target) secret() bool {
	return t.property != "" && spec.IsSecret(t.property) ||
		t.alias != nil && t.alias.Home == spec.Connection && t.alias.Type == spec.Text && spec.IsSecret(t.alias.Name) ||
		t.foreign != nil
}

// classify says what a path under kafka sets, or what is wrong with the path.
func classify(path []string) (target, *Fault) {
	t := target{below: locate(path)}
	name := strings.Join(t.tail, ".")
	switch {
	case t.inProperties() && len(t.tail) == 1:
		return t, misplaced(path, "takes a map of "+t.freeNames(), "write name: value below it")
	case t.inProperties():
		t.property = t.tail[1]
		if secret := secretAbove(t.property); secret != "" {
			return t, noMap(append(path[:len(path)-1:len(path)-1], secret))
		}
		return t, nil
	case t.isKey(name):
		t.setting = name
		return t, nil
	}
	if a, ok := t.section.alias(name); ok {
		t.alias = &a
		return t, nil
	}
	if isSection(path) {
		return t, misplaced(path, "takes a map", "write its settings below it")
	}
	if f, ok := t.section.foreign(name); ok {
		t.foreign = &f
		return t, nil
	}
	for n := 1; n < len(t.tail); n++ {
		if t.known(strings.Join(t.tail[:n], ".")) {
			return t, noMap(path[:len(path)-len(t.tail)+n])
		}
	}
	return t, unknown(path, t.below)
}

// noMap reports a map where one value belongs. Its keys may be the value: YAML
// reads a password in braces as a map.
func noMap(path []string) *Fault {
	return misplaced(path, "takes one value, not a map", "put a text with braces in quotes")
}

// secretAbove returns the secret property that a name seems to lie below, "" where
// there is none.
func secretAbove(name string) string {
	for i := range len(name) {
		if name[i] == '.' && spec.IsSecret(name[:i]) && slices.Contains(spec.PropertyNames(), name[:i]) && !slices.Contains(spec.PropertyNames(), name) {
			return name[:i]
		}
	}
	return ""
}

// relax returns a path of Spring's, whose names may have other spellings
// (groupId, group_id), in ours.
func relax(path []string) []string {
	b := locate(path)
	if b.inProperties() || len(b.tail) == 0 {
		return path
	}
	folded := spec.Fold(strings.Join(b.tail, ""))
	for _, name := range append(b.names(), b.foreignNames()...) {
		if spec.Fold(name) == folded {
			return append(slices.Clone(path[:len(path)-len(b.tail)]), strings.Split(name, ".")...)
		}
	}
	return path
}

// unknown reports a key that there is not, with the one that was meant.
func unknown(path []string, at below) *Fault {
	f := misplaced(path, "is not a setting", "")
	name := strings.Join(at.tail, ".")
	if at.named {
		f.Fix = at.fixNamed(name)
		return f
	}
	last := path[len(path)-1]
	exact, listenersOnly := whereIs(name, last)
	switch {
	case listenersOnly:
		f.Fix = "write it below kafka.listeners.ID"
	case exact != "" && len(path) <= 3:
		f.Fix = "write " + exact
	default:
		f.Fix = nearestPath(path)
	}
	if f.Fix == "" {
		f.Fix = "known are " + strings.Join(at.listed(), ", ")
	}
	return f
}

func (b below) fixNamed(name string) string {
	if k, ok := spec.Lookup(name); ok && k.Scope == spec.ListenerScope {
		return "it belongs to a listener: write it below kafka.listeners.ID"
	}
	if k, ok := spec.Lookup(name); ok && b.only != nil {
		return "it does not belong to a cluster: write " + pathOf(k.Info)
	}
	return spec.DidYouMean(name, append(b.names(), b.free()), b.freeNames()+" go below "+b.free())
}

// freeNames are the keys of the section's free map.
func (s *section) freeNames() string {
	if s.config {
		return "the topic's settings"
	}
	return "client properties"
}

// whereIs returns the full path of a key that stands in another section, or
// that belongs to listeners only.
func whereIs(name, last string) (path string, listenersOnly bool) {
	for _, want := range []string{name, last} {
		for i := range sections {
			if s := &sections[i]; !s.named && s.isKey(want) {
				return s.String() + "." + want, false
			}
		}
		if _, ok := spec.Lookup(want); ok {
			return "", true
		}
	}
	for i := range sections {
		if _, ok := sections[i].alias(last); ok && !sections[i].named {
			return sections[i].String() + "." + last, false
		}
	}
	return "", false
}

// nearestPath returns the setting that was probably meant, by a section and a
// name that are both near.
func nearestPath(path []string) string {
	best, bestDistance := "", 1<<30
	for split := 1; split < min(len(path), 4); split++ {
		home, name := strings.Join(path[1:split], "."), strings.Join(path[split:], ".")
		for i := range sections {
			s := &sections[i]
			if s.named {
				continue
			}
			atHome, ok := spec.Near(home, strings.Join(s.path, "."))
			if !ok {
				continue
			}
			for _, n := range append(s.names(), s.groups()...) {
				if d, ok := spec.Near(name, n); ok && d+atHome < bestDistance {
					best, bestDistance = s.String()+"."+n, d+atHome
				}
			}
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// groups are the maps in a section, which have no value of their own.
func (s *section) groups() []string {
	var out []string
	if s.free() != "" {
		out = append(out, s.free())
	}
	if len(s.path) == 0 {
		for _, other := range sections[1:] {
			out = append(out, strings.Join(other.path, "."))
		}
	}
	return out
}

// listed are the names that a section shows where nothing is near.
func (s *section) listed() []string {
	var out []string
	for _, n := range append(s.names(), s.groups()...) {
		head, _, _ := strings.Cut(n, ".")
		if !slices.Contains(out, head) {
			out = append(out, head)
		}
	}
	return out
}

// pathOf is where a key stands, unless it is below a name.
func pathOf(i spec.Info) string {
	if i.Home == "" {
		return "kafka." + i.Name
	}
	return "kafka." + i.Home + "." + i.Name
}

func misplaced(path []string, problem, fix string) *Fault {
	return &Fault{Kind: ErrUnknownKey, Key: display(path), Problem: problem, Fix: fix}
}
