package factory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/listener"
)

func TestWeakSettingsAreRefused(t *testing.T) {
	t.Parallel()
	const loopback, remote = "localhost:9092,127.0.0.1:1,[::1]:9093", "localhost:9092,broker:9092"
	const plain = "{security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: hunter2}"
	tests := []struct {
		name, properties, servers string
		key                       string
		warns                     bool // even without allow-insecure
	}{
		{"PLAIN", plain, remote, "properties.security.protocol", false},
		{"PLAIN on this machine", plain, loopback, "properties.security.protocol", true},
		{"PLAIN by its other name", "{security.protocol: sasl_plaintext, sasl.mechanisms: PLAIN, sasl.username: me, sasl.password: x}", remote, "properties.security.protocol", false},
		{"PLAIN on a name that begins like this machine", plain, "localhost.example.org:9092", "properties.security.protocol", false},
		{"OAUTHBEARER", "{security.protocol: sasl_plaintext, sasl.mechanisms: OAUTHBEARER}", remote, "properties.security.protocol", false},
		{"verification", "{security.protocol: ssl, enable.ssl.certificate.verification: false}", remote, "properties.enable.ssl.certificate.verification", false},
		{"verification on this machine", "{security.protocol: ssl, enable.ssl.certificate.verification: false}", loopback, "properties.enable.ssl.certificate.verification", false},
		{"host names", "{ssl.endpoint.identification.algorithm: none}", remote, "properties.ssl.endpoint.identification.algorithm", false},
		{"unsecured tokens", "{enable.sasl.oauthbearer.unsecure.jwt: true}", remote, "properties.enable.sasl.oauthbearer.unsecure.jwt", false},
		{"token endpoint", "{sasl.oauthbearer.token.endpoint.url: \"http://idp/token\"}", remote, "properties.sasl.oauthbearer.token.endpoint.url", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := "kafka:\n  bootstrap-servers: \"" + tt.servers + "\"\n  properties: " + tt.properties + "\n"
			l := on("a", topic)
			if !tt.warns {
				_, err := factory.Specs(yaml(t, text), nil, []listener.Listener{l})
				require.ErrorIs(t, err, factory.ErrInsecure)
				require.ErrorContains(t, err, tt.key+" (yaml:3)")
				require.ErrorContains(t, err, "or write allow-insecure: true")
				require.NotContains(t, err.Error(), "hunter2")
				l = on("a", topic, factory.AllowInsecure(true))
			}
			s := one(t, text, nil, l)
			require.Contains(t, s.Notes[0], "warning: "+tt.key+" (yaml:3)")
			require.NotContains(t, s.Text, "hunter2")
		})
	}
}

func TestStrongSettingsAreFine(t *testing.T) {
	t.Parallel()
	for _, properties := range []string{
		"{security.protocol: sasl_ssl, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: x}",
		"{security.protocol: sasl_plaintext, sasl.mechanism: SCRAM-SHA-512, sasl.username: me, sasl.password: x}",
		"{security.protocol: ssl}",
		"{sasl.oauthbearer.token.endpoint.url: \"https://idp/token\"}",
	} {
		s := one(t, "kafka: {bootstrap-servers: \"broker:9092\", properties: "+properties+"}", nil, on("a", topic))
		require.Empty(t, s.Notes, properties)
	}
}
