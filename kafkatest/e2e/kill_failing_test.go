package e2e

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
)

// A flakyTry is one attempt of a job's flaky record.
type flakyTry struct {
	pid, attempt int
	at           time.Time
}

func (j job) tries(t *testing.T) (out []flakyTry) {
	t.Helper()
	text, err := os.ReadFile(j.Log + ".out")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		var x flakyTry
		var nano int64
		if _, err := fmt.Sscanf(line, "flaky %d %d %d", &x.pid, &x.attempt, &nano); err == nil {
			x.at = time.Unix(0, nano)
			out = append(out, x)
		}
	}
	return out
}

// waitingLong is the job with delays that grow by so much from attempt to attempt:
// the second one is sure to be under way when a test comes to kill.
func (j job) waitingLong(growth int) job {
	j.Settings = maps.Clone(j.Settings)
	j.Settings["kafka.listener.back-off.multiplier"] = growth
	j.Settings["kafka.listener.back-off.max"] = time.Hour.String()
	return j
}

// TestKill9DuringABackOff: a record fails three times and then succeeds; its
// process is killed while it waits for its third attempt. The next process begins
// it anew, its attempts come at their times, and nothing is lost or done twice.
func TestKill9DuringABackOff(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		t.Parallel() // each waits for the session of who was killed
		const flaky, records = 5, 20
		delays := []time.Duration{400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond}
		j := newJob(t, b, "record", 1)
		j.Settings = session(j.Settings, 10*time.Second) // who is expelled begins the record anew
		j.Flaky = flaky
		j.Settings["kafka.listener.back-off.initial"] = delays[0].String()
		j.Settings["kafka.listener.back-off.jitter"] = "none"
		kafkatest.ProduceValues(b, j.Topic, numbers(records)...)
		first := j.waitingLong(100).start(t)
		eventually(t, "the second attempt has failed", func() (bool, string) {
			text, _ := os.ReadFile(j.Log + ".out")
			return strings.Contains(string(text), "Attempt:2"), tail(j.Log+".out", 10)
		})
		b.WaitCommitted(j.Group, j.Topic, 0, flaky)
		first.kill()
		require.EqualValues(t, flaky, offset(b, j.Group, j.Topic, 0), "what is before it, and not more")

		second := j.unhurried().start(t)
		h := j.waitDone(t, b)
		require.Empty(t, h.missing(b.LogEnds(j.Topic)))
		calls := map[int64]int{}
		for _, x := range h {
			if !x.end {
				calls[x.offset]++
			}
		}
		require.Equal(t, 6, calls[flaky])
		delete(calls, flaky)
		require.Len(t, calls, records-1)
		for o, n := range calls {
			require.Equal(t, 1, n, "offset %d", o)
		}
		j.requireTries(t, first.pid(), second.pid(), delays)
		require.NoError(t, second.term(t), "%s", tail(j.Log+".out", 20))
	})
}

// requireTries wants two attempts before the kill and four after it, each at its time.
func (j job) requireTries(t *testing.T, first, second int, delays []time.Duration) {
	t.Helper()
	tries := j.tries(t)
	require.Len(t, tries, 6, "two before the kill, four after it")
	for i, x := range tries {
		pid, attempt := first, i+1
		if i >= 2 {
			pid, attempt = second, i-1
		}
		require.Equal(t, [2]int{pid, attempt}, [2]int{x.pid, x.attempt})
		if attempt > 1 {
			require.GreaterOrEqual(t, x.at.Sub(tries[i-1].at), delays[attempt-2], "never early")
		}
	}
}
