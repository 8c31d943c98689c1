package config

import (
	"slices"
	"strings"
	"sync"

	"github.com/hearken-go/hearken/internal/spec"
)

// A section is a map under kafka that holds settings, or that holds names
// which hold them.
type section struct {
	path       []string // below kafka
	homes      []string // whose keys and aliases stand here
	scope      spec.Scope
	named      bool     // the settings stand below a name
	properties bool     // client properties and the aliases of connections stand here
	config     bool     // a topic's settings, by the brokers' names, stand here
	only       []string // the keys of the homes that stand here, where not all do
	unread     string   // who will read it
}

var sections = []section{
	{homes: []string{""}, scope: spec.FactoryScope, properties: true},
	{path: []string{"consumer"}, homes: []string{"consumer"}, scope: spec.FactoryScope, properties: true},
	{path: []string{"listener"}, homes: []string{"listener"}, scope: spec.FactoryScope},
	{path: []string{"factories"}, homes: []string{"", "consumer", "listener"}, scope: spec.FactoryScope, named: true, properties: true},
	{path: []string{"listeners"}, homes: []string{"", "consumer", "listener"}, scope: spec.ListenerScope, named: true, properties: true},
	{
		path: []string{"clusters"}, homes: []string{""}, scope: spec.FactoryScope, named: true, properties: true,
		only: []string{"bootstrap-servers", "client-id", "allow-insecure"},
	},
	{path: []string{"producer"}, homes: []string{"producer"}, scope: spec.FactoryScope, properties: true},
	{path: []string{"producers"}, homes: []string{"producer"}, scope: spec.FactoryScope, named: true, properties: true},
	{path: []string{"template"}, homes: []string{"template"}, scope: spec.FactoryScope},
	{path: []string{"admin"}, homes: []string{"admin"}, scope: spec.FactoryScope, properties: true},
	{path: []string{"topics"}, homes: []string{"topics"}, scope: spec.FactoryScope, named: true, config: true},
	{path: []string{"retry", "topic"}, homes: []string{"retry.topic"}, scope: spec.FactoryScope},
}

// String returns the section as configuration spells it, "kafka.consumer".
func (s *section) String() string {
	return strings.Join(append([]string{"kafka"}, s.path...), ".")
}

// below is a place in a section: the name, where it has names, and the rest.
type below struct {
	*section
	name string
	tail []string
}

// locate returns the section of a path under kafka, the one with the longest
// path that fits.
func locate(path []string) below {
	best := below{section: &sections[0], tail: path[1:]}
	for i := range sections {
		s := &sections[i]
		n := len(s.path)
		if n > len(best.path) && len(path) > n && slices.Equal(path[1:1+n], s.path) {
			best = below{section: s, tail: path[1+n:]}
		}
	}
	if best.named && len(best.tail) > 0 {
		best.name, best.tail = best.tail[0], best.tail[1:]
	}
	return best
}

// inProperties reports whether the place is the map of client properties, or
// of a topic's settings, or in it.
func (b below) inProperties() bool {
	return b.free() != "" && len(b.tail) > 0 && b.tail[0] == b.free() && (!b.named || b.name != "")
}

// free is the map of the section whose keys are not ours, "" for none.
func (s *section) free() string {
	switch {
	case s.properties:
		return "properties"
	case s.config:
		return "config"
	default:
		return ""
	}
}

// atNames reports whether the keys of the place are names.
func (b below) atNames() bool { return b.named && b.name == "" }

// place is the key of the layer that the settings of this place make.
func (b below) place() string { return strings.Join(append(slices.Clone(b.path), b.name), delim) }

// key, alias and foreign look a name of the section up.

func (s *section) has(i spec.Info) bool {
	return slices.Contains(s.homes, i.Home) && (i.Scope == spec.FactoryScope || s.scope == spec.ListenerScope) &&
		(s.only == nil || slices.Contains(s.only, i.Name))
}

// A listing is what stands in a section, made once.
type listing struct {
	aliases []*spec.Alias
	names   []string // keys before aliases
	keys    map[string]bool
}

var listings = sync.OnceValue(func() map[*section]*listing {
	out := map[*section]*listing{}
	for i := range sections {
		out[&sections[i]] = sections[i].list()
	}
	return out
})

// list collects the keys and aliases of the section; where a key has the name
// of an alias, that is none.
func (s *section) list() *listing {
	l := &listing{keys: map[string]bool{}}
	for _, i := range allInfos {
		if s.has(i) {
			l.names, l.keys[i.Name] = append(l.names, i.Name), true
		}
	}
	for n := range spec.Aliases {
		a := &spec.Aliases[n]
		switch {
		case a.Home == spec.Connection && s.properties:
		case a.Home != spec.Connection && s.only == nil && slices.Contains(s.homes, a.Home) && !l.keys[a.Name] && !hasName(l.aliases, a.Name):
		default:
			continue
		}
		l.aliases, l.names = append(l.aliases, a), append(l.names, a.Name)
	}
	return l
}

func hasName(list []*spec.Alias, name string) bool {
	return slices.ContainsFunc(list, func(a *spec.Alias) bool { return a.Name == name })
}

// infos returns all settings of the section, keys before aliases. They are collected
// when they are asked for, which is for messages: kept, they are most of what a configuration holds.
func (s *section) infos() []spec.Info {
	var out []spec.Info
	for _, i := range allInfos {
		if s.has(i) {
			out = append(out, i)
		}
	}
	for _, a := range listings()[s].aliases {
		out = append(out, a.Info)
	}
	return out
}

// names returns the names of the section's settings.
func (s *section) names() []string { return slices.Clip(listings()[s].names) }

func (s *section) isKey(name string) bool { return listings()[s].keys[name] }

func (s *section) alias(name string) (spec.Alias, bool) {
	for _, a := range listings()[s].aliases {
		if a.Name == name {
			return *a, true
		}
	}
	return spec.Alias{}, false
}

func (s *section) foreign(name string) (spec.Foreign, bool) {
	for _, home := range s.homes {
		if f, ok := spec.LookupForeign(home, name); ok {
			return f, true
		}
	}
	if s.properties {
		return spec.LookupForeign(spec.Connection, name)
	}
	return spec.Foreign{}, false
}

// foreignNames returns those of Spring's names that mean nothing here.
func (s *section) foreignNames() []string {
	var out []string
	for _, f := range spec.Foreigns {
		if slices.Contains(s.homes, f.Home) || f.Home == spec.Connection && s.properties {
			out = append(out, f.Name)
		}
	}
	return out
}

// isGroup reports whether name is the beginning of dotted names of the
// section: "ssl", "backoff".
func (s *section) isGroup(name string) bool {
	if name != "" && name == s.free() {
		return true
	}
	for _, n := range s.names() {
		if strings.HasPrefix(n, name+".") {
			return true
		}
	}
	f, ok := s.foreign(name)
	return ok && f.Name == name+".*"
}

// known reports whether name is a setting of the section, or one of Spring's.
func (s *section) known(name string) bool {
	_, ok := s.foreign(name)
	return ok || slices.Contains(s.names(), name)
}

// allInfos is what there is to know of all keys of all tables.
var allInfos = slices.Concat(
	infosOf(spec.Keys), infosOf(spec.ProducerKeys), infosOf(spec.TemplateKeys), infosOf(spec.AdminKeys), infosOf(spec.TopicKeys),
	infosOf(spec.RetryTopicKeys),
)

func infosOf[S any](table []spec.KeyOf[S]) []spec.Info {
	out := make([]spec.Info, len(table))
	for i, k := range table {
		out[i] = k.Info
	}
	return out
}
