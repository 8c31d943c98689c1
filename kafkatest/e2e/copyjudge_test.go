package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

// A verdict is how a copy differs from what was copied. Values are told apart
// by themselves: no two records of the input are alike.
type verdict struct {
	lost, twice, foreign []string
	swapped              []string // keys whose records are in another order, or in two partitions
}

func (v verdict) faults() (faults []string) {
	for what, list := range map[string][]string{"lost": v.lost, "there twice": v.twice, "never sent": v.foreign, "out of order": v.swapped} {
		if len(list) > 0 {
			faults = append(faults, fmt.Sprintf("%d are %s: %v", len(list), what, head(list)))
		}
	}
	slices.Sort(faults)
	return faults
}

// judge compares a copy with its input, each as a read-committed reader sees
// it: partition by partition, in offset order.
func judge(in, out []listener.RawRecord) (v verdict) {
	wanted, order := map[string]bool{}, map[string][]string{}
	for _, r := range in {
		wanted[string(r.Value)] = true
		order[string(r.Key)] = append(order[string(r.Key)], string(r.Value))
	}
	seen, got, home := map[string]int{}, map[string][]string{}, map[string]int32{}
	swapped := map[string]bool{}
	for _, r := range out {
		key, value := string(r.Key), string(r.Value)
		if seen[value]++; seen[value] == 2 {
			v.twice = append(v.twice, value)
		}
		if !wanted[value] && seen[value] == 1 {
			v.foreign = append(v.foreign, value)
		}
		if at, known := home[key]; known && at != r.Partition {
			swapped[key] = true
		}
		home[key] = r.Partition
		if seen[value] == 1 {
			got[key] = append(got[key], value)
		}
	}
	for key, values := range order {
		here := slices.DeleteFunc(slices.Clone(values), func(value string) bool { return seen[value] == 0 })
		for _, value := range values {
			if seen[value] == 0 {
				v.lost = append(v.lost, value)
			}
		}
		if mine := slices.DeleteFunc(got[key], func(value string) bool { return !wanted[value] }); !slices.Equal(here, mine) || swapped[key] {
			v.swapped = append(v.swapped, key)
		}
	}
	for _, list := range [][]string{v.lost, v.twice, v.foreign, v.swapped} {
		slices.Sort(list)
	}
	return v
}

// TestTheCopyJudgeSeesPlantedFaults: each kind of fault is seen, alone, and
// called by its name.
func TestTheCopyJudgeSeesPlantedFaults(t *testing.T) {
	t.Parallel()
	const keys, n = 5, 100
	var in []listener.RawRecord
	for i := range n {
		key := i % keys
		in = append(in, listener.RawRecord{
			Partition: int32(key % 2), Offset: int64(i), Key: fmt.Append(nil, key), Value: fmt.Appendf(nil, "%d:%d", key, i),
		})
	}
	slices.SortStableFunc(in, func(a, b listener.RawRecord) int { return int(a.Partition - b.Partition) })
	plant := func(change func(out []listener.RawRecord) []listener.RawRecord) verdict {
		return judge(in, change(slices.Clone(in)))
	}
	value := func(i int) []string { return []string{string(in[i].Value)} }
	none := plant(func(out []listener.RawRecord) []listener.RawRecord { return out })
	require.Empty(t, none.faults())
	for name, c := range map[string]struct {
		change func(out []listener.RawRecord) []listener.RawRecord
		want   verdict
	}{
		"lost":               {func(out []listener.RawRecord) []listener.RawRecord { return slices.Delete(out, 7, 8) }, verdict{lost: value(7)}},
		"the last one lost":  {func(out []listener.RawRecord) []listener.RawRecord { return out[:n-1] }, verdict{lost: value(n - 1)}},
		"everything lost":    {func(out []listener.RawRecord) []listener.RawRecord { return nil }, verdict{}},
		"twice, at once":     {func(out []listener.RawRecord) []listener.RawRecord { return slices.Insert(out, 7, out[7]) }, verdict{twice: value(7)}},
		"twice, much later":  {func(out []listener.RawRecord) []listener.RawRecord { return append(out, out[n-20]) }, verdict{twice: value(n - 20)}},
		"never sent":         {func(out []listener.RawRecord) []listener.RawRecord { out[3].Value = []byte("x"); return out }, verdict{lost: value(3), foreign: []string{"x"}}},
		"swapped, of a key":  {func(out []listener.RawRecord) []listener.RawRecord { out[0], out[3] = out[3], out[0]; return out }, verdict{swapped: []string{"0"}}},
		"in two partitions":  {func(out []listener.RawRecord) []listener.RawRecord { out[0].Partition = 1; return out }, verdict{swapped: []string{"0"}}},
		"swapped, other key": {func(out []listener.RawRecord) []listener.RawRecord { out[0], out[1] = out[1], out[0]; return out }, verdict{}},
	} {
		got := plant(c.change)
		if name == "everything lost" {
			require.Len(t, got.lost, n)
			continue
		}
		require.Equal(t, c.want.faults(), got.faults(), name)
	}
}
