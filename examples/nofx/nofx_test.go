package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(1, "greetings"))
	kafkatest.ProduceValues(broker, "greetings", "Hello", "Bonjour", "Moin")
	var out bytes.Buffer
	code, err := run(t.Context(), broker.Brokers(), 3, &out)
	require.NoError(t, err)
	require.Zero(t, code)
	require.Equal(t, "greetings[0]@0: Hello\ngreetings[0]@1: Bonjour\ngreetings[0]@2: Moin\n", out.String())
	require.Equal(t, map[int32]int64{0: 3}, broker.Committed("greetings", "greetings"))
}
