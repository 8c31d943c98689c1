package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(1, "greetings"))
	kafkatest.ProduceValues(broker, "greetings", "Hello")
	var out bytes.Buffer
	program(broker.Brokers(), &out).Run()
	require.Equal(t, "the database is open\nHello from greetings[0]@0\nthe database is closed\n", out.String())
	require.Equal(t, map[int32]int64{0: 1}, broker.Committed("greetings", "greetings"))
}
