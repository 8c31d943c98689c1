package config

import (
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// A tree holds what stands under kafka, or under spring.kafka: one layer of
// settings for each place.
type tree struct {
	settings  map[string]*spec.Settings // by place: "", "consumer", "listener", "factories\x1fNAME", …
	producers map[string]*spec.Producer // by place: "producer", "producers\x1fNAME"
	topics    map[string]*spec.Topic    // by place: "topics\x1fNAME"
	template  spec.Template
	admin     spec.Admin
	retry     spec.RetryTopic
}

func newTree() *tree {
	return &tree{settings: map[string]*spec.Settings{}, producers: map[string]*spec.Producer{}, topics: map[string]*spec.Topic{}}
}

// at returns the settings of a place, empty ones where there are none.
func (t *tree) at(place ...string) spec.Settings {
	if s := t.settings[strings.Join(place, delim)]; s != nil {
		return *s
	}
	return spec.Settings{}
}

// ofName returns what files say of a name, and the environment; nil is nothing.
func (t *tree) ofName(section, name string) (file, env *spec.Settings) {
	return t.settings[section+delim+name], t.settings[section+delim+envMark+spec.Fold(name)]
}

func (t *tree) producer(place ...string) spec.Producer {
	if p := t.producers[strings.Join(place, delim)]; p != nil {
		return *p
	}
	return spec.Producer{}
}

// common is what the tree says to all listeners.
func (t *tree) common() spec.Settings {
	root, consumer, listener := t.at(""), t.at("consumer"), t.at("listener")
	return spec.Merge(&root, &consumer, &listener)
}

// set sets a setting, or a client property by "properties.NAME", at a place.
func (t *tree) set(at below, name string, v any, origin string) error {
	place := strings.TrimSuffix(at.place(), delim)
	if property, ok := strings.CutPrefix(name, "properties."); ok {
		t.put(at, place, property, valueOf(v, origin))
		return nil
	}
	switch at.homes[len(at.homes)-1] {
	case "producer":
		return setIn(spec.ProducerKeys, slot(t.producers, place), name, v, origin)
	case "template":
		return setIn(spec.TemplateKeys, &t.template, name, v, origin)
	case "admin":
		return setIn(spec.AdminKeys, &t.admin, name, v, origin)
	case "topics":
		return setIn(spec.TopicKeys, slot(t.topics, place), name, v, origin)
	case "retry.topic":
		return setIn(spec.RetryTopicKeys, &t.retry, name, v, origin)
	default:
		return setIn(spec.Keys, slot(t.settings, place), name, v, origin)
	}
}

func (t *tree) put(at below, place, property string, v spec.Value[string]) {
	switch at.homes[len(at.homes)-1] {
	case "producer":
		slot(t.producers, place).PutProperty(property, v)
	case "admin":
		t.admin.PutProperty(property, v)
	case "topics":
		slot(t.topics, place).PutConfig(property, v)
	default:
		slot(t.settings, place).PutProperty(property, v)
	}
}

func setIn[S any](table []spec.KeyOf[S], to *S, name string, v any, origin string) error {
	k, _ := spec.LookupIn(table, name) // classify has found it
	return k.Set(to, v, origin)
}

// slot returns the entry of a map, which is made where there is none.
func slot[S any](entries map[string]*S, place string) *S {
	if entries[place] == nil {
		entries[place] = new(S)
	}
	return entries[place]
}

// valueOf makes the value of a client property. A list becomes a text with commas.
func valueOf(v any, origin string) spec.Value[string] {
	out := spec.Value[string]{Origin: origin}
	switch x := v.(type) {
	case string:
		out.V = x
	case []string:
		out.V = strings.Join(x, ",")
	case spec.SecretText:
		out.V, out.Secret = string(x), true
	case spec.SecretList:
		out.V, out.Secret = strings.Join(x, ","), true
	}
	return out
}
