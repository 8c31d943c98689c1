//go:build unix

package devkafka

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// properties returns a node's server.properties: a small, quick Kafka whose
// groups may have short sessions, so that tests of dead members take seconds.
func (c *Cluster) properties(n *node) string {
	p := c.base(n)
	for key, value := range replication(min(3, len(c.nodes))) {
		p[key] = value
	}
	if c.secured != nil {
		for key, value := range c.secured.listeners(n) {
			if list, ok := p[key].(string); ok {
				value = list + "," + value
			}
			p[key] = value
		}
	}
	for key, value := range c.opts.Properties {
		p[key] = value
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&text, "%s=%v\n", key, p[key])
	}
	return text.String()
}

// base is what every node has.
func (c *Cluster) base(n *node) map[string]any {
	return map[string]any{
		"process.roles":                  "broker,controller",
		"node.id":                        n.id,
		"controller.quorum.voters":       c.voters(),
		"controller.listener.names":      "CONTROLLER",
		"listeners":                      fmt.Sprintf("PLAINTEXT://%s,CONTROLLER://127.0.0.1:%d", n.address(), n.control),
		"advertised.listeners":           "PLAINTEXT://" + n.address(),
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                       n.data(),
		"num.network.threads":            2,
		"num.io.threads":                 4,
		"auto.create.topics.enable":      false,

		"group.initial.rebalance.delay.ms":                            0,
		"group.min.session.timeout.ms":                                1000,
		"group.consumer.min.session.timeout.ms":                       1000,
		"group.consumer.session.timeout.ms":                           6000,
		"group.consumer.min.heartbeat.interval.ms":                    100,
		"group.consumer.heartbeat.interval.ms":                        500,
		"transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,

		// Every five minutes a broker deletes what its timestamp says is a week
		// old: a test's record of 2020, between its writing and its reading.
		"log.retention.ms": -1,

		// A killed node may come back under its number after this time.
		"broker.session.timeout.ms":    3000,
		"broker.heartbeat.interval.ms": 500,
	}
}

// replication returns the settings of topics, Kafka's own included; few
// partitions make those quick to create.
func replication(replicas int) map[string]any {
	inSync := max(1, replicas-1)
	return map[string]any{
		"default.replication.factor":                       replicas,
		"min.insync.replicas":                              inSync,
		"offsets.topic.replication.factor":                 replicas,
		"offsets.topic.num.partitions":                     4,
		"transaction.state.log.replication.factor":         replicas,
		"transaction.state.log.min.isr":                    inSync,
		"transaction.state.log.num.partitions":             4,
		"share.coordinator.state.topic.replication.factor": replicas,
		"share.coordinator.state.topic.min.isr":            inSync,
		"share.coordinator.state.topic.num.partitions":     1,
	}
}

func (c *Cluster) voters() string {
	var voters []string
	for _, n := range c.nodes {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", n.id, n.control))
	}
	return strings.Join(voters, ",")
}

// logSettings sends what matters to the JVM's standard output, and so to console.log.
const logSettings = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %-5p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server
logger.server.level = info
logger.group.name = org.apache.kafka.coordinator
logger.group.level = info
`
