// Package factory makes containers: a ContainerFactory is a named recipe of
// options, and Build puts the settings of configuration, factories and
// listeners over each other, checks all of it, and returns a registry of
// containers.
//
// Layers, later ones win: built-in defaults < kafka.* < factory in code <
// kafka.factories.NAME < listener in code < kafka.listeners.ID. Where a layer
// chooses a cluster, kafka.clusters.NAME comes above kafka.*, and the layers
// below the one that chose keep their brokers and passwords to themselves.
//
// A layer can't take a setting back, so what it chooses leaves behind what the
// layers below said for another choice: the settings of an ack mode go with
// it, topics go with explicit partitions, assignor and session with
// group-protocol consumer. container.Spec.Notes says what was left behind, and
// what is allowed and seldom meant.
//
// Settings that give passwords or data to whoever listens are faults, unless
// allow-insecure is set.
package factory

import (
	"github.com/hearken-go/hearken/internal/spec"
)

// An Option is a setting that a factory carries. It is a listener.Option, too.
type Option = spec.FactoryOption

// A ContainerFactory is a named recipe from which listeners get their
// containers. It is a plain value; configuration may refine it by name.
type ContainerFactory struct {
	name  string
	opts  []Option
	where string
}

// New names a recipe. Listeners choose it by listener.Factory(name), or by
// `factory` in configuration.
func New(name string, opts ...Option) ContainerFactory {
	return ContainerFactory{name: name, opts: append([]Option(nil), opts...), where: spec.Caller(0)}
}

// Name returns the factory's name.
func (f ContainerFactory) Name() string { return f.name }

// Options returns the factory's own options, in order.
func (f ContainerFactory) Options() []Option { return append([]Option(nil), f.opts...) }

// Where returns file:line of the code that made the factory.
func (f ContainerFactory) Where() string { return f.where }

// DeclaredAt returns f with another Where, for code that makes factories on a
// user's behalf and knows the line that the user wrote.
func (f ContainerFactory) DeclaredAt(where string) ContainerFactory {
	f.where = where
	return f
}
