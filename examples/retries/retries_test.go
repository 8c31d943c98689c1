package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

func TestRetries(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(1, paymentsTopic, receiptsTopic))
	var out bytes.Buffer
	shop(broker.Brokers(), &out).Run() // ends by itself; a failure would end the test's process
	text := out.String()
	for _, line := range []string{
		"payment 1 went through at attempt 1", "payment 2 went through at attempt 3", "payment 4 went through at attempt 1",
		"receipt 1 went through at attempt 1", "receipt 2 went through at attempt 3", "receipt 4 went through at attempt 1",
		"receipt 3 is dead after 3 attempts: the provider does not answer",
		"replayed 1 receipt", "replayed 1 payment",
		"receipt 3 went through at attempt 1", "payment 3 went through at attempt 1",
	} {
		require.Equal(t, 1, strings.Count(text, line+"\n"), "%s\n%s", line, text)
	}
	require.Less(t, strings.Index(text, "payment 2"), strings.Index(text, "payment 4"), "in order")
	require.Greater(t, strings.Index(text, "receipt 2"), strings.Index(text, "receipt 4"), "overtaken")
}
