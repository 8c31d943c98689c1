package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/kafkatest"
)

// resident is what the process has in memory, in bytes, once Go has given back
// what it does not need: what is left is mostly the client's.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc here")
	}
	total := 0
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) == 3 && (f[0] == "RssAnon:" || f[0] == "VmSwap:") {
			kilo, err := strconv.Atoi(f[1])
			require.NoError(t, err)
			total += kilo << 10
		}
	}
	require.NotZero(t, total)
	return total
}

// stable waits until the process grows no more.
func stable(t *testing.T) int {
	t.Helper()
	last, calm := resident(t), 0
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		<-tick.C
		now := resident(t)
		if calm++; now > last+1<<20 {
			calm = 0
		}
		if last = now; calm == 8 {
			break
		}
	}
	return last
}

// wide makes a topic of 100 partitions with 1 MB of 1 KB records each.
func wide(t *testing.T, b *kafkatest.Broker) []broker.Partition {
	t.Helper()
	const parts, each = 100, 1000
	topic := b.NewTopic("wide", parts)
	var out []broker.Partition
	value := bytes.Repeat([]byte("v"), 1000)
	var recs []*kgo.Record
	for id := range int32(parts) {
		out = append(out, broker.Partition{Topic: topic, ID: id})
		for range each {
			recs = append(recs, &kgo.Record{Partition: id, Value: value})
		}
	}
	send(t, b, topic, recs, kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	return out
}

// TestThePrefetchStaysInTheBudget: 100 partitions that nobody drains.
func TestThePrefetchStaysInTheBudget(t *testing.T) {
	if !isAlone(t) {
		return
	}
	b := kafkatest.New(t)
	parts := wide(t, b)
	grows := func(budgetKB string) int {
		before := stable(t)
		k := take(t, b, spec.Queues, map[string]string{"queued.max.messages.kbytes": budgetKB}, parts...)
		k.next(0) // assigns, and takes nothing
		grown := stable(t) - before
		require.NoError(t, k.c.Close())
		return grown
	}
	const mega = 1 << 20
	bounded, free := grows("8192"), grows("1048576")
	t.Logf("a budget of 8 MB: %d MB, one of 1 GB: %d MB", bounded/mega, free/mega)
	require.Less(t, bounded, 24*mega, "the client's own 0.3 KB for each record of 1 KB and its answers included")
	require.Greater(t, free, 60*mega, "or the test sees nothing")
}

// leaks is how many clients TestClientsLeaveNothing opens: 16, or HEARKEN_LEAKS.
func leaks() int {
	if n, err := strconv.Atoi(os.Getenv("HEARKEN_LEAKS")); err == nil {
		return n
	}
	return 16
}

// alone tells a process of this test's own what it is for.
const alone = "HEARKEN_TEST_ALONE"

// isAlone runs the test in a process of its own, with one arena for all of C's threads, and
// reports whether it is that process: else the leftovers of other tests and threads, in the
// allocators and the race detector, are larger than what is looked for.
func isAlone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(alone) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), alone+"=yes", "MALLOC_ARENA_MAX=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)
	return false
}

// TestClientsLeaveNothing opens and closes clients whose queues are full.
func TestClientsLeaveNothing(t *testing.T) {
	if !isAlone(t) {
		return
	}
	b := kafkatest.New(t)
	parts := wide(t, b)[:20]
	var after []int
	for i := range leaks() {
		k := take(t, b, spec.Queues, map[string]string{"queued.max.messages.kbytes": "16384"}, parts...) // 7 queues, 13 in the last
		k.until(1000)
		require.NoError(t, k.c.Pause(parts[:3]))
		for range 5 {
			k.next(20 * time.Millisecond)
		}
		require.NoError(t, k.c.Close())
		if k.got = nil; i%4 == 3 {
			after = append(after, resident(t)>>20)
		}
	}
	t.Logf("MB after each four clients: %v", after)
	require.Less(t, after[len(after)-1], after[1]+12, "the first eight warm up")
}
