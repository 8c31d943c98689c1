package spec_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

func TestPropertiesThatAreSettings(t *testing.T) {
	t.Parallel()
	var s spec.Settings
	s.SetProperty("isolation.level", "Read-Uncommitted", "here")
	s.SetProperty("group.protocol", "CONSUMER", "here")
	s.SetProperty("group.instance.id", "pod-0", "here")
	s.SetProperty("partition.assignment.strategy", "range, roundrobin", "here")
	require.Equal(t, spec.Set("read_uncommitted", "here"), s.IsolationLevel)
	require.Equal(t, spec.Set("consumer", "here"), s.GroupProtocol)
	require.Equal(t, spec.Set("pod-0", "here"), s.GroupInstanceID)
	require.Equal(t, spec.Set("range,roundrobin", "here"), s.Assignor)
	require.Empty(t, s.Properties, "each has one home")
	s.SetProperty("isolation.level", "dirty", "there")
	require.Equal(t, "dirty", s.IsolationLevel.V, "what can't be read is kept, for the one who checks")
	for _, p := range []string{"isolation.level", "group.protocol", "group.instance.id", "partition.assignment.strategy"} {
		_, ok := spec.Lookup(spec.SettingOf(p))
		require.True(t, ok, p)
	}
}

func TestAFileAndATextOfASecretReplaceEachOther(t *testing.T) {
	t.Parallel()
	var text, file spec.Settings
	text.SetProperty("sasl.password", "x", "low")
	file.SetProperty("sasl.password-file", "/run/p", "up")
	require.Equal(t, []string{"sasl.password-file"}, spec.Layer(text, file).SortedProperties())
	require.Equal(t, []string{"sasl.password"}, spec.Layer(file, text).SortedProperties())
}

func TestWithoutConnection(t *testing.T) {
	t.Parallel()
	var s spec.Settings
	for _, name := range []string{
		"bootstrap.servers", "security.protocol", "ssl.ca.location", "ssl.key.password", "sasl.password", "sasl.mechanism", "sasl.password-file",
		"enable.ssl.certificate.verification", "enable.sasl.oauthbearer.unsecure.jwt", "https.ca.pem", "my.token", "client.dns.lookup", "SSL.key.pem",
	} {
		s.SetProperty(name, "x", "here")
	}
	s.PutProperty("client.software", spec.Value[string]{V: "x", Origin: "here", Secret: true})
	s.SetProperty("fetch.min.bytes", "5", "here")
	s.AllowInsecure, s.Cluster, s.GroupID = spec.Set(true, "here"), spec.Set("eu", "here"), spec.Set("g", "here")
	got := spec.WithoutConnection(s)
	require.Equal(t, []string{"fetch.min.bytes"}, got.SortedProperties())
	require.False(t, got.BootstrapServers.IsSet() || got.AllowInsecure.IsSet() || got.Cluster.IsSet())
	require.Equal(t, "g", got.GroupID.V)
	require.Len(t, s.Properties, 13, "the argument stays")
}

func TestSecretValuesAreNotPrinted(t *testing.T) {
	t.Parallel()
	k, _ := spec.Lookup("client-id")
	var s spec.Settings
	require.NoError(t, k.Set(&s, spec.SecretText("hunter2"), "here"))
	s.PutProperty("client.rack", spec.Value[string]{V: "hunter2", Origin: "here", Secret: true})
	topics, _ := spec.Lookup("topics")
	require.NoError(t, topics.Set(&s, spec.SecretList{"hunter2"}, "here"))
	require.Equal(t, "hunter2", s.ClientID.V)
	require.NotContains(t, spec.Render(new(spec.Layer(spec.Settings{}, s))), "hunter2")
	for _, name := range []string{"concurrency", "ack-mode", "ack-time", "partitions", "unacked"} {
		k, _ := spec.Lookup(name)
		err := k.Set(&s, spec.SecretText("[hunter2"), "here")
		require.ErrorContains(t, err, "secret", name)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestSharedFaultsBelongToNobody(t *testing.T) {
	t.Parallel()
	var common spec.Settings
	k, _ := spec.Lookup("concurrency")
	require.NoError(t, k.Set(&common, "0", "a.yaml:3"))
	common.SetProperty("fetch.x", "1", "a.yaml:4")
	var fs spec.Faults
	fs.Share(common)
	kind := errors.New("kind")
	for _, subject := range []string{`factory "f"`, `listener "l"`} {
		fs.AddOnce(&spec.Fault{Kind: kind, Subject: subject, Key: "concurrency", Origin: "a.yaml:3", Problem: "p"})
		fs.AddOnce(&spec.Fault{Kind: kind, Subject: subject, Key: "properties.fetch.x", Origin: "a.yaml:4", Problem: "p"})
	}
	fs.AddOnce(&spec.Fault{Kind: kind, Subject: `listener "l"`, Key: "concurrency", Origin: "a.yaml:9", Problem: "p"})
	require.Len(t, fs.All(), 3)
	require.Equal(t, "kafka.listener.concurrency (a.yaml:3): p", fs.All()[0].Error())
	require.Equal(t, "properties.fetch.x (a.yaml:4): p", fs.All()[1].Error())
	require.Equal(t, `listener "l": concurrency (a.yaml:9): p`, fs.All()[2].Error())
}
