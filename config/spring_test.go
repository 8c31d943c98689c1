package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

func requireWarning(t *testing.T, c *config.Config, says string) {
	t.Helper()
	for _, w := range c.Warnings {
		if strings.Contains(w, says) {
			return
		}
	}
	t.Fatalf("no warning says %q:\n%s", says, strings.Join(c.Warnings, "\n"))
}

func requireNoWarning(t *testing.T, c *config.Config, says string) {
	t.Helper()
	require.NotContains(t, strings.Join(c.Warnings, "\n"), says)
}

// springFile is what a Spring Boot service has.
const springFile = `
spring:
  application: {name: billing}
  datasource: {url: jdbc:x, list: [{a: b}]}
  kafka:
    bootstrapServers: ${BROKERS:old:9092}
    security: {protocol: SASL_SSL}
    consumer:
      group-id: ${spring.application.name}
      auto-offset-reset: earliest
      value_deserializer: org.springframework.kafka.support.serializer.ErrorHandlingDeserializer
      key-deserializer: org.apache.kafka.common.serialization.LongDeserializer
      max-poll-records: 50
      properties:
        spring.json.trusted.packages: "*"
        session.timeout.ms: 30000
        sasl.jaas.config: a.PlainLoginModule required username="u" password="p";
    listener: {ack-mode: manual_immediate, concurrency: 3, some-thing: 1}
    producer: {acks: -1}
    streams: {application-id: x}
`

func TestAFileOfSpringIsRead(t *testing.T) {
	t.Parallel()
	c := load(t, springFile)
	k := c.Kafka()
	require.Equal(t, "old:9092", k.BootstrapServers.V)
	require.Equal(t, "billing", k.GroupID.V)
	require.Equal(t, "yaml:9", k.GroupID.Origin)
	require.Equal(t, 50, k.MaxPollRecords.V)
	require.Equal(t, ackmode.ManualImmediate, k.AckMode.V)
	require.Equal(t, map[string]string{
		"security.protocol": "sasl_ssl", "session.timeout.ms": "30000", "sasl.username": "u", "sasl.password": "p",
	}, properties(k))
	p, _ := c.Producer("")
	require.Equal(t, "all", p.Acks.V)
	require.Equal(t, "old:9092", p.BootstrapServers.V)
	require.Len(t, c.Warnings, 5)
	for _, says := range []string{
		"spring.kafka.consumer.value_deserializer (yaml:11) is not used: a record that can't be decoded",
		"spring.kafka.consumer.key-deserializer (yaml:12) is not used: there is no codec for it",
		"spring.kafka.consumer.properties.spring.json.trusted.packages (yaml:15) is not used",
		"spring.kafka.listener.some-thing (yaml:18) is not read",
		"spring.kafka.streams.application-id (yaml:20) is not used",
	} {
		requireWarning(t, c, says)
	}
}

func TestKafkaWinsOverSpring(t *testing.T) {
	t.Parallel()
	c := load(t, springFile+`
kafka:
  bootstrap-servers: new:9092
  consumer: {group-id: billing, properties: {session.timeout.ms: 45000}}
  listener: {concurrency: 5}
`, "SPRING_KAFKA_LISTENER_CONCURRENCY=4", "SPRING_KAFKA_CONSUMER_MAXPOLLRECORDS=7", "SPRING_KAFKA_CONSUMER_BOOTSTRAP_SERVERS=x:1", "KAFKA_LISTENER_ASYNC_ACKS=true", "SPRING_KAFKA_LISTENER_ASYNC_ACKS=false")
	k := c.Kafka()
	require.Equal(t, "new:9092", k.BootstrapServers.V)
	require.Equal(t, 5, k.Concurrency.V)
	require.Equal(t, 7, k.MaxPollRecords.V)
	require.Equal(t, "env SPRING_KAFKA_CONSUMER_MAXPOLLRECORDS", k.MaxPollRecords.Origin)
	require.Equal(t, "45000", k.Properties["session.timeout.ms"].V)
	require.True(t, k.AsyncAcks.V)
	requireWarning(t, c, "spring.kafka.bootstrap-servers (env SPRING_KAFKA_CONSUMER_BOOTSTRAP_SERVERS) is not used: kafka.bootstrap-servers (yaml:23) says otherwise")
	requireWarning(t, c, "spring.kafka.listener.concurrency (env SPRING_KAFKA_LISTENER_CONCURRENCY) is not used: kafka.listener.concurrency (yaml:25)")
	requireWarning(t, c, "spring.kafka.listener.async-acks (env SPRING_KAFKA_LISTENER_ASYNC_ACKS) is not used: kafka.listener.async-acks (env KAFKA_LISTENER_ASYNC_ACKS)")
	requireWarning(t, c, "properties.session.timeout.ms (yaml:16) is not used: kafka.properties.session.timeout.ms (yaml:24)")
	requireNoWarning(t, c, "group-id")
}

