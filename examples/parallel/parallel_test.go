package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hearken-go/hearken/kafkatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTenThousandSlowCalls(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(1, "payments"))
	broker.Produce("payments", payments(calls)...)
	var out bytes.Buffer
	began := time.Now()
	require.NoError(t, run(t.Context(), broker.Brokers(), calls, &out))
	require.Less(t, time.Since(began), calls*slow/4, "one after the other they take 200 s")
	require.Regexp(t, `^10000 calls of 20ms on one partition took .*; one after the other they take 3m20s
up to \d{2,3} at once, for 1000 customers
each customer's payments were handled one at a time, and in their order
$`, out.String())
	require.Equal(t, map[int32]int64{0: calls}, broker.Committed("payments", "payments"))
}
