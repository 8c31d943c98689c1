package spec

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
)

// A Scope says on what a key may stand.
type Scope uint8

// The two scopes of keys.
const (
	FactoryScope  Scope = iota + 1 // factories, listeners, and the kafka.* defaults
	ListenerScope                  // listeners only
)

// A Type is how the value of a key is written.
type Type string

// The types of keys.
const (
	Text     Type = "text"
	Integer  Type = "integer"
	Number   Type = "number"
	Boolean  Type = "boolean"
	Duration Type = "duration" // "10s", or milliseconds without a unit
	Size     Type = "size"     // "1MB", or bytes without a unit
	List     Type = "list"     // or a text with commas
	Choice   Type = "choice"   // one of Info.Values
)

// Info is what people are told about a name in configuration.
type Info struct {
	Name     string // in YAML spelling
	Home     string // where it stands under kafka: "", "consumer", "listener", "producer", …
	Scope    Scope
	Type     Type
	Values   []string // of a Choice
	Examples []string // texts that can be read, the first one longer than needed
	Doc      string
}

// Example returns a text that the name's values can have.
func (i Info) Example() string {
	byType := map[Type]string{
		Integer: "7", Number: "1.5", Boolean: "true", Duration: "1m30s", Size: "65536", List: "a, b", Text: "word",
	}
	switch {
	case len(i.Examples) > 0:
		return i.Examples[0]
	case len(i.Values) > 0:
		return i.Values[len(i.Values)-1]
	default:
		return byType[i.Type]
	}
}

// A KeyOf is one setting of S: its name, its place, its meaning, and how it is
// read and printed. Configuration files, the environment, directives and
// printed settings all go through it.
type KeyOf[S any] struct {
	Info

	hidden bool // by its name: IsSecret asks a lot, and a start prints all keys of all listeners

	set   func(s *S, v any, origin string) error
	get   func(s *S) (text, origin string, secret bool)
	layer func(dst, src *S)
	clear func(s *S)
}

// A Key is a setting of factories and listeners.
type Key = KeyOf[Settings]

// A SecretText is a value that must not be printed, whatever its key is.
type SecretText string

// A SecretList is a list with an element that must not be printed.
type SecretList []string

// Set reads v, a text, a number, a bool or a list, into s. The error says what
// is wrong with v and names neither key nor origin; it holds no secret.
func (k KeyOf[S]) Set(s *S, v any, origin string) error {
	err := k.set(s, v, origin)
	if err != nil && (isSecretValue(v) || k.hidden) {
		return errors.New("a secret value can't be read as " + string(k.Type))
	}
	return err
}

// Get returns the setting as it may be printed, and where it came from; the
// origin is empty where the setting is unset.
func (k *KeyOf[S]) Get(s *S) (text, origin string) {
	text, origin, secret := k.get(s)
	if secret || k.hidden {
		return Redacted, origin
	}
	return visible(text), origin
}

// Lookup returns the key of that name.
func Lookup(name string) (Key, bool) { return LookupIn(Keys, name) }

// LookupIn returns the key of that name in a table.
func LookupIn[S any](table []KeyOf[S], name string) (KeyOf[S], bool) {
	for _, k := range table {
		if k.Name == name {
			return k, true
		}
	}
	return KeyOf[S]{}, false
}

// key makes a KeyOf of a scalar field.
func key[S, T any](name string, field func(*S) *Value[T], parse func(string) (T, error), format func(T) string) KeyOf[S] {
	return KeyOf[S]{
		Info:   Info{Name: name, Type: typeOf[T]()},
		hidden: IsSecret(name),
		set: func(s *S, v any, origin string) error {
			text, err := scalar(v)
			if err != nil {
				return err
			}
			parsed, err := parse(text)
			if err != nil {
				return err
			}
			*field(s) = Value[T]{V: parsed, Origin: origin, Secret: isSecretValue(v)}
			return nil
		},
		get: func(s *S) (string, string, bool) {
			v := field(s)
			if !v.IsSet() {
				return "", "", false
			}
			return format(v.V), v.Origin, v.Secret
		},
		layer: func(dst, src *S) { *field(dst) = field(src).over(*field(dst)) },
		clear: func(s *S) { *field(s) = Value[T]{} },
	}
}

// listKey makes a KeyOf of a list.
func listKey[S any](name string, field func(*S) *Value[[]string]) KeyOf[S] {
	k := key(name, field, nil, func(list []string) string { return strings.Join(list, ", ") })
	k.set = func(s *S, v any, origin string) error {
		elements, err := list(v)
		if err != nil {
			return err
		}
		*field(s) = Value[[]string]{V: elements, Origin: origin, Secret: isSecretValue(v)}
		return nil
	}
	return k
}

// durationsKey makes a KeyOf of a list of durations; "none" is an empty one.
func durationsKey[S any](name string, field func(*S) *Value[[]time.Duration]) KeyOf[S] {
	k := key(name, field, nil, printDurations).as(List)
	k.set = func(s *S, v any, origin string) error {
		texts, err := list(v)
		if err != nil {
			return err
		}
		all := []time.Duration{}
		for _, text := range texts {
			if strings.EqualFold(strings.TrimSpace(text), "none") && len(texts) == 1 {
				break
			}
			d, err := parseDuration(text)
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		*field(s) = Value[[]time.Duration]{V: all, Origin: origin, Secret: isSecretValue(v)}
		return nil
	}
	return k
}

func printDurations(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = printDuration(d)
	}
	return strings.Join(texts, ", ")
}

// joined lets a key of one text take a list, which is joined with commas.
func (k KeyOf[S]) joined() KeyOf[S] {
	set := k.set
	k.set = func(s *S, v any, origin string) error {
		switch x := v.(type) {
		case []string:
			v = strings.Join(x, ",")
		case SecretList:
			v = SecretText(strings.Join(x, ","))
		}
		return set(s, v, origin)
	}
	return k
}

// at puts a key into its place.
func (k KeyOf[S]) at(home string, scope Scope, doc string) KeyOf[S] {
	k.Home, k.Scope, k.Doc = home, scope, doc
	return k
}

// of makes a key a choice.
func (k KeyOf[S]) of(values ...string) KeyOf[S] {
	k.Type, k.Values = Choice, values
	return k
}

// like gives a key texts to show.
func (k KeyOf[S]) like(examples ...string) KeyOf[S] {
	k.Examples = examples
	return k
}

// as names the type of a key whose Go type does not tell.
func (k KeyOf[S]) as(t Type) KeyOf[S] {
	k.Type = t
	return k
}

func typeOf[T any]() Type {
	var zero T
	switch any(zero).(type) {
	case bool:
		return Boolean
	case int, int64:
		return Integer
	case float64:
		return Number
	case time.Duration:
		return Duration
	case []string:
		return List
	default:
		return Text
	}
}

func isSecretValue(v any) bool {
	switch v.(type) {
	case SecretText, SecretList:
		return true
	default:
		return false
	}
}

func printed[T fmt.Stringer](v T) string { return v.String() }

func printAny[T any](v T) string { return fmt.Sprint(v) }

// SortedProperties returns the names of the client properties of s, sorted.
func (s Settings) SortedProperties() []string { return sortedNames(s.Properties) }

func sortedNames(properties map[string]Value[string]) []string {
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
