package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/internal/spec"
)

func texts(p spec.Producer) map[string]string {
	out := map[string]string{}
	for name, v := range p.ClientConfig() {
		out[name] = v.V
	}
	return out
}

func TestProducers(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  bootstrap-servers: a:1
  security.protocol: ssl
  consumer: {properties: {fetch.min.bytes: 1}}
  producer:
    acks: -1
    batch-size: 64KB
    buffer-memory: 33554432
    compression-type: ZSTD
    retries: 5
    client-id: p
    transaction-id-prefix: tx-
    properties: {linger.ms: 5}
  producers: {audit: {acks: 1, properties: {linger.ms: 50}}, far.away: {cluster: eu}}
  clusters: {eu: {bootstrap-servers: eu:1, sasl: {username: me}}}
  template: {default-topic: orders, close-timeout: 5s, allow-non-transactional: true, transaction-id-prefix: t-}
  admin: {operation-timeout: 30s, close-timeout: 10s, fail-fast: true, auto-create: false, modify-topic-configs: true, ssl.trust-store-location: a.pem}
  retry.topic: {enabled: true, attempts: 5, backoff: {delay: 1s, multiplier: 1.5, max-delay: 30s, jitter: 100}}
`, "KAFKA_PRODUCERS_AUDIT_BATCH_SIZE=1", "KAFKA_RETRY_TOPIC_BACKOFF_MAX_DELAY=10s", "KAFKA_PRODUCER_PROPERTIES_LINGER_MS=7")
	p, ok := c.Producer("")
	require.True(t, ok)
	require.Equal(t, map[string]string{
		"bootstrap.servers": "a:1", "security.protocol": "ssl", "acks": "all", "batch.size": "65536", "queue.buffering.max.kbytes": "32768",
		"compression.type": "zstd", "retries": "5", "linger.ms": "7",
	}, texts(p))
	require.Equal(t, spec.Set("tx-", "yaml:13"), p.TransactionIDPrefix)
	require.Equal(t, spec.Set("p", "yaml:12"), p.ClientID)
	audit, ok := c.Producer("audit")
	require.True(t, ok)
	require.Equal(t, []string{"1", "50", "1"}, []string{texts(audit)["acks"], texts(audit)["linger.ms"], texts(audit)["batch.size"]})
	require.False(t, audit.TransactionIDPrefix.IsSet(), "two producers must not share one")
	_, ok = c.Producer("nobody")
	require.False(t, ok)
	require.Equal(t, []config.Entry{{Name: "audit", Origin: "yaml:15"}, {Name: "far.away", Origin: "yaml:15"}}, c.Producers())
	require.Equal(t, "orders", c.Template().DefaultTopic.V)
	require.Equal(t, 5*time.Second, c.Template().CloseTimeout.V)
	require.True(t, c.Admin().FailFast.V)
	require.Equal(t, "a.pem", c.Admin().Properties["ssl.ca.location"].V)
	require.Equal(t, 1.5, c.RetryTopic().Multiplier.V) //nolint:testifylint // read from a text, not computed
	require.Equal(t, spec.Set(10*time.Second, "env KAFKA_RETRY_TOPIC_BACKOFF_MAX_DELAY"), c.RetryTopic().MaxDelay)
	require.Empty(t, c.Warnings)
}

func TestClusters(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  bootstrap-servers: a:1
  sasl: {username: home, password: hunter2}
  producer: {ssl.key-password: hunter2}
  clusters:
    eu: {bootstrap-servers: eu:1, client-id: e, allow-insecure: true, security: {protocol: sasl_plaintext}, properties: {client.rack: r}}
    eu.sasl.username: me
    us: {}
  producers: {audit: {cluster: eu, acks: 1}}
`, "KAFKA_CLUSTERS_EU_SASL_PASSWORD=pw", "KAFKA_CLUSTERS_ASIA_SASL_PASSWORD=pw")
	require.Equal(t, []config.Entry{{Name: "eu", Origin: "yaml:7"}, {Name: "us", Origin: "yaml:9"}}, c.Clusters())
	eu, ok := c.Cluster("eu")
	require.True(t, ok)
	require.Equal(t, "eu:1", eu.BootstrapServers.V)
	require.True(t, eu.AllowInsecure.V)
	require.Equal(t, map[string]string{"security.protocol": "sasl_plaintext", "client.rack": "r", "sasl.username": "me", "sasl.password": "pw"}, properties(eu))
	_, ok = c.Cluster("asia")
	require.False(t, ok, "only files make entries")
	_, ok = (*config.Config)(nil).Cluster("eu")
	require.False(t, ok)

	audit, _ := c.Producer("audit")
	require.Equal(t, map[string]string{
		"bootstrap.servers": "eu:1", "security.protocol": "sasl_plaintext", "client.rack": "r", "sasl.username": "me", "sasl.password": "pw", "acks": "1",
	}, texts(audit), "nothing of the home cluster's credentials")

	c = load(t, `
kafka: {cluster: eu, sasl: {username: home, password: hunter2}, properties: {linger.ms: 5}, clusters: {eu: {bootstrap-servers: eu:1}}}
`)
	p, _ := c.Producer("")
	require.Equal(t, map[string]string{"bootstrap.servers": "eu:1", "linger.ms": "5"}, texts(p))
}

