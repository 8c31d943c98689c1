package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/kafkatest"
)

// kills is how many workers TestKill9 kills per mode: 2, or HEARKEN_KILLS
// (`make kill-test` sets 10, and the long form takes more modes).
func kills() (n int, longForm bool) {
	if n, err := strconv.Atoi(os.Getenv("HEARKEN_KILLS")); err == nil {
		return n, true
	}
	return 2, false
}

const (
	killParts   = 4
	killHandler = 2 * time.Millisecond
	killMax     = 50 // max-poll-records: a chunk
	killAckTime = 500 * time.Millisecond

	// A burst keeps both workers busy for about half of the time between two.
	burst      = 200
	burstEvery = 500 * time.Millisecond
	// backlog is so much that a machine which has it is too slow for more.
	backlog = 15 * burst

	// killSession is how long the partitions of a killed worker wait for its end; a
	// worker that the machine holds up for longer is expelled, as if it were killed.
	killSession = 6 * time.Second
)

// bounds is what semantics §1 lets one kill -9 redo, per partition. Under TIME
// it is what a worker can settle in ack-time and while the commit is under way
// (250 ms are plenty), and the running one.
var bounds = map[string]int{
	"record": 1, "manual-immediate": 1,
	"batch": 2 * killMax,
	"time":  int((killAckTime+250*time.Millisecond)/killHandler) + 1,
}

// Under key ordering a burst is done by 16 workers at once: this keeps them busy.
const killKeyHandler = 30 * time.Millisecond

// killKeys is the bound under key ordering: what ran, and what was done since the last commit.
const killKeys = keyWorkers + int((keyAckTime+250*time.Millisecond)/killKeyHandler)*keyWorkers

// TestKill9: two processes share a load in bursts; at random points one is
// killed and another one started. Nothing is lost, each kill redoes no more
// than the mode's row says, and what was not killed redoes nothing. Who was
// expelled, on a machine that held him up for a session, counts as killed.
func TestKill9(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	modes := []string{"record", "batch"}
	_, longForm := kills()
	if longForm {
		modes = append(modes, "manual-immediate", "time")
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			killRun(t, newJob(t, kafkatest.Real(t), mode, killParts), bounds[mode])
		})
	}
	if !longForm {
		return
	}
	for name, protocol := range map[string]func(job) job{"classic": func(j job) job { return j }, "consumer": job.modern} {
		t.Run("keys/"+name, func(t *testing.T) {
			t.Parallel()
			j := protocol(byKey(newJob(t, kafkatest.Real(t), "batch", killParts)))
			j.Handler = killKeyHandler
			killRun(t, j, killKeys)
		})
	}
}

func killRun(t *testing.T, j job, bound int) {
	b := kafkatest.Real(t)
	n, _ := kills()
	// A killed member's partitions wait for its session to end, and shorter gaps would
	// kill workers that have nothing yet: the shortest gap is a session.
	whole := time.Duration(n+1) * 2 * killSession
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var produced atomic.Int64
	fed := feed(t, b, j, whole, &produced)
	workers := []*process{j.start(t), j.start(t)}
	killed := map[int]bool{}
	gap := whole / time.Duration(n+1)
	for range n {
		<-time.After(gap/2 + time.Duration(random.Int64N(int64(gap/2))))
		i := random.IntN(2)
		require.True(t, workers[i].alive(), "%s", tail(j.Log+".out", 20))
		killed[workers[i].pid()] = true
		workers[i].kill()
		workers[i] = j.start(t)
	}
	<-fed
	ends := b.LogEnds(j.Topic)
	require.Empty(t, j.waitDone(t, b).missing(ends), "lost records")
	for _, w := range workers { // one that still stands still says only later that it was expelled
		require.NoError(t, w.term(t), "%s", tail(j.Log+".out", 20))
	}
	h := readHistory(t, j.Log)
	require.Empty(t, h.excess(killed, j.expelled(t), bound), "%s", tail(j.Log+".out", 60))
	most, total := h.figures()
	t.Logf("%s: %d records, %d kills, %d redone in all, at most %d per kill and partition (bound %d)",
		j.Mode, produced.Load(), n, total, most, bound)
}

// expelled counts how often the group gave the partitions of a process to others
// while it lived: the machine held it up for longer than its session.
func (j job) expelled(t *testing.T) map[int]int {
	t.Helper()
	text, err := os.ReadFile(j.Log + ".out")
	require.NoError(t, err)
	pids := map[int]int{}
	for line := range strings.Lines(string(text)) {
		var at, what string
		var pid int
		if _, err := fmt.Sscan(line, &at, &pid, &what); err == nil && what == fmt.Sprintf("%T", event.Lost{}) {
			pids[pid]++
			t.Log("expelled:", strings.TrimSpace(line))
		}
	}
	return pids
}

