package factory

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
)

// configs answers what topics are set to.
type configs struct {
	broker.Manager
	of map[string]map[string]string
}

func (c configs) TopicConfigs(_ context.Context, name string) (map[string]string, error) {
	return c.of[name], nil
}

// What waits in a topic must be there when its time has come, whatever the
// brokers do with topics of which nothing is said.
func TestTopicsOfLettersKeepWhatWaitsInThem(t *testing.T) {
	t.Parallel()
	m := configs{of: map[string]map[string]string{
		"short":   {"retention.ms": "21600000", "max.message.bytes": "1000", "cleanup.policy": "compact"},
		"forever": {"retention.ms": "-1"},
	}}
	for _, tt := range []struct {
		name    string
		sources []string
		delay   time.Duration
		want    map[string]string
	}{
		{"a dead letter", []string{"short"}, 0, map[string]string{"cleanup.policy": "delete", "max.message.bytes": "66536"}},
		{"long before they are deleted", []string{"short"}, time.Minute, map[string]string{"cleanup.policy": "delete", "max.message.bytes": "66536"}},
		{"after they were deleted", []string{"forever", "short"}, 12 * time.Hour, map[string]string{"cleanup.policy": "delete", "max.message.bytes": "66536", "retention.ms": "604800000"}},
		{"nothing is deleted", []string{"forever"}, 12 * time.Hour, map[string]string{"cleanup.policy": "delete"}},
		{"nobody knows", []string{"gone"}, 48 * time.Hour, map[string]string{"cleanup.policy": "delete", "retention.ms": "691200000"}},
	} {
		require.Equal(t, tt.want, letterTopic{sources: tt.sources, delay: tt.delay}.config(t.Context(), m), tt.name)
	}
}
