package main

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// TestRun: an outage in the middle costs a handful of attempts, three to notice
// it and one for each probe, and no payment; each is charged once.
func TestRun(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(2, "payments"))
	for i := range payments {
		kafkatest.ProduceValues(broker, "payments", fmt.Sprint(i))
	}
	var out bytes.Buffer
	p := &provider{outage: time.Second}
	require.NoError(t, run(t.Context(), broker.Brokers(), p, &out))
	require.Len(t, p.charged, payments)
	for v, n := range p.charged {
		require.Equal(t, 1, n, v)
	}
	require.Less(t, p.failed, 10)
	require.GreaterOrEqual(t, p.failed, 4)
	require.Contains(t, out.String(), "paused: circuit breaker \"provider\" is open\n")
	require.Contains(t, out.String(), "goes on\n")
	require.Equal(t, int64(payments), broker.Committed("payments", "payments")[0]+broker.Committed("payments", "payments")[1])
}
