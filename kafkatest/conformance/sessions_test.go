package conformance

import (
	"strconv"
	"testing"
	"time"

	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/kafkatest/internal/session"
)

var _ brokertest.Sitter = backend{}

// Sit implements brokertest.Sitter.
func (k backend) Sit(t testing.TB, group string, d time.Duration) []string {
	t.Helper()
	if k.properties["group.protocol"] != "consumer" {
		return []string{"session.timeout.ms", strconv.FormatInt(d.Milliseconds(), 10)}
	}
	if err := session.Set(t.Context(), k.b.Client(), group, d); err != nil {
		t.Fatal(err)
	}
	return nil
}
