package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

// properties returns the texts of client properties by name.
func properties(s spec.Settings) map[string]string {
	out := map[string]string{}
	for name, v := range s.Properties {
		out[name] = v.V
	}
	return out
}

func TestNamesOfSpringBootUnderKafka(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  bootstrap-servers: [a:1, b:2]
  security.protocol: SASL_SSL
  sasl: {mechanism: SCRAM-SHA-512, username: me, password-file: /run/p}
  ssl:
    trust-store-location: file:/etc/ca.pem
    key-store-location: file:///etc/client.p12
    key-store-password: x
  consumer:
    client-id: c
    heartbeat-interval: 1s
    fetch-max-wait: 250
    fetch-min-size: 1MB
    enable-auto-commit: false
  listener: {type: batch, client-id: l}
`)
	k := c.Kafka()
	require.Equal(t, "a:1,b:2", k.BootstrapServers.V)
	require.Equal(t, "l", k.ClientID.V, "the listener's over the consumer's")
	require.Equal(t, spec.Set(true, "yaml:16"), k.Batch)
	require.Equal(t, map[string]string{
		"security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "me", "sasl.password-file": "/run/p",
		"ssl.ca.location": "/etc/ca.pem", "ssl.keystore.location": "/etc/client.p12", "ssl.keystore.password": "x",
		"heartbeat.interval.ms": "1000", "fetch.wait.max.ms": "250", "fetch.min.bytes": "1048576", "enable.auto.commit": "false",
	}, properties(k))
	require.Equal(t, "yaml:12", k.Properties["heartbeat.interval.ms"].Origin)
	require.Empty(t, c.Warnings)
}

func TestAliasesStandOnFactoriesAndListeners(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka.factories.slow: {heartbeat-interval: 2s, type: single, ssl.trust-store-location: /ca.pem}
kafka.listeners.orders.v1.ssl.key-password: x
kafka.listeners.orders.v1.fetch-min-size: 1
kafka.listeners: {"pay.v2": {sasl: {username: me}}, pay.v3.sasl: {username: you}}
`, "KAFKA_LISTENERS_ORDERSV1_FETCH_MAX_WAIT=20ms")
	slow, _ := c.Factory("slow")
	require.Equal(t, map[string]string{"heartbeat.interval.ms": "2000", "ssl.ca.location": "/ca.pem"}, properties(slow))
	require.Equal(t, spec.Set(false, "yaml:2"), slow.Batch)
	orders, ok := c.Listener("orders.v1")
	require.True(t, ok)
	require.Equal(t, map[string]string{"ssl.key.password": "x", "fetch.min.bytes": "1", "fetch.wait.max.ms": "20"}, properties(orders))
	for id, user := range map[string]string{"pay.v2": "me", "pay.v3": "you"} {
		s, ok := c.Listener(id)
		require.True(t, ok, id)
		require.Equal(t, user, s.Properties["sasl.username"].V)
	}
}

func TestKeyStoresGoByTypeAndExtension(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"{key-store-location: a.p12}":                                                    {"ssl.keystore.location": "a.p12"},
		"{key-store-location: a.jks, key-store-type: PKCS12}":                            {"ssl.keystore.location": "a.jks"},
		"{key-store-location: a.pem, key-password: x}":                                   {"ssl.key.location": "a.pem", "ssl.certificate.location": "a.pem", "ssl.key.password": "x"},
		"{key-store-location: a, key-store-type: '${type}'}":                             {"ssl.key.location": "a", "ssl.certificate.location": "a"},
		"{trust-store-location: a, trust-store-type: pem}":                               {"ssl.ca.location": "a"},
		"{trust-store-certificates: C, key-store-key: K}":                                {"ssl.ca.pem": "C", "ssl.key.pem": "K"},
		"{key-store-certificate-chain: C, key-password-file: f}":                         {"ssl.certificate.pem": "C", "ssl.key.password-file": "f"},
		"{key-store-location: a.p12, key-store-password-file: f, trust-store-type: PEM}": {"ssl.keystore.location": "a.p12", "ssl.keystore.password-file": "f"},
	} {
		require.Equal(t, want, properties(load(t, "type: PEM\nkafka: {ssl: "+text+"}").Kafka()), text)
	}
}

