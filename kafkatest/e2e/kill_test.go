package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// kills is how many workers the kill test kills: 2, or HEARKEN_KILLS (`make
// kill-test` sets 10).
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("HEARKEN_KILLS")); err == nil {
		return n
	}
	return 2
}

const (
	killLoad = 60 * time.Second
	killRate = 400 // records a second
	killMax  = 50  // max-poll-records: a chunk
)

// bounds is what semantics §1 lets one kill -9 redo, per partition.
var bounds = map[string]int{"record": 1, "batch": 2 * killMax, "manual-immediate": 1}

// TestKill9: two processes share a paced load; at random points one is killed
// and another one started. Nothing is lost, and each kill redoes no more than
// the mode's row says.
func TestKill9(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	for _, mode := range []string{"record", "batch"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			killRun(t, kafkatest.Real(t), mode)
		})
	}
}

func killRun(t *testing.T, b *kafkatest.Broker, mode string) {
	const parts = 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	j := newJob(t, b, mode, parts)
	var produced atomic.Int64
	fed := feed(t, b, j.Topic, killLoad, &produced)
	workers := []*process{j.start(t), j.start(t)}
	n := kills()
	gap := killLoad / time.Duration(n+1)
	for range n {
		wait := gap/2 + time.Duration(random.Int64N(int64(gap/2)))
		<-time.After(wait)
		i := random.IntN(2)
		require.True(t, workers[i].alive(), "%s", tail(j.Log+".out", 20))
		workers[i].kill()
		workers[i] = j.start(t)
	}
	<-fed
	ends := b.LogEnds(j.Topic)
	h := j.waitDone(t, b, ends)
	require.Empty(t, h.missing(ends), "lost records")
	for p, redone := range h.redone() {
		require.LessOrEqual(t, redone, n*bounds[mode], "partition %d: redone by %d kills", p, n)
	}
	t.Logf("%s: %d records, %d kills, redone per partition %v (bound %d per kill)", mode, produced.Load(), n, h.redone(), bounds[mode])
	for _, w := range workers {
		require.NoError(t, w.term(t), "%s", tail(j.Log+".out", 20))
	}
}

// TestSigterm: rolling restarts under load, with handlers that end in time:
// nothing is lost and nothing is done twice.
func TestSigterm(t *testing.T) {
	b := kafkatest.Real(t)
	for _, mode := range []string{"batch", "record"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, b, mode, 4)
			var produced atomic.Int64
			fed := feed(t, b, j.Topic, 12*time.Second, &produced)
			workers := []*process{j.start(t), j.start(t)}
			for i := range 4 {
				<-time.After(2 * time.Second)
				require.NoError(t, workers[i%2].term(t), "%s", tail(j.Log+".out", 20))
				workers[i%2] = j.start(t)
			}
			<-fed
			ends := b.LogEnds(j.Topic)
			h := j.waitDone(t, b, ends)
			require.Empty(t, h.missing(ends))
			require.Empty(t, h.redone(), "%s", tail(j.Log+".out", 40))
		})
	}
}

func newJob(t *testing.T, b *kafkatest.Broker, mode string, parts int) job {
	t.Helper()
	topic := b.NewTopic("kill", parts)
	return job{
		Brokers: b.Brokers(), Topic: topic, Group: b.Unique("kill"), Mode: mode,
		Log: filepath.Join(t.TempDir(), "calls.log"), Handler: time.Millisecond,
		Settings: map[string]any{
			"kafka.listener.ack-mode":         mode,
			"kafka.consumer.max-poll-records": killMax,
			propertiesKey: map[string]any{
				"session.timeout.ms": "3000", "heartbeat.interval.ms": "300", "fetch.wait.max.ms": "50",
			},
		},
	}
}

// feed produces at an even pace, from a goroutine, for d.
func feed(t *testing.T, b *kafkatest.Broker, topic string, d time.Duration, produced *atomic.Int64) <-chan struct{} {
	done, stop := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(stop); <-done })
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
			select {
			case <-stop:
				return
			default:
			}
			batch := make([]kafkatest.Record, killRate/20)
			for i := range batch {
				batch[i] = kafkatest.KV(fmt.Sprint(rand.IntN(1000)), "x")
			}
			b.Produce(topic, batch...)
			produced.Add(int64(len(batch)))
		}
	}()
	return done
}

// waitDone waits until the group has committed everything.
func (j job) waitDone(t *testing.T, b *kafkatest.Broker, ends map[int32]int64) history {
	t.Helper()
	kafkatest.Eventually(t, 2*time.Minute, "everything committed", func() (bool, string) {
		committed := b.Committed(j.Group, j.Topic)
		for p, end := range ends {
			if end > 0 && committed[p] != end {
				return false, fmt.Sprintf("committed %v of %v\n%s", committed, ends, tail(j.Log+".out", 10))
			}
		}
		return true, ""
	})
	return readHistory(t, j.Log)
}
