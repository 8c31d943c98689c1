package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// TestRun: an outage in the middle costs three attempts to notice it and then one
// for each time that the breaker rests, and no payment; each is charged once.
func TestRun(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(2, "payments"))
	for i := range payments {
		kafkatest.ProduceValues(broker, "payments", fmt.Sprint(i))
	}
	var out bytes.Buffer
	p := &provider{outage: 5}
	require.NoError(t, run(t.Context(), broker.Brokers(), p, &out))
	require.Len(t, p.charged, payments)
	for v, n := range p.charged {
		require.Equal(t, 1, n, v)
	}
	require.Len(t, p.failed, 5) // the provider's outage is counted in calls: this is for the indexes below
	for probe := 3; probe < 5; probe++ {
		require.GreaterOrEqual(t, p.failed[probe].Sub(p.failed[probe-1]), rest, "probe %d", probe-2)
	}
	require.Contains(t, out.String(), "paused: circuit breaker \"provider\" is open\n")
	require.Contains(t, out.String(), "goes on\n")
	require.Equal(t, int64(payments), broker.Committed("payments", "payments")[0]+broker.Committed("payments", "payments")[1])
}