func TestTwoNamesOfOneSetting(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  consumer:
    heartbeat-interval: 1s
    properties: {heartbeat.interval.ms: 2000}
  listener: {batch: true, type: single}
`)
	require.Equal(t, "2000", c.Kafka().Properties["heartbeat.interval.ms"].V, "its own name wins")
	require.True(t, c.Kafka().Batch.V)
	require.Equal(t, []string{
		"kafka.consumer.heartbeat-interval (yaml:4) is not used: kafka.consumer.properties.heartbeat.interval.ms (yaml:5) says otherwise",
		"kafka.listener.type (yaml:6) is not used: kafka.listener.batch (yaml:6) says otherwise",
	}, c.Warnings)
	c = load(t, "kafka: {consumer: {heartbeat-interval: 1s, properties: {heartbeat.interval.ms: 2000}}}", "KAFKA_CONSUMER_HEARTBEAT_INTERVAL=3s")
	require.Equal(t, "3000", c.Kafka().Properties["heartbeat.interval.ms"].V, "the environment overrides files, by whatever name")
	require.Empty(t, c.Warnings)
}

func TestNamesThatMeanNothingHereAreWarnedOf(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  jaas: {enabled: true, options: {password: hunter2}}
  consumer:
    auto-commit-interval: 5s
    key-deserializer: org.apache.kafka.common.serialization.StringDeserializer
    value-deserializer: org.springframework.kafka.support.serializer.JacksonJsonDeserializer
  listener: {poll-timeout: 5s, no-poll-threshold: 3, change-consumer-thread-name: true, observation-enabled: true}
  ssl: {trust-store-password: hunter2, protocol: TLSv1.2}
  listeners: {a: {poll-timeout: 1s}}
`)
	require.Len(t, c.Warnings, 12)
	for _, says := range []string{
		"kafka.consumer.auto-commit-interval (yaml:5) is not used: the container commits",
		"kafka.consumer.key-deserializer (yaml:6) is not used: a string is read",
		"kafka.consumer.value-deserializer (yaml:7) is not used: a struct, map or slice is read and written as JSON",
		"kafka.jaas.options.password (yaml:3) is not used: the client has no JAAS; set kafka.sasl.mechanism",
		"kafka.listeners.a.poll-timeout (yaml:10) is not used",
		"kafka.ssl.trust-store-password (yaml:9) is not used: a PEM file has no password",
	} {
		requireWarning(t, c, says)
	}
	requireNoWarning(t, c, "hunter2")
}

func TestPropertiesOfTheJavaClient(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  properties:
    fetch.max.wait.ms: 10
    sasl.jaas.config: org.apache.kafka.common.security.scram.ScramLoginModule required username="me" password="a;\"b";
`)
	require.Equal(t, map[string]string{"fetch.wait.max.ms": "10", "sasl.username": "me", "sasl.password": `a;"b`}, properties(c.Kafka()))
	require.Equal(t, []string{"kafka.properties.fetch.max.wait.ms (yaml:4) is set as fetch.wait.max.ms, which is the client's name for it"}, c.Warnings)
	require.True(t, c.Kafka().Properties["sasl.password"].Secret)
}

func TestBuiltinPlaceholders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(path, []byte("hunter2\r\n"), 0o600))
	c := load(t, `
dir: `+dir+`
plain: x
kafka:
  client-id: ${app.name}
  consumer: {group-id: "${APP_PASSWORD}"}
  listener: {ack-time: 5s}
  sasl: {password: "${file:${dir}/password}"}
  properties: {client.rack: "${file:`+path+`}"}
  listeners: {a: {topics: ["${APP_PASSWORD}", b]}}
`, "APP_PASSWORD=hunter2")
	k := c.Kafka()
	require.Equal(t, "config.test", k.ClientID.V)
	require.False(t, k.ClientID.Secret)
	require.Equal(t, "hunter2", k.Properties["sasl.password"].V)
	require.Equal(t, spec.Value[string]{V: "hunter2", Origin: "yaml:6", Secret: true}, k.GroupID)
	require.True(t, c.Volatile("hunter2").Secret)
	a, _ := c.Listener("a")
	require.NotContains(t, spec.Render(&k)+spec.Render(&a), "hunter2")
	for text, want := range map[string]string{
		"app: {name: shop}\nkafka.client-id: ${app.name}":                   "shop",
		"spring: {application: {name: shop}}\nkafka.client-id: ${app.name}": "shop",
		"kafka.client-id: ${app.name:fallback}":                             "fallback",
		"app: {name: '${app.name}x'}\nkafka.client-id: ${random.int(1,2)}":  "1",
	} {
		require.Equal(t, want, load(t, text).Kafka().ClientID.V, text)
	}
	large := filepath.Join(dir, "large")
	require.NoError(t, os.WriteFile(large, make([]byte, 64<<10+1), 0o600))
	for path, says := range map[string]string{large: "larger than 64 KiB", dir: "no regular file"} {
		_, err := c.Expand("${file:"+path+"}", "here")
		require.ErrorIs(t, err, config.ErrUnresolved)
		require.ErrorContains(t, err, says)
	}
	require.Equal(t, 5*time.Second, k.AckTime.V)
}
