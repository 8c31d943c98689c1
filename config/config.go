// Package config reads the settings that come from outside the program: YAML
// files and the environment, with placeholders.
//
// Load reports every fault at once, each with its key, its file and its line.
// Package factory puts the settings over those of the code.
package config

import (
	"errors"
	"slices"
	"sort"
	"sync"

	"github.com/knadh/koanf/v2"

	"github.com/hearken-go/hearken/internal/spec"
)

// A Fault is one thing that is wrong in a configuration, with its place and
// the way out. It never holds a secret.
type Fault = spec.Fault

// What a Fault may be about. Compare with errors.Is.
var (
	ErrSyntax         = spec.ErrSyntax         // not YAML, or not a readable file
	ErrUnknownKey     = spec.ErrUnknownKey     // no setting of that name
	ErrInvalidSetting = spec.ErrInvalidSetting // a value that can't be read
	ErrUnresolved     = spec.ErrUnresolved     // a placeholder without a value
)

// A Config is what files and the environment say. It is safe for concurrent
// use; a nil Config says nothing.
type Config struct {
	// Warnings are findings that stop nobody, one sentence each.
	Warnings []string

	values    *koanf.Koanf
	origins   map[string]leaf // by joined path: where a value stands
	environ   map[string]string
	hostname  func() (string, error)
	kafka     spec.Settings
	consumer  spec.Settings // kafka.consumer.properties win over kafka.properties
	factories map[string]spec.Settings
	listeners map[string]spec.Settings
	named     map[string]string // origin of the entry factories.NAME or listeners.ID
	faults    spec.Faults

	mu       sync.Mutex
	randoms  map[string]string // one value per occurrence
	volatile map[string]Volatile
}

// Volatile says what in an expanded text differs from start to start.
type Volatile struct {
	Random   bool // ${random.…}
	Hostname bool // ${hostname}
}

// Kafka returns the settings of the kafka.* layer.
func (c *Config) Kafka() spec.Settings {
	if c == nil {
		return spec.Settings{}
	}
	return spec.Layer(c.kafka, c.consumer)
}

// Factory returns the settings of kafka.factories.NAME, and whether a file
// has such an entry.
func (c *Config) Factory(name string) (spec.Settings, bool) {
	if c == nil {
		return spec.Settings{}, false
	}
	return entry(c.factories, name)
}

// Listener returns the settings of kafka.listeners.ID, and whether a file has
// such an entry.
func (c *Config) Listener(id string) (spec.Settings, bool) {
	if c == nil {
		return spec.Settings{}, false
	}
	return entry(c.listeners, id)
}

// entry puts what the environment says of a name over what files say. The
// environment alone makes no entry: its names are folded, so that a variable
// of another program would.
func entry(entries map[string]spec.Settings, name string) (spec.Settings, bool) {
	fromFiles, ok := entries[name]
	return spec.Layer(fromFiles, entries[envMark+foldName(name)]), ok
}

// An Entry is a name under kafka.factories or kafka.listeners.
type Entry struct {
	Name   string
	Origin string
}

// Factories returns the names under kafka.factories, sorted.
func (c *Config) Factories() []Entry {
	if c == nil {
		return nil
	}
	return c.entries("factories", c.factories)
}

// Listeners returns the ids under kafka.listeners, sorted.
func (c *Config) Listeners() []Entry {
	if c == nil {
		return nil
	}
	return c.entries("listeners", c.listeners)
}

func (c *Config) entries(section string, from map[string]spec.Settings) []Entry {
	var out []Entry
	for name := range from {
		if name[:min(1, len(name))] != envMark {
			out = append(out, Entry{name, c.named[section+delim+name]})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Faults returns everything that Load found wrong, so that package factory can
// report it together with its own findings.
func (c *Config) Faults() []*Fault {
	if c == nil {
		return nil
	}
	return slices.Clone(c.faults.All())
}

// Volatile says what in text, an expanded value, differs from start to start.
func (c *Config) Volatile(text string) Volatile {
	if c == nil {
		return Volatile{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.volatile[text]
}

// String says how much there is, and no value, because values may be secrets.
func (c *Config) String() string {
	if c == nil {
		return "no configuration"
	}
	return "configuration of " + plural(len(c.origins), "key")
}

// GoString is String: %#v must not print secrets either.
func (c *Config) GoString() string { return c.String() }

// MarshalJSON refuses: a Config holds secrets.
func (c *Config) MarshalJSON() ([]byte, error) {
	return nil, errors.New("hearken: a config.Config holds secrets and is not to be written down")
}
