package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrders(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(Flags{Rate: 20, Orders: 40}, NewScreen(&out)))
	t.Logf("\n%s", &out)

	text := out.String()
	for _, want := range []string{
		`orders    orders\[\d\]\s+@\d+  #1 +nil +order \d+ of \w+, \d+\.\d\d EUR`,
		`refunds   refunds\[\d\]\s+@\d+  #1 +Nack\(1s\) +refund of order 4, but the bank is busy`,
		`refunds   refunds\[\d\]\s+@\d+  #3 +Acknowledge\(\) +refund of order 4, `,
		`audit     orders\[\d\]\s+@\d+(-\d+)?  #1 +nil +a batch of \d+`,
		`orders    orders\[\d\]\s+@[1-9]\d*  of \d+ +all done`,
		`refunds   refunds\[\d\]\s+@[1-9]\d*  of \d+ +all done`,
		`audit     refunds\[\d\]\s+@[1-9]\d*  of \d+ +all done`,
	} {
		require.Regexp(t, want, text)
	}
	require.NotContains(t, text, " left", "everything is committed")
	require.NotContains(t, text, "\x1b", "no colours where there is no terminal")
}

func TestColours(t *testing.T) {
	var out bytes.Buffer
	screen := NewScreen(&out)
	screen.colour = true
	screen.Nacked("refunds", Place{Topic: "refunds", Partition: 1, Offset: 7, Attempt: 2}, "Nack(1s)", "refund")
	require.Equal(t, "\x1b[35mrefunds \x1b[0m  refunds[1]              @7  \x1b[33m#2     \x1b[0m  \x1b[33mNack(1s)     \x1b[0m  refund\n", out.String())
}
