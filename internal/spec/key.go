package spec

import (
	"fmt"
	"sort"
	"strings"
)

// A Scope says on what a key may stand.
type Scope uint8

// The two scopes of keys.
const (
	FactoryScope  Scope = iota + 1 // factories, listeners, and the kafka.* defaults
	ListenerScope                  // listeners only
)

// A Key is one setting: its name, its place, its meaning, and how it is read
// and printed. Configuration files, the environment, directives and printed
// settings all go through it.
type Key struct {
	Name  string // in YAML spelling
	Home  string // where it stands under kafka: "", "consumer", "listener"
	Scope Scope
	Doc   string

	set   func(s *Settings, v any, origin string) error
	get   func(s *Settings) (text, origin string)
	layer func(dst, src *Settings)
}

// Set reads v, a text, a number, a bool or a list, into s. The error says what
// is wrong with v and names neither key nor origin.
func (k Key) Set(s *Settings, v any, origin string) error { return k.set(s, v, origin) }

// Get returns the setting as it may be printed, and where it came from; the
// origin is empty where the setting is unset.
func (k Key) Get(s Settings) (text, origin string) {
	text, origin = k.get(&s)
	return Printable(k.Name, text), origin
}

// Lookup returns the key of that name.
func Lookup(name string) (Key, bool) {
	for _, k := range Keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// Names returns the names of all keys that keep returns true for.
func Names(keep func(Key) bool) []string {
	var out []string
	for _, k := range Keys {
		if keep(k) {
			out = append(out, k.Name)
		}
	}
	return out
}

// key makes a Key of a scalar field.
func key[T any](name string, field func(*Settings) *Value[T], parse func(string) (T, error), format func(T) string) Key {
	return Key{
		Name: name,
		set: func(s *Settings, v any, origin string) error {
			text, err := scalar(v)
			if err != nil {
				return err
			}
			parsed, err := parse(text)
			if err != nil {
				return err
			}
			*field(s) = Set(parsed, origin)
			return nil
		},
		get: func(s *Settings) (string, string) {
			v := field(s)
			if !v.IsSet() {
				return "", ""
			}
			return format(v.V), v.Origin
		},
		layer: func(dst, src *Settings) { *field(dst) = field(src).over(*field(dst)) },
	}
}

// listKey makes a Key of a list.
func listKey(name string, field func(*Settings) *Value[[]string]) Key {
	k := key(name, field, nil, func(list []string) string { return strings.Join(list, ", ") })
	k.set = func(s *Settings, v any, origin string) error {
		elements, err := list(v)
		if err != nil {
			return err
		}
		*field(s) = Set(elements, origin)
		return nil
	}
	return k
}

// at puts a key into its place.
func (k Key) at(home string, scope Scope, doc string) Key {
	k.Home, k.Scope, k.Doc = home, scope, doc
	return k
}

func printed[T fmt.Stringer](v T) string { return v.String() }

func printAny[T any](v T) string { return fmt.Sprint(v) }

// SortedProperties returns the names of the client properties of s, sorted.
func (s Settings) SortedProperties() []string {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