func TestWhatSpringHasIsNotSilentlyDropped(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Environ(), config.YAML([]byte(`
spring.kafka.listener.concurrency: many
spring.kafka.ssl.trust-store-location: /a.jks
spring.kafka.consumer.group-id: ${nobody}
`)))
	require.ErrorContains(t, err, "spring.kafka.listener.concurrency (yaml:2)")
	require.ErrorContains(t, err, "spring.kafka.ssl.trust-store-location (yaml:3)")
	require.ErrorContains(t, err, "spring.kafka.consumer.group-id (yaml:4)")
}

func TestDocumentsOfProfiles(t *testing.T) {
	t.Parallel()
	text := `
kafka: {client-id: all, listeners: {a: {}}}
---
spring.config.activate.on-profile: prod, stage
kafka: {client-id: prod, listener: {concurrency: 4}, listeners: {b: {}}}
---
spring: {config: {activate: {on-profile: "!prod"}}}
kafka: {listener: {workers: 2}}
---
spring: {profiles: [dev]}
kafka: {listener: {nonsense: 2}}
`
	c := load(t, text)
	require.Equal(t, []any{"all", false, 2}, []any{c.Kafka().ClientID.V, c.Kafka().Concurrency.IsSet(), c.Kafka().Workers.V})
	require.Len(t, c.Listeners(), 1)
	for _, variable := range []string{"HEARKEN_PROFILES=x,prod", "SPRING_PROFILES_ACTIVE=prod"} {
		c = load(t, text, variable)
		require.Equal(t, []any{"prod", 4, false}, []any{c.Kafka().ClientID.V, c.Kafka().Concurrency.V, c.Kafka().Workers.IsSet()})
		require.Len(t, c.Listeners(), 2)
	}
	_, err := config.Load(config.YAML([]byte(text)), config.Environ("SPRING_PROFILES_ACTIVE=dev"))
	require.ErrorContains(t, err, "nonsense")
}

func TestFilesOfSpringAreFound(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"application.yml":      "spring.kafka: {client-id: a, consumer: {group-id: a}, listener: {concurrency: 1}}",
		"application-prod.yml": "spring.kafka.consumer.group-id: b",
		"application-own.yml":  "spring.kafka.consumer.group-id: c",
		"hearken.yml":          "kafka.listener.concurrency: 2",
		"hearken.yaml":         "kafka.listener.concurrency: 3",
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	c, err := config.Load(config.Environ("SPRING_PROFILES_ACTIVE=prod,../x"))
	require.NoError(t, err)
	require.Equal(t, []any{"a", "b", 3}, []any{c.Kafka().ClientID.V, c.Kafka().GroupID.V, c.Kafka().Concurrency.V})
	require.Equal(t, "application-prod.yml:1", c.Kafka().GroupID.Origin)
	require.Equal(t, []string{"spring.kafka.listener.concurrency (application.yml:1) is not used: kafka.listener.concurrency (hearken.yaml:1) says otherwise"}, c.Warnings)
	c, err = config.Load(config.Environ("SPRING_PROFILES_ACTIVE=prod", "HEARKEN_PROFILES=own"))
	require.NoError(t, err)
	require.Equal(t, "c", c.Kafka().GroupID.V, "ours win")
}

