package doctor

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/ledger"
)

func TestOffsetsArePrintedForPeople(t *testing.T) {
	t.Parallel()
	m := &ledger.Map{Base: 10, Epoch: 3, Done: []ledger.Range{{From: 12, To: 13}, {From: 15, To: 21}}}
	at := func(offset int64, metadata string) broker.Offset {
		return broker.Offset{Partition: broker.Partition{Topic: "orders", ID: 2}, Offset: offset, Metadata: metadata}
	}
	o := Offsets{
		Groups: []GroupOffsets{{Group: "billing", Brokers: "a:9092", Partitions: []PartitionOffset{
			partitionOffset(at(10, m.Encode(4096)), 30),
			partitionOffset(at(broker.None, ""), 5),
			partitionOffset(at(10, "something else"), 30),
			partitionOffset(at(11, m.Encode(4096)), 30),
			partitionOffset(at(30, ""), 30),
		}}},
		Problems: []string{"group x: away"},
	}
	var out strings.Builder
	require.NoError(t, o.Write(&out))
	require.Equal(t, `group billing on a:9092
  orders[2]  committed 10  end 30  lag 13
      done above it: 7 offsets: 12, 15-20
  orders[2]  committed none  end 5  lag 5
  orders[2]  committed 10  end 30  lag 20
      the map in the commit's metadata is not used, so that nothing above the offset counts as done: it was written by something else, or by another version
  orders[2]  committed 11  end 30  lag 19
      the map in the commit's metadata is not used, so that nothing above the offset counts as done: it belongs to another offset
  orders[2]  committed 30  end 30  lag 0
problem  group x: away
`, out.String())
}
