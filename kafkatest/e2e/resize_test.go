package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// chaos is how long the wild tests go on: HEARKEN_CHAOS, or short.
func chaos(short time.Duration) (long bool, d time.Duration) {
	if d, err := time.ParseDuration(os.Getenv("HEARKEN_CHAOS")); err == nil {
		return true, d
	}
	return false, short
}

// ordered checks a history from outside: the first calls of each partition
// are in order without a gap, and no two calls of one partition overlap. It
// returns how many calls repeat an earlier one.
func (h history) ordered() (repeats int, faults []string) {
	last, running := map[int32]int64{}, map[int32]noted{}
	for _, n := range h {
		next, seen := last[n.partition]
		switch {
		case n.end:
			delete(running, n.partition)
			continue
		case !seen && n.offset != 0, seen && n.offset > next+1:
			faults = append(faults, fmt.Sprintf("[%d]@%d starts, expected %d", n.partition, n.offset, next+1))
		case seen && n.offset <= next:
			repeats++
		}
		if other, busy := running[n.partition]; busy {
			faults = append(faults, fmt.Sprintf("[%d]@%d starts in %d while @%d runs in %d", n.partition, n.offset, n.pid, other.offset, other.pid))
		}
		running[n.partition] = n
		last[n.partition] = max(n.offset, next)
	}
	return repeats, faults
}

// repeated names the calls that repeat an earlier one, with both processes.
func (h history) repeated() (all []string) {
	first := map[[2]int64]noted{}
	for _, n := range h {
		if n.end {
			continue
		}
		at := [2]int64{int64(n.partition), n.offset}
		if before, ok := first[at]; ok {
			all = append(all, fmt.Sprintf("[%d]@%d by %d, again by %d", n.partition, n.offset, before.pid, n.pid))
		}
		first[at] = n
	}
	return all
}

// settled checks that everything that was written was handled, and returns
// the history of it.
func (j subjectJob) settled(t *testing.T, b *kafkatest.Broker) history {
	t.Helper()
	waitDone(t, b, j.Group, j.Topic, nil)
	h := readHistory(t, j.Log)
	require.Empty(t, h.missing(b.LogEnds(j.Topic)))
	return h
}

// TestResizeUnderSteadyLoad: 2,000 records a second while the listener grows
// and shrinks. Each record is handled once and in order, the group has exactly
// the members that were asked for, and nothing of the others stays.
func TestResizeUnderSteadyLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time")
	}
	t.Parallel()
	for _, p := range protocols {
		if long, _ := chaos(0); p.name != "cooperative" && !long {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				t.Parallel()
				resizeRun(t, b, p)
			}, quickHeartbeats)
		})
	}
}

func resizeRun(t *testing.T, b *kafkatest.Broker, p protocol) {
	const parts = 8
	j := newSubjectJob(t, b, parts)
	j.Settings = p.steady(t, b, j.Group)
	s := j.start(t)
	s.warmUp(b)
	resize := func(n int) time.Duration {
		began := time.Now()
		s.must(order{Do: "resize", N: n})
		eventually(t, fmt.Sprintf("%d members share %d partitions", n, parts), func() (bool, string) {
			sum := 0
			for _, m := range b.Members(j.Group) {
				sum += m.Assigned()
			}
			got := spread(b, j.Group)
			return got == n && sum == parts, fmt.Sprintf("%d members with %d partitions", got, sum)
		})
		return time.Since(began)
	}
	s.must(order{Do: "start"})
	resize(8)
	resize(1)
	before := s.must(order{Do: "stop"}).Usage
	s.must(order{Do: "start"})
	f := pourOut(t, b, j.Topic, 2000)
	began := time.Now()
	sizes := []int{8, 2, 5, 1, 8, 2}
	_, d := chaos(12 * time.Second)
	for i := 0; i < len(sizes) || time.Since(began) < d; i++ {
		n := sizes[i%len(sizes)]
		took := resize(n)
		t.Logf("%d members after %s", n, took)
		<-time.After(500 * time.Millisecond) // of steady work
	}
	f.stop()
	h := j.settled(t, b)
	repeats, faults := h.ordered()
	require.Empty(t, faults)
	t.Logf("%s: %d records in %s, %d calls more than once, producer's longest gap %s", p.name,
		f.produced.Load(), time.Since(began), repeats, time.Duration(f.gap.Load()))
	require.Zero(t, repeats, "every handler ended in time: each record once: %v", h.repeated())
	s.leaksNothing(before, 24)
	b.WaitMembers(j.Group, 0)
}

// TestHistoryKnowsDisorder plants what ordered has to find.
func TestHistoryKnowsDisorder(t *testing.T) {
	call := func(pid int, o int64) history {
		return history{{pid: pid, offset: o}, {pid: pid, offset: o, end: true}}
	}
	join := func(hs ...history) (all history) {
		for _, h := range hs {
			all = append(all, h...)
		}
		return all
	}
	for name, tt := range map[string]struct {
		h               history
		repeats, faults int
	}{
		"in order":           {join(call(1, 0), call(1, 1), call(2, 2)), 0, 0},
		"a repeat":           {join(call(1, 0), call(1, 1), call(2, 1), call(2, 2)), 1, 0},
		"a gap":              {join(call(1, 0), call(1, 2)), 0, 1},
		"not from the start": {join(call(1, 1)), 0, 1},
		"two at once":        {join(call(1, 0)[:1], call(2, 1), call(1, 0)[1:]), 0, 1},
	} {
		repeats, faults := tt.h.ordered()
		require.Equal(t, tt.repeats, repeats, name)
		require.Len(t, faults, tt.faults, "%s: %v", name, faults)
	}
}
