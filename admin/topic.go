package admin

import (
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
)

// A Topic is a topic as it is to be. It is a plain value.
type Topic struct {
	name, where string
	s           spec.Topic
}

// A TopicOption sets one setting of a Topic.
type TopicOption func(*spec.Topic)

// NewTopic describes a topic. What no option says is the brokers' default.
func NewTopic(name string, opts ...TopicOption) Topic {
	t := Topic{name: name, where: spec.Caller(0)}
	for _, o := range opts {
		if o != nil {
			o(&t.s)
		}
	}
	return t
}

// Name returns the topic's name.
func (t Topic) Name() string { return t.name }

// Where returns file:line of the code that described the topic.
func (t Topic) Where() string { return t.where }

// DeclaredAt returns t with another Where, for code that makes topics on a
// user's behalf and knows the line that the user wrote.
func (t Topic) DeclaredAt(where string) Topic {
	t.where = where
	return t
}

// Recipe returns the topic as package factory takes it.
func (t Topic) Recipe() factory.TopicRecipe {
	return factory.TopicRecipe{Name: t.name, Where: t.where, Settings: t.s}
}

// Partitions says how many partitions the topic has, at least. Defaults to the
// brokers' num.partitions.
func Partitions(n int) TopicOption {
	v := spec.Set(n, spec.Code(0))
	return func(t *spec.Topic) { t.Partitions = v }
}

// Replicas says how many brokers have each partition. Defaults to the brokers'
// default.replication.factor.
func Replicas(n int) TopicOption {
	v := spec.Set(n, spec.Code(0))
	return func(t *spec.Topic) { t.Replicas = v }
}

// Config sets a setting of the topic, by the brokers' name: "cleanup.policy".
func Config(name, value string) TopicOption {
	v := spec.Set(value, spec.Code(0))
	return func(t *spec.Topic) { t.PutConfig(name, v) }
}
