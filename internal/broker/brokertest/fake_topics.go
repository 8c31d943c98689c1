package brokertest

import (
	"strings"

	"github.com/hearken-go/hearken/internal/broker"
)

// CreateTopic adds a topic, or partitions to an existing one, and rebalances
// the groups that subscribe to it. What was assigned before it existed is read
// from now on.
func (c *Cluster) CreateTopic(name string, partitions int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.topics[name]) < partitions {
		c.topics[name] = append(c.topics[name], &log{})
	}
	c.changed()
}

// DeleteTopic deletes a topic with its records, and what groups have committed
// of it. Groups take its partitions back; whoever holds one by Assign or Give
// keeps it, and Next says MissingTopic. CreateTopic makes the topic again, from
// offset 0.
func (c *Cluster) DeleteTopic(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.topics, name)
	for _, g := range c.groups {
		for p := range g.committed {
			if p.Topic == name {
				delete(g.committed, p)
			}
		}
	}
	c.complain(name)
	c.changed()
}

// Deny makes name a topic that nobody may read: no group assigns it, and all
// that asks for it fails as Auth, until Allow.
func (c *Cluster) Deny(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.denied[name] = true
	c.complain(name)
	c.changed()
}

// Allow undoes Deny.
func (c *Cluster) Allow(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.denied, name)
	c.changed()
}

// changed tells the groups of another set of topics. c.mu is held.
func (c *Cluster) changed() {
	for _, g := range c.groups {
		g.changed()
	}
	c.wake()
}

// complain makes everybody who reads or names topic report what is the matter
// with it. c.mu is held.
func (c *Cluster) complain(topic string) {
	for _, m := range c.members {
		if err := c.fault("poll", topic); err != nil && m.names(topic) {
			m.emit(err)
		}
	}
}

// names reports whether m reads topic, or subscribes to it by its name. c.mu is held.
func (m *Member) names(topic string) bool {
	for _, t := range m.topics {
		if t == topic {
			return true
		}
	}
	for p := range m.reads {
		if p.Topic == topic {
			return true
		}
	}
	return false
}

// fault is what is the matter with topic, or nil. c.mu is held.
func (c *Cluster) fault(op, topic string) *broker.ClientError {
	at := broker.Partition{Topic: topic, ID: -1}
	switch {
	case c.denied[topic]:
		return &broker.ClientError{Class: broker.Auth, Code: 29, Op: op, Text: "Broker: Topic authorization failed", Part: at}
	case c.topics[topic] == nil:
		return &broker.ClientError{Class: broker.MissingTopic, Code: 3, Op: op, Text: "Broker: Unknown topic or partition", Part: at}
	}
	return nil
}

// faultAt is fault for one partition, which the topic may be too small for.
func (c *Cluster) faultAt(op Op, p broker.Partition) error {
	err := c.fault(string(op), p.Topic)
	if err == nil && c.exists(p) {
		return nil
	}
	if err == nil {
		err = &broker.ClientError{Class: broker.MissingTopic, Code: -190, Op: string(op), Text: "Local: Unknown partition"}
	}
	err.Part = p
	return err
}

// exists reports whether there is a partition p. c.mu is held.
func (c *Cluster) exists(p broker.Partition) bool {
	return p.ID >= 0 && int(p.ID) < len(c.topics[p.Topic])
}

// readable reports whether p exists and may be read. c.mu is held.
func (c *Cluster) readable(p broker.Partition) bool { return c.exists(p) && !c.denied[p.Topic] }

// isPattern reports whether a subscription is a regular expression.
func isPattern(subscription string) bool { return strings.HasPrefix(subscription, "^") }
