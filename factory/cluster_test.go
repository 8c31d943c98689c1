package factory_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

const twoClusters = `
kafka:
  bootstrap-servers: here:9092
  consumer: {max-poll-records: 7}
  properties: {security.protocol: sasl_ssl, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: hunter2, fetch.min.bytes: 3}
  clusters:
    eu: {bootstrap-servers: "eu:9092", properties: {security.protocol: ssl, fetch.max.bytes: 70000000}}
    us: {bootstrap-servers: "us:9092"}
  factories: {overseas: {cluster: us}}
`

func TestAClustersConnectionReplacesThatOfKafka(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("europe", factory.Cluster("eu"), factory.Property("fetch.min.bytes", "5"))}
	s := one(t, twoClusters, fs, on("a", topic, listener.Factory("europe")))
	require.Equal(t, "eu:9092", s.Client["bootstrap.servers"])
	require.Equal(t, "ssl", s.Client["security.protocol"])
	require.Equal(t, "5", s.Client["fetch.min.bytes"], "the factory in code is above the cluster")
	require.Equal(t, "70000000", s.Client["fetch.max.bytes"])
	require.Equal(t, 7, s.MaxPollRecords, "the rest of kafka.* is there")
	require.NotContains(t, s.Client, "sasl.password", "no password reaches a cluster that it is not for")
	require.Contains(t, s.Text, "cluster: eu ")

	require.Equal(t, "us:9092", one(t, twoClusters, fs, on("a", topic, listener.Factory("overseas"))).Client["bootstrap.servers"])
	require.Equal(t, "us:9092", one(t, twoClusters, fs, on("a", topic, listener.Factory("europe"), factory.Cluster("us"))).Client["bootstrap.servers"])
	back := one(t, twoClusters, fs, on("a", topic, listener.Factory("overseas"), factory.Cluster("")))
	require.Equal(t, "here:9092", back.Client["bootstrap.servers"])
	require.Equal(t, "hunter2", back.Client["sasl.password"])
	own := []factory.ContainerFactory{factory.New("own", factory.BootstrapServers("own:9092"), factory.Property("ssl.key.password", "hunter3"))}
	back = one(t, twoClusters, own, on("a", topic, listener.Factory("own"), factory.Cluster("")))
	require.Equal(t, "here:9092", back.Client["bootstrap.servers"], "the factory's own cluster is not kafka.* itself")
	require.NotContains(t, back.Client, "ssl.key.password")
}

func TestAClusterThatIsChosenForAll(t *testing.T) {
	t.Parallel()
	s := one(t, "kafka: {bootstrap-servers: \"here:9092\", cluster: eu, clusters: {eu: {bootstrap-servers: \"eu:9092\"}}}", nil, on("a", topic))
	require.Equal(t, "eu:9092", s.Client["bootstrap.servers"])
	require.Contains(t, s.Text, "cluster: eu ")
}

func TestAListenersClusterLeavesItsFactorysConnectionBehind(t *testing.T) {
	t.Parallel()
	fs := []factory.ContainerFactory{factory.New("f", factory.BootstrapServers("f:9092"), factory.Property("ssl.key.password", "hunter2"))}
	s := one(t, twoClusters, fs, on("a", topic, listener.Factory("f"), factory.Cluster("us")))
	require.Equal(t, "us:9092", s.Client["bootstrap.servers"])
	require.NotContains(t, s.Client, "ssl.key.password")
	require.Contains(t, s.Notes[0], "bootstrap-servers (code cluster_test.go:")
}

func TestClustersThatAreWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		l          listener.Listener
		says       []string
	}{
		{"unknown", twoClusters, on("a", topic, factory.Cluster("ue")), []string{`cluster (code cluster_test.go:`, `no cluster "ue"`, "did you mean"}},
		{"unknown to all", "kafka:\n  cluster: eu", on("a", topic), []string{"kafka.cluster (yaml:2)", "kafka.clusters"}},
		{"without brokers", "kafka:\n  clusters:\n    eu: {client-id: x}", on("a", topic), []string{`cluster "eu" (yaml:3)`, "no brokers", "kafka.clusters.eu.bootstrap-servers"}},
		{"with brokers beside it", twoClusters, on("a", topic, factory.Cluster("us"), factory.BootstrapServers("x:1")), []string{"names a cluster", "remove one"}},
		{"a bad property, said once", "kafka:\n  clusters:\n    eu: {bootstrap-servers: h, properties: {fetch.min.byts: 1}}\n  factories: {f: {cluster: eu}}", on("a", topic, factory.Cluster("eu")), []string{`cluster "eu" (yaml:3): properties.fetch.min.byts (yaml:3)`, "fetch.min.bytes?"}},
		{"weak, said once", "kafka:\n  clusters:\n    eu: {bootstrap-servers: h, properties: {ssl.endpoint.identification.algorithm: none}}", on("a", topic, factory.Cluster("eu")), []string{`cluster "eu" (yaml:3)`, "allow-insecure"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := factory.Specs(yaml(t, tt.text), nil, []listener.Listener{tt.l})
			var joined interface{ Unwrap() []error }
			require.ErrorAs(t, err, &joined)
			require.Len(t, joined.Unwrap(), 1, "%v", err)
			for _, says := range tt.says {
				require.ErrorContains(t, err, says)
			}
		})
	}
}

