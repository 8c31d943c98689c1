package spec_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/spec"
)

func TestParsePartitions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text    string
		want    spec.PartitionSet
		printed string
	}{
		{"orders", spec.PartitionSet{Topic: "orders"}, "orders[*]"},
		{" orders [ * ] ", spec.PartitionSet{Topic: "orders"}, "orders[*]"},
		{"orders[7, 0-2]", spec.PartitionSet{Topic: "orders", IDs: []int32{0, 1, 2, 7}}, "orders[0-2,7]"},
		{"orders[5]@beginning", spec.PartitionSet{Topic: "orders", IDs: []int32{5}, Start: spec.Position{Kind: spec.AtBeginning}}, "orders[5]@beginning"},
		{"orders@end-10", spec.PartitionSet{Topic: "orders", Start: spec.Position{Kind: spec.FromEnd, N: 10}}, "orders[*]@end-10"},
		{"orders[*]@42", spec.PartitionSet{Topic: "orders", Start: spec.Position{Kind: spec.AtOffset, N: 42}}, "orders[*]@42"},
		{
			"orders@2026-01-02T15:04:05Z",
			spec.PartitionSet{Topic: "orders", Start: spec.Position{Kind: spec.AtTime, At: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)}},
			"orders[*]@2026-01-02T15:04:05Z",
		},
	}
	for _, tt := range tests {
		got, err := spec.ParsePartitions(tt.text)
		require.NoError(t, err, tt.text)
		require.Equal(t, tt.want, got, tt.text)
		require.Equal(t, tt.printed, got.String())
	}
}

func TestParsePartitionsRefuses(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                            "names no topic",
		"[0]":                         "names no topic",
		"^orders-.*":                  "is a pattern",
		"a,b":                         "no topic with partitions",
		"orders]":                     "no topic with partitions",
		"orders[0":                    "do not match",
		"orders[[0]]":                 "do not match",
		"orders[]":                    "no partition",
		"orders[0,]":                  "no partition",
		"orders[-1]":                  "negative",
		"orders[5-2]":                 "reversed: write 2-5",
		"orders[1,0-3]":               "partition 1 stands there twice",
		"orders[0-999999]":            "more than 10000",
		"orders[0-9999,10000]":        "more than 10000",
		"orders[0-99999999999999999]": "no partition",
		"orders[2000000]":             "so many",
		"orders[a]":                   "no partition",
		"orders[+1]":                  "no partition",
		"orders[0]@yesterday":         "no position",
		"orders@end-":                 "no position",
		"orders@-5":                   "no position",
		"orders@current5":             "no position",
	} {
		_, err := spec.ParsePartitions(text)
		require.ErrorContains(t, err, says, text)
	}
}

func TestPartitionsAreSplitOutsideBrackets(t *testing.T) {
	t.Parallel()
	k, _ := spec.Lookup("partitions")
	var s spec.Settings
	require.NoError(t, k.Set(&s, "orders[0-5,7]@end-10 , bills", "here"))
	require.Equal(t, []string{"orders[0-5,7]@end-10", "bills"}, s.Partitions.V)
	require.NoError(t, k.Set(&s, []string{"orders[0,1]"}, "here"))
	require.Equal(t, []string{"orders[0,1]"}, s.Partitions.V)
}

func TestPositionsPrintWhatTheyRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"committed", "beginning", "end", "42", "end-10", "current+5", "current-5", "2026-01-02T15:04:05.5Z"} {
		p, err := spec.ParsePosition(" " + text + " ")
		require.NoError(t, err)
		require.Equal(t, text, p.String())
	}
	p, err := spec.ParsePosition("committed")
	require.NoError(t, err)
	require.True(t, p.IsZero())
}

func FuzzPartitions(f *testing.F) {
	for _, text := range []string{"orders[0-5,7]@end-10", "a[*]@current-1", "a@2026-01-02T15:04:05Z", "a[0-9999]", "a]@[", "a[-1]", "a@@"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := spec.ParsePartitions(text)
		if err != nil {
			return
		}
		again, err := spec.ParsePartitions(first.String())
		require.NoError(t, err, first.String())
		require.Equal(t, first.String(), again.String())
		require.LessOrEqual(t, len(first.IDs), 10_000)
	})
}
