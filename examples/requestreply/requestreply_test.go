package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
)

func TestQuotes(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t, kafkatest.Topics(3, quotesTopic, repliesTopic, deafTopic))
	var out bytes.Buffer
	shop(broker.Brokers(), time.Minute, &out).Run() // ends by itself; a failure would end the test's process
	require.Equal(t, "3 × apple: 150 cents\n2 × pear: 130 cents\n1 × unicorn: the desk says: we do not sell unicorns\nnobody listens: no reply came\n", out.String())
}

func TestDesk(t *testing.T) {
	t.Parallel()
	desk := &Desk{cents: map[string]int{"apple": 50}}
	quote, err := desk.OnAsk(t.Context(), listener.Record[Ask]{Value: Ask{"apple", 2}})
	require.NoError(t, err)
	require.Equal(t, Quote{100}, quote)
	_, err = desk.OnAsk(t.Context(), listener.Record[Ask]{Value: Ask{"unicorn", 1}})
	require.EqualError(t, err, "we do not sell unicorns")
}
