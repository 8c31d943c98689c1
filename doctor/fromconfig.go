package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// FromConfig makes specs of the entries under kafka.listeners, without the
// program that they belong to: their handlers do nothing. What the code sets is
// not known. The findings say what can't be seen for that: entries without
// topics, and factories that the configuration does not define. The error joins
// everything that is wrong with the configuration.
func FromConfig(cfg *config.Config) ([]container.Spec, []Finding, error) {
	var listeners []listener.Listener
	var factories []factory.ContainerFactory
	var findings []Finding
	defined := map[string]bool{}
	for _, e := range cfg.Factories() {
		defined[e.Name] = true
	}
	blind := map[string]bool{}
	for _, e := range cfg.Listeners() {
		set := effective(cfg, e.Name)
		if name := set.Factory.V; name != "" && !defined[name] {
			defined[name] = true
			factories = append(factories, factory.New(name).DeclaredAt("code"))
			findings = append(findings, newFinding("factory-in-code", e.Name, "factory "+name, values{"factory": name}))
		}
		blind[e.Name] = len(set.Topics.V) == 0 && len(set.Partitions.V) == 0
		if blind[e.Name] {
			findings = append(findings, newFinding("no-topics", e.Name, "its topics", nil))
		}
		listeners = append(listeners, idle(e.Name, set, blind[e.Name]).DeclaredAt(e.Origin))
	}
	specs, err := factory.Specs(cfg, factories, listeners)
	out := specs[:0]
	for _, s := range specs {
		if !blind[s.ID] {
			out = append(out, s)
		}
	}
	return out, findings, err
}

// effective are the settings of an entry with the layers below it.
func effective(cfg *config.Config, id string) spec.Settings {
	own, _ := cfg.Listener(id)
	recipe, _ := cfg.Factory(own.Factory.V)
	return merged(cfg, &recipe, &own)
}

// merged puts layers over kafka.*, on the cluster that they choose. One that
// there is not is among the faults.
func merged(cfg *config.Config, above ...*spec.Settings) spec.Settings {
	kafka := cfg.Kafka()
	layers := append([]*spec.Settings{&kafka}, above...)
	if chosen, at := spec.ChosenCluster(layers); at >= 0 {
		entry, _ := cfg.Cluster(chosen.V)
		layers = spec.OnCluster(layers, at, entry)
	}
	return spec.Merge(layers...)
}

// errIdle: the handlers of FromConfig are never called.
var errIdle = errors.New("a listener without its program")

// idle is a listener whose shape fits the settings.
func idle(id string, set spec.Settings, blind bool) listener.Listener {
	var opts []listener.Option
	if blind {
		opts = append(opts, listener.Topics("unknown"))
	}
	type record = listener.Record[[]byte]
	manual := set.AckMode.V == ackmode.Manual || set.AckMode.V == ackmode.ManualImmediate
	switch batch := set.Batch.V; {
	case batch && manual:
		return listener.OnBatchAck(id, func(context.Context, []record, listener.BatchAcknowledgment) error { return errIdle }, opts...)
	case batch:
		return listener.OnBatch(id, func(context.Context, []record) error { return errIdle }, opts...)
	case manual:
		return listener.OnAck(id, func(context.Context, record, listener.Acknowledgment) error { return errIdle }, opts...)
	default:
		return listener.On(id, func(context.Context, record) error { return errIdle }, opts...)
	}
}

// Faults returns the single faults of an error that joins many.
func Faults(err error) []error {
	if err == nil {
		return nil
	}
	many, isList := err.(interface{ Unwrap() []error })
	if _, isFault := err.(*spec.Fault); isFault || !isList || strings.TrimSpace(err.Error()) == "" {
		return []error{err}
	}
	var out []error
	for _, e := range many.Unwrap() {
		out = append(out, Faults(e)...)
	}
	return out
}