// TestPropertiesOfJavaThatMeanSomething: what a Spring service sets by the Java
// client's own names, in YAML and by the variables of its deployment.
func TestPropertiesOfJavaThatMeanSomething(t *testing.T) {
	t.Parallel()
	c := load(t, `
spring:
  kafka:
    properties:
      partition.assignment.strategy: org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.RoundRobinAssignor
      ssl.endpoint.identification.algorithm: ""
      schema.registry.url: https://registry
    consumer:
      properties: {max.poll.interval.ms: 600000, max.poll.records: 20, auto.offset.reset: earliest}
`, `SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG=a.b.ScramLoginModule required username="u" password="pa${x";`, "SPRING_KAFKA_CONSUMER_PROPERTIES_GROUP_ID=billing")
	k := c.Kafka()
	require.Equal(t, "range,roundrobin", k.Assignor.V)
	require.Equal(t, 10*time.Minute, k.MaxPollInterval.V)
	require.Equal(t, 20, k.MaxPollRecords.V)
	require.Equal(t, spec.Earliest, k.AutoOffsetReset.V)
	require.Equal(t, "billing", k.GroupID.V)
	require.Equal(t, map[string]string{
		"ssl.endpoint.identification.algorithm": "none", "sasl.username": "u", "sasl.password": "pa${x",
	}, properties(k))
	requireWarning(t, c, "schema.registry.url (yaml:7) is not used: the client has no such property; it is for a schema registry's")
}

// TestNothingOfSpringIsLeftOutInSilence: ways to say something that have no
// equal here.
func TestNothingOfSpringIsLeftOutInSilence(t *testing.T) {
	t.Parallel()
	text := "spring: {profiles: {active: dev, include: cloud}, config: {import: \"file:x.yml\"}}"
	c := load(t, text+"\nspring.kafka.factories: {slow: {ack-mode: manual}}", "SPRING_KAFKA_LISTENER_CONCURENCY=3",
		"SPRING_KAFKA_LISTENERS_ORDERS_GROUP_ID=x", "KAFKA_SERVICE_HOST=1.2.3.4")
	requireWarning(t, c, "spring.kafka.factories.slow.ack-mode (yaml:2) is not read: write it below kafka.factories")
	requireWarning(t, c, "spring.kafka.listeners.orders.group-id (env SPRING_KAFKA_LISTENERS_ORDERS_GROUP_ID) is not read")
	requireWarning(t, c, "spring.profiles.active (yaml:1) is not followed: set SPRING_PROFILES_ACTIVE")
	requireWarning(t, c, "spring.profiles.include (yaml:1) is not followed")
	requireWarning(t, c, "spring.config.import (yaml:1) is not followed")
	requireWarning(t, c, "env SPRING_KAFKA_LISTENER_CONCURENCY is not read")
	requireNoWarning(t, c, "KAFKA_SERVICE_HOST")
	requireNoWarning(t, load(t, text, "SPRING_PROFILES_ACTIVE=dev"), "profiles.active")
}

// TestSettingsThatStandBesideKafka: the most likely slip of the hand, which
// would change nothing and say nothing.
func TestSettingsThatStandBesideKafka(t *testing.T) {
	t.Parallel()
	c := load(t, "bootstrap-servers: b:9092\nlisteners: {orders: {group-id: x}}\nlistener.ack-mode: batch\nconsumer: {name: mine, properties: {sasl.password: {canary: x}}}\ncluster: prod")
	require.Len(t, c.Warnings, 4)
	requireNoWarning(t, c, "canary")
	requireWarning(t, c, "bootstrap-servers (yaml:1) is not read: settings stand below kafka; write kafka.bootstrap-servers")
	requireWarning(t, c, "write kafka.listeners.orders.group-id")
	requireWarning(t, c, "listener.ack-mode (yaml:3) is not read")
}
