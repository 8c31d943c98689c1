package config

import (
	"sort"
	"strings"

	"github.com/hearken-go/hearken/internal/spec"
)

// Kafka returns the settings of the kafka.* layer, over those of spring.kafka.*.
func (c *Config) Kafka() spec.Settings {
	if c == nil {
		return spec.Settings{}
	}
	return spec.Layer(c.spring.common(), c.own.common())
}

// Factory returns the settings of kafka.factories.NAME, and whether a file
// has such an entry.
func (c *Config) Factory(name string) (spec.Settings, bool) { return c.settings("factories", name) }

// Listener returns the settings of kafka.listeners.ID, and whether a file has
// such an entry.
func (c *Config) Listener(id string) (spec.Settings, bool) { return c.settings("listeners", id) }

// SetsListener reports whether a file or the environment sets anything of a listener: without
// that, Listener's settings are empty ones.
func (c *Config) SetsListener(id string) bool {
	if c == nil {
		return false
	}
	file, env := c.own.ofName("listeners", id)
	return file != nil || env != nil
}

// Cluster returns the settings of kafka.clusters.NAME, and whether a file has
// such an entry: bootstrap-servers, client-id, allow-insecure and properties,
// those of security, ssl and sasl among them. Nothing of kafka.* is in them; see
// spec.WithoutConnection for how they are put over other layers.
func (c *Config) Cluster(name string) (spec.Settings, bool) { return c.settings("clusters", name) }

// settings puts what the environment says of a name over what files say. The
// environment alone makes no entry: its names are folded, so that a variable
// of another program would.
func (c *Config) settings(section, name string) (spec.Settings, bool) {
	if c == nil {
		return spec.Settings{}, false
	}
	file, env := c.own.ofName(section, name)
	switch {
	case file == nil && env == nil:
		return spec.Settings{}, false
	case file == nil:
		return *env, false
	case env == nil:
		return *file, true
	}
	return spec.Layer(*file, *env), true
}

// Producer returns what a producer is set to, and whether a file has an entry
// for it. "" is the one of kafka.producer, which is always there. Any other
// name is that of kafka.producers.NAME: its settings lie over those of
// kafka.producer, but for the transaction-id-prefix, which two live producers
// must not share. Below both lies what kafka.* says to every client.
//
// A producer that names a cluster has that cluster's connection and
// credentials, and none of the layers below the one that names it.
func (c *Config) Producer(name string) (spec.Producer, bool) {
	return c.ProducerOver(name, spec.Producer{})
}

// ProducerOver is Producer with what code says of it, which lies right below
// the entry of that name.
func (c *Config) ProducerOver(name string, code spec.Producer) (spec.Producer, bool) {
	layers, ok := c.producerLayers(name, code)
	var out spec.Producer
	for i, layer := range layers {
		if cluster := layer.Cluster; cluster.IsSet() {
			of, _ := c.Cluster(cluster.V)
			out = spec.LayerProducer(out.WithoutConnection(), spec.ProducerOf(of))
			if i == 0 { // what kafka.* says of its own brokers is not for that cluster
				layer = layer.WithoutConnection()
			}
		}
		out = spec.LayerProducer(out, layer)
	}
	return out, ok
}

// producerLayers are kafka.*, kafka.producer with code around it, and the entry.
func (c *Config) producerLayers(name string, code spec.Producer) (layers []spec.Producer, ok bool) {
	if c == nil {
		return []spec.Producer{code}, name == ""
	}
	common := spec.ProducerOf(spec.Layer(c.spring.at(""), c.own.at("")))
	producer := spec.LayerProducer(c.spring.producer("producer"), c.own.producer("producer"))
	if name == "" {
		return []spec.Producer{common, code, producer}, true
	}
	producer.TransactionIDPrefix = spec.Value[string]{}
	_, ok = c.own.producers["producers"+delim+name]
	entry := spec.LayerProducer(c.own.producer("producers", name), c.own.producer("producers", envMark+spec.Fold(name)))
	return []spec.Producer{common, producer, code, entry}, ok
}

// Template returns the settings of kafka.template.
func (c *Config) Template() spec.Template {
	if c == nil {
		return spec.Template{}
	}
	return c.spring.template.Under(c.own.template)
}

// Admin returns the settings of kafka.admin.
func (c *Config) Admin() spec.Admin {
	if c == nil {
		return spec.Admin{}
	}
	return c.spring.admin.Under(c.own.admin)
}

// Topic returns what kafka.topics.NAME declares, and whether a file has such an entry.
func (c *Config) Topic(name string) (spec.Topic, bool) {
	if c == nil {
		return spec.Topic{}, false
	}
	var out spec.Topic
	found := c.own.topics["topics"+delim+name]
	for _, of := range []*spec.Topic{found, c.own.topics["topics"+delim+envMark+spec.Fold(name)]} {
		if of != nil {
			out = out.Under(*of)
		}
	}
	return out, found != nil
}

// Topics returns the names under kafka.topics, sorted.
func (c *Config) Topics() []Entry { return c.entries("topics") }

// RetryTopic returns the settings of kafka.retry.topic.
func (c *Config) RetryTopic() spec.RetryTopic {
	if c == nil {
		return spec.RetryTopic{}
	}
	return c.spring.retry.Under(c.own.retry)
}

// An Entry is a name under kafka.factories, listeners, clusters or producers.
type Entry struct {
	Name   string
	Origin string
}

// Factories returns the names under kafka.factories, sorted.
func (c *Config) Factories() []Entry { return c.entries("factories") }

// Listeners returns the ids under kafka.listeners, sorted.
func (c *Config) Listeners() []Entry { return c.entries("listeners") }

// Clusters returns the names under kafka.clusters, sorted.
func (c *Config) Clusters() []Entry { return c.entries("clusters") }

// Producers returns the names under kafka.producers, sorted.
func (c *Config) Producers() []Entry { return c.entries("producers") }

func (c *Config) entries(section string) []Entry {
	if c == nil {
		return nil
	}
	var out []Entry
	for joined, origin := range c.named {
		if name, ok := strings.CutPrefix(joined, section+delim); ok {
			out = append(out, Entry{name, origin})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
