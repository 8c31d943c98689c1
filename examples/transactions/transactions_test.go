package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// transactionalID is another one in each process.
var transactionalID = regexp.MustCompile(`"shop-[^"]*"`)

const printed = `Without a transaction, the credit fails:
  error: the account of the shop is closed
  a reader sees ledger: {"Order":"A","Account":"customer","Cents":-999}
  a reader sees orders: {"ID":"A"}
In a transaction, the credit fails:
  error: the account of the shop is closed
  a reader sees nothing
In a transaction, the customer goes away:
  error: template "money": not committed "shop-ID": the transaction was aborted: context canceled
  a reader sees nothing
In a transaction, all is well:
  a reader sees ledger: {"Order":"D","Account":"customer","Cents":-999}
  a reader sees ledger: {"Order":"D","Account":"shop","Cents":999}
  a reader sees orders: {"ID":"D"}
`

func TestTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	broker := kafkatest.New(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), broker.Brokers(), &out))
	require.Equal(t, printed, transactionalID.ReplaceAllString(out.String(), `"shop-ID"`))
}