// TestTopics: declared topics, whose names and settings have dots.
func TestTopics(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka:
  topics:
    orders.v1: {partitions: 6, replicas: 3, config: {cleanup.policy: compact, retention: {ms: -1}}}
    orders.v1.config.min.insync.replicas: 2
    audit.partitions: 1
    bare:
  admin: {start: wait 5s}
  producer: {transaction-instance: pod-1, max-transactions: 4}
`, "KAFKA_TOPICS_AUDIT_REPLICAS=2", "KAFKA_TOPICS_OTHER_REPLICAS=2")
	require.Equal(t, []config.Entry{{Name: "audit", Origin: "yaml:6"}, {Name: "bare", Origin: "yaml:7"}, {Name: "orders.v1", Origin: "yaml:4"}}, c.Topics())
	orders, ok := c.Topic("orders.v1")
	require.True(t, ok)
	require.Equal(t, 6, orders.Partitions.V)
	require.Equal(t, 3, orders.Replicas.V)
	got := map[string]string{}
	for name, v := range orders.Config {
		got[name] = v.V
	}
	require.Equal(t, map[string]string{"cleanup.policy": "compact", "retention.ms": "-1", "min.insync.replicas": "2"}, got)
	audit, _ := c.Topic("audit")
	require.Equal(t, 1, audit.Partitions.V)
	require.Equal(t, spec.Set(2, "env KAFKA_TOPICS_AUDIT_REPLICAS"), audit.Replicas)
	_, ok = c.Topic("other")
	require.False(t, ok, "only files make entries")
	require.Equal(t, spec.StartPolicy{Kind: spec.StartWait, Within: 5 * time.Second}, c.Admin().Start.V)
	p, _ := c.Producer("")
	require.Equal(t, "pod-1", p.TransactionInstance.V)
	require.Equal(t, 4, p.MaxTransactions.V)
	require.Empty(t, c.Warnings)
}

func TestFaultsOfTopics(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.YAML([]byte(`
kafka:
  topics:
    orders: {partitons: 6, config: 7}
    audit: {replicas: many}
`)), config.Environ())
	require.ErrorContains(t, err, "kafka.topics.orders.partitons (yaml:4): is not a setting; did you mean partitions?")
	require.ErrorContains(t, err, "kafka.topics.orders.config (yaml:4): takes a map of the topic's settings")
	require.ErrorContains(t, err, "kafka.topics.audit.replicas (yaml:5)")
}

// TestCodeOfAProducer: what code says lies right below the entry of its name.
func TestCodeOfAProducer(t *testing.T) {
	t.Parallel()
	c := load(t, `
kafka: {bootstrap-servers: a:1, producer: {acks: 1, compression-type: lz4}, producers: {audit: {compression-type: zstd}}}
`)
	code := spec.Producer{Acks: spec.Set("all", "code"), CompressionType: spec.Set("gzip", "code")}
	p, _ := c.ProducerOver("", code)
	require.Equal(t, []string{"1", "lz4"}, []string{p.Acks.V, p.CompressionType.V})
	p, _ = c.ProducerOver("audit", code)
	require.Equal(t, []string{"all", "zstd"}, []string{p.Acks.V, p.CompressionType.V})
	p, ok := c.ProducerOver("other", code)
	require.False(t, ok)
	require.Equal(t, []string{"all", "gzip", "a:1"}, []string{p.Acks.V, p.CompressionType.V, p.BootstrapServers.V})
}
