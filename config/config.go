// Package config reads the settings that come from outside the program: YAML
// files and the environment, with placeholders.
//
// Load reports every fault at once, each with its key, its file and its line.
// Package factory puts the settings over those of the code.
package config

import (
	"errors"
	"slices"
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

	values   *koanf.Koanf
	origins  map[string]leaf // by joined path: where a value stands
	environ  map[string]string
	hostname func() (string, error)
	own      *tree             // kafka.*
	spring   *tree             // spring.kafka.*, below kafka.*
	named    map[string]string // origin of the entry factories.NAME, listeners.ID, …
	faults   spec.Faults
	warned   map[string]bool

	mu       sync.Mutex
	randoms  map[string]string // one value per occurrence
	volatile map[string]Volatile
}

// Volatile says what went into an expanded text.
type Volatile struct {
	Random   bool // ${random.…}
	Hostname bool // ${hostname}
	Secret   bool // ${file:…}, or a variable with the name of a secret: never print the text
}

// Faults returns everything that Load found wrong, so that package factory can
// report it together with its own findings.
func (c *Config) Faults() []*Fault {
	if c == nil {
		return nil
	}
	return slices.Clone(c.faults.All())
}

// Volatile says what went into text, an expanded value.
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
