package factory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesOfBrokers(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat("b-1.a-cluster.abcdef.c2.kafka.eu-west-1.amazonaws.com:9096,", 6), ",")
	for _, servers := range []string{many, "b", "b:9092", "PLAINTEXT://b:9092, SASL_SSL://c:9093", "[::1]:9092", "10.0.0.1:9092,", "::1", "my_broker:1"} {
		s := one(t, "kafka: {bootstrap-servers: '"+servers+"'}", nil, on("a", topic))
		require.Equal(t, strings.ReplaceAll(servers, ", ", ","), s.Client["bootstrap.servers"])
	}
}