func TestAClusterIsCheckedAboveKafka(t *testing.T) {
	t.Parallel()
	const text = "kafka: {consumer: {max-poll-interval: 20m}, clusters: {eu: {bootstrap-servers: h, properties: {session.timeout.ms: 600000}}}}"
	require.Equal(t, "600000", one(t, text, nil, on("a", topic, factory.Cluster("eu"))).Client["session.timeout.ms"])
}

func TestAllowInsecureOfKafkaIsNotThatOfACluster(t *testing.T) {
	t.Parallel()
	const text = "kafka: {allow-insecure: true, clusters: {eu: {bootstrap-servers: h, properties: {ssl.endpoint.identification.algorithm: none}}}}"
	_, err := factory.Specs(yaml(t, text), nil, []listener.Listener{on("a", topic, factory.Cluster("eu"))})
	require.ErrorIs(t, err, factory.ErrInsecure)
}

func TestSecretsAreReadFromFilesAtEachOpen(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("hunter2\n"), 0o600))
	text := "kafka: {bootstrap-servers: \"127.0.0.1:1\", properties: {security.protocol: sasl_ssl, sasl.mechanism: PLAIN, sasl.username: me, sasl.password-file: '" + file + "'}}"
	s := one(t, text, nil, on("a", topic))
	require.Equal(t, "hunter2", s.Client["sasl.password"])
	require.NotContains(t, s.Text, "hunter2")
	c, err := s.Open(0, func(int, string, string) {})
	require.NoError(t, err)
	require.NoError(t, c.Close())

	require.NoError(t, os.Remove(file))
	_, err = s.Open(0, func(int, string, string) {})
	require.ErrorContains(t, err, "sasl.password-file")
	_, err = factory.Specs(yaml(t, text), nil, []listener.Listener{on("a", topic)})
	require.ErrorContains(t, err, "sasl.password-file (yaml:1): the file can't be used")
	require.NotContains(t, err.Error(), file)
}

func TestASecretOfAnyKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	const canary = "cAnArY"
	cfg := yaml(t, "kafka: {listeners: {a: {group-id: '${DB_PASSWORD}', topics: '${DB_PASSWORD}', group-instance-id: '${DB_PASSWORD}'}}}", "DB_PASSWORD="+canary+" "+canary)
	_, err := factory.Specs(cfg, nil, []listener.Listener{
		on("a"), on("b", listener.Topics("${DB_PASSWORD}", "${DB_PASSWORD}"), listener.GroupID("${DB_PASSWORD}"), factory.Cluster("${DB_PASSWORD}")),
		on("c", listener.Partitions("${DB_PASSWORD}", "1"), factory.Assignor("${DB_PASSWORD}")),
		on("d", topic, factory.Property("client.rack", "${DB_PASSWORD}\x00"), factory.Property("security.protocol", "${DB_PASSWORD}")),
		on("e", topic, listener.Factory("${DB_PASSWORD}")),
	})
	require.Error(t, err)
	require.NotContains(t, err.Error(), canary)
}

func TestAPasswordThatGoesToOtherBrokersIsNoted(t *testing.T) {
	t.Parallel()
	s := one(t, twoClusters, nil, on("a", topic, factory.BootstrapServers("other:9092")))
	require.Contains(t, s.Text, "# warning: properties.sasl.password (yaml:")
	require.NotContains(t, s.Text, "hunter2")
	for _, opts := range [][]listener.Option{
		{topic},
		{topic, factory.BootstrapServers("here:9092")},
		{topic, factory.BootstrapServers("other:9092"), factory.Property("sasl.password", "its own")},
		{topic, factory.Cluster("us")},
	} {
		require.NotContains(t, one(t, twoClusters, nil, on("a", opts...)).Text, "goes to the brokers")
	}
}
