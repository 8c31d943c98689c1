package kafkatest

import (
	"os"
	"strconv"
	"testing"
)

// The environment that Real reads.
const (
	envBrokers = "HEARKEN_TEST_BROKERS"  // bootstrap servers of a Kafka that tests may fill with topics
	envRequire = "HEARKEN_REQUIRE_KAFKA" // true: a missing Kafka fails tests
)

// Real connects to the Kafka that HEARKEN_TEST_BROKERS names; `make test`
// starts one and sets the variable. Without it the test is skipped, or fails
// where HEARKEN_REQUIRE_KAFKA is 1. Nothing else chooses the cluster.
//
// A real cluster outlives the test: take every topic and group name from
// NewTopic and Unique.
func Real(t TB) *Broker {
	t.Helper()
	brokers := os.Getenv(envBrokers)
	if brokers == "" {
		missing(t)
		return nil
	}
	return At(t, brokers)
}

// At connects to the Kafka at brokers ("host:port,host:port"), which was
// started elsewhere: by package devkafka, for example.
func At(t TB, brokers string) *Broker {
	t.Helper()
	b, err := connect(t, brokers)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	t.Cleanup(b.client.Close)
	ctx, cancel := request()
	defer cancel()
	b.check(b.client.Ping(ctx), "no Kafka answers at %s", brokers)
	return b
}

func missing(t TB) {
	t.Helper()
	if must, _ := strconv.ParseBool(os.Getenv(envRequire)); must {
		t.Fatalf("kafkatest: %s asks for a real Kafka, but %s is empty (make test sets it)", envRequire, envBrokers)
		return
	}
	t.Skipf("needs a real Kafka: %s is empty (make test sets it)", envBrokers)
}

// Each runs test twice, as subtests: "kfake" on an embedded broker of its own,
// made with opts, and "kafka" on the real one (see Real).
func Each(t *testing.T, test func(t *testing.T, b *Broker), opts ...Option) {
	t.Helper()
	t.Run("kfake", func(t *testing.T) { test(t, New(t, opts...)) })
	t.Run("kafka", func(t *testing.T) { test(t, Real(t)) })
}
