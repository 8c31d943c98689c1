package e2e

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A history is what all workers of a log file did, in the order of writing.
type history []noted

// noted is one line: a process starts or ends the work on a record.
type noted struct {
	pid       int
	end       bool
	partition int32
	offset    int64
}

func readHistory(t *testing.T, path string) (h history) {
	t.Helper()
	in, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	defer in.Close()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var n noted
		var what string
		if _, err := fmt.Sscanf(lines.Text(), "%d %s %d %d", &n.pid, &what, &n.partition, &n.offset); err != nil {
			continue // the last line of a killed process
		}
		n.end = what == "end"
		h = append(h, n)
	}
	return h
}

// started counts the handler calls.
func (h history) started() (n int) {
	for _, x := range h {
		if !x.end {
			n++
		}
	}
	return n
}

// missing returns the offsets below ends whose work nobody finished.
func (h history) missing(ends map[int32]int64) []string {
	type record struct {
		partition int32
		offset    int64
	}
	done := map[record]bool{}
	for _, x := range h {
		if x.end {
			done[record{x.partition, x.offset}] = true
		}
	}
	var out []string
	for p, end := range ends {
		for o := range end {
			if !done[record{p, o}] {
				out = append(out, fmt.Sprintf("[%d]@%d", p, o))
			}
		}
	}
	slices.Sort(out)
	return out
}

// A redoing is what was started again after a process, in one partition.
type redoing struct {
	pid       int
	partition int32
}

// redone counts the handler calls that repeat an earlier one, by the process
// that made the earlier one: its end is why they were repeated.
func (h history) redone() map[redoing]int {
	return h.charged(func(earlier, _ redoing, _ map[redoing]int) redoing { return earlier })
}

// charged counts the handler calls that repeat an earlier one, by whom the judge
// holds responsible: it knows who made which call, and what is counted so far.
func (h history) charged(judge func(earlier, later redoing, so map[redoing]int) redoing) map[redoing]int {
	type record struct {
		partition int32
		offset    int64
	}
	by, out := map[record]int{}, map[redoing]int{}
	for _, x := range h {
		if x.end {
			continue
		}
		r := record{x.partition, x.offset}
		if pid, again := by[r]; again {
			out[judge(redoing{pid, x.partition}, redoing{x.pid, x.partition}, out)]++
		}
		by[r] = x.pid
	}
	return out
}

// excess returns what was redone beyond bound for each partition and each end of
// a process: its kill, and each time the group expelled it. Everything that was
// redone after a process without such an end is beyond.
func (h history) excess(killed map[int]bool, expelled map[int]int, bound int) []string {
	room := func(pid int) int {
		ends := expelled[pid]
		if killed[pid] {
			ends++
		}
		return ends * bound
	}
	// One that stood still and does not know yet that it was expelled may go on with
	// what others have done in the meantime: that is its own, not theirs.
	judge := func(earlier, later redoing, so map[redoing]int) redoing {
		if so[earlier] >= room(earlier.pid) && expelled[later.pid] > 0 {
			return later
		}
		return earlier
	}
	var out []string
	for r, n := range h.charged(judge) {
		switch most := room(r.pid); {
		case most == 0:
			out = append(out, fmt.Sprintf("%d of partition %d after process %d, which was neither killed nor expelled", n, r.partition, r.pid))
		case n > most:
			out = append(out, fmt.Sprintf("%d of partition %d after process %d (killed: %t, expelled: %d times), at most %d may be",
				n, r.partition, r.pid, killed[r.pid], expelled[r.pid], most))
		}
	}
	slices.Sort(out)
	return out
}

// figures sums up what was redone: per kill the most of one partition, and all.
func (h history) figures() (most, total int) {
	for _, n := range h.redone() {
		most = max(most, n)
		total += n
	}
	return most, total
}
