package directive

import (
	"fmt"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// The client properties of a directive: properties.NAME=VALUE, or several at
// once, properties=NAME=VALUE,NAME=VALUE.
const properties = "properties"

// checkSetting looks at one argument as configuration would. atValue says that
// the value is to blame, and not the key.
func checkSetting(v Verb, a Arg) (problem, fix string, atValue bool) {
	if a.Key == properties || strings.HasPrefix(a.Key, properties+".") {
		problem, fix = checkProperties(a)
		return problem, fix, a.Key == properties
	}
	k, ok := spec.Lookup(a.Key)
	switch {
	case !ok:
		return "unknown key " + printable(a.Key), knownKeys(v, a.Key), false
	case v == Factory && k.Scope == spec.ListenerScope:
		return a.Key + " belongs to a listener", "write it in " + prefix + "listener", false
	case unclosed(a.Value):
		return a.Key + ": a placeholder has no end", "write ${name:default}; a value with blanks stands in quotes", true
	case hasPlaceholder(a.Value):
		return "", "", false
	}
	var scratch spec.Settings
	if err := k.Set(&scratch, a.Value, "directive"); err != nil {
		return a.Key + ": " + err.Error(), nearestValue(k, a.Value), true
	}
	return checkValue(a)
}

// checkValue finds what can be read and never used.
func checkValue(a Arg) (problem, fix string, atValue bool) {
	switch a.Key {
	case "topics", "partitions":
		list := splitList(a.Value)
		if len(list) == 0 {
			return a.Key + " names nothing", "write " + a.Key + "=…", true
		}
		for _, t := range list {
			if bad := spec.BadTopic(t); bad != "" && a.Key == "topics" {
				return "topics: " + bad, "topic names have letters, digits, dots, underscores and hyphens; a pattern begins with ^", true
			}
		}
	case "group-id", "factory":
		if bad := spec.BadName(a.Value); bad != "" {
			return a.Key + " " + bad, "use letters, digits, dots, underscores and hyphens", true
		}
	}
	return "", "", false
}

func nearestValue(k spec.Key, value string) string {
	if len(k.Values) == 0 {
		return ""
	}
	return spec.DidYouMean(value, k.Values, "")
}

func checkProperties(a Arg) (problem, fix string) {
	if name, ok := strings.CutPrefix(a.Key, properties+"."); ok {
		switch {
		case name == "":
			return "a client property without a name", "write properties.NAME=VALUE"
		case unclosed(a.Value):
			return printable(a.Key) + ": a placeholder has no end", "write ${name:default}; a value with blanks stands in quotes"
		}
		return "", ""
	}
	list := splitList(a.Value)
	if len(list) == 0 {
		return "properties names nothing", "write properties.NAME=VALUE, or properties=NAME=VALUE,NAME=VALUE"
	}
	for _, one := range list {
		if name, _, ok := strings.Cut(one, "="); !ok || name == "" || unclosed(one) {
			return "properties: an element is not NAME=VALUE", "write properties=NAME=VALUE,NAME=VALUE, or properties.NAME=VALUE where a value holds a comma"
		}
	}
	return "", ""
}

// nearestKeys is how many keys are named where none is meant for sure.
const nearestKeys = 3

// knownKeys says what was probably meant, and how many others there are.
func knownKeys(v Verb, key string) string {
	names := []string{nameKey(v)}
	for _, k := range spec.Keys {
		if v == Listener || k.Scope == spec.FactoryScope {
			names = append(names, k.Name)
		}
	}
	names = append(names, properties)
	other := map[Verb]string{Listener: "name", Factory: "id"}[v]
	near := spec.Nearest(key, names)
	if key == other {
		near = nameKey(v)
	}
	if near != "" {
		return fmt.Sprintf("did you mean %s? (one of %d keys: docs/configuration.md)", near, len(names))
	}
	few := spec.NearestFew(key, names, nearestKeys)
	return fmt.Sprintf("the nearest are %s, and there are %d others: docs/configuration.md", strings.Join(few, ", "), len(names)-len(few))
}

// Properties returns the names and values of the client properties that the
// argument sets, nil where it is a setting.
func (a Arg) Properties() (list [][2]string) {
	if name, ok := strings.CutPrefix(a.Key, properties+"."); ok {
		return [][2]string{{name, a.Value}}
	}
	if a.Key != properties {
		return nil
	}
	for _, one := range splitList(a.Value) {
		name, value, _ := strings.Cut(one, "=")
		list = append(list, [2]string{name, value})
	}
	return list
}