// TestTheKillTestSeesALoss: a handler that returns before its work is done
// loses records when it is killed, and the checker says so: all that was committed.
func TestTheKillTestSeesALoss(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	j := newJob(t, b, "record", 1)
	careful := j
	j.Early, j.Handler = true, time.Hour // it is never done
	var committed int64
	h, ends, _ := killOnce(t, j, careful, "twenty commits", func() (bool, string) {
		committed = offset(b, j.Group, j.Topic, 0)
		return committed >= 20, fmt.Sprint(committed)
	})
	lost := h.missing(ends)
	require.GreaterOrEqual(t, int64(len(lost)), committed)
	require.Contains(t, lost, "[0]@0")
	t.Logf("lost, as planned: %d records, %s first", len(lost), lost[0])
}

// TestTheKillTestSeesAnExcess: a batch that is redone is within its own bound
// and beyond the one of RECORD, and the checker says so.
func TestTheKillTestSeesAnExcess(t *testing.T) {
	t.Parallel()
	j := newJob(t, kafkatest.Real(t), "batch", 1)
	next := j
	j.Hang = killMax * 3 / 5 // what is before it in its chunk is done, and not committed
	h, ends, killed := killOnce(t, j, next, "the worker hangs in its chunk", func() (bool, string) {
		n := readHistory(t, j.Log).started()
		return int64(n) > j.Hang, fmt.Sprintf("%d calls\n%s", n, tail(j.Log+".out", 10))
	})
	require.Empty(t, h.missing(ends))
	require.Empty(t, h.excess(killed, nil, bounds["batch"]))
	beyond := h.excess(killed, nil, bounds["record"])
	require.NotEmpty(t, beyond)
	t.Logf("beyond the bound, as planned: %v", beyond)
}

// killOnce kills the worker of j when it has come so far, and lets the one of next finish.
func killOnce(t *testing.T, j, next job, why string, soFar func() (bool, string)) (h history, ends map[int32]int64, killed map[int]bool) {
	b := kafkatest.Real(t)
	kafkatest.ProduceValues(b, j.Topic, numbers(burst)...)
	w := j.start(t)
	eventually(t, why, soFar)
	w.kill()
	second := next.unhurried().start(t)
	ends = b.LogEnds(j.Topic)
	h = j.waitDone(t, b)
	require.NoError(t, second.term(t), "%s", tail(j.Log+".out", 20))
	return h, ends, map[int]bool{w.pid(): true}
}

// TestSigterm: rolling restarts under load, with handlers that end in time:
// nothing is lost and nothing is done twice.
func TestSigterm(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"batch", "record"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := kafkatest.Real(t)
			j := newJob(t, b, mode, killParts).unhurried()
			var produced atomic.Int64
			fed := feed(t, b, j, 12*time.Second, &produced)
			workers := []*process{j.start(t), j.start(t)}
			for i := range 4 {
				<-time.After(2 * time.Second)
				require.NoError(t, workers[i%2].term(t), "%s", tail(j.Log+".out", 20))
				workers[i%2] = j.start(t)
			}
			<-fed
			ends := b.LogEnds(j.Topic)
			h := j.waitDone(t, b)
			require.Empty(t, h.missing(ends))
			require.Empty(t, h.excess(nil, nil, 0), "%s", tail(j.Log+".out", 40))
			t.Logf("%s: %d records, 4 restarts", mode, produced.Load())
		})
	}
}

func newJob(t *testing.T, b *kafkatest.Broker, mode string, parts int) job {
	t.Helper()
	topic := b.NewTopic("kill", parts)
	j := job{
		Brokers: b.Brokers(), Topic: topic, Group: b.Unique("kill"), Mode: mode,
		Log: filepath.Join(t.TempDir(), "calls.log"), Handler: killHandler,
		Settings: map[string]any{
			"kafka.listener.ack-mode":         mode,
			"kafka.consumer.max-poll-records": killMax,
			propertiesKey: map[string]any{
				"session.timeout.ms": fmt.Sprint(killSession.Milliseconds()), "heartbeat.interval.ms": "300", "fetch.wait.max.ms": "50",
			},
		},
	}
	if mode == "time" {
		j.Settings["kafka.listener.ack-time"] = killAckTime.String()
	}
	return j
}

// feed produces bursts, from a goroutine, for d; none while there is a backlog.
// Where one is not acknowledged it ends, and the test has failed.
func feed(t *testing.T, b *kafkatest.Broker, j job, d time.Duration, produced *atomic.Int64) <-chan struct{} {
	done, stop := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-done })
	go func() {
		defer close(done)
		tick := time.NewTicker(burstEvery)
		defer tick.Stop()
		var settled int64
		for end := time.Now().Add(d); time.Now().Before(end); {
			settled = max(settled, int64(settledBy(b, j.Group))) // of no answer, what was known
			if produced.Load()-settled < backlog {
				batch := make([]*kgo.Record, burst)
				for i := range batch {
					batch[i] = &kgo.Record{Topic: j.Topic, Key: fmt.Append(nil, rand.IntN(1000)), Value: []byte("x")}
				}
				if deliver(t, b, batch...) != nil {
					return
				}
				produced.Add(int64(len(batch)))
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return done
}

// waitDone waits until the group has committed everything.
func (j job) waitDone(t *testing.T, b *kafkatest.Broker) history {
	t.Helper()
	waitDone(t, b, j.Group, j.Topic, func() string { return tail(j.Log+".out", 10) })
	return readHistory(t, j.Log)
}
