package e2e

import (
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/doctor"
	"github.com/hearken-go/hearken/kafkatest"
)

const (
	keyWorkers = 16
	keyHandler = 10 * time.Millisecond
	keyAckTime = 100 * time.Millisecond
	slowOffset = 5
)

// keyBound is what a kill -9 may redo under key ordering: what ran, and what was
// done since the last commit, which takes 250 ms at most.
const keyBound = keyWorkers + int((keyAckTime+250*time.Millisecond)/keyHandler)*keyWorkers

// TestKill9WithKeyOrdering: a record hangs, hundreds above it are done, and the
// process is killed in the middle of the rest. The next one redoes what ran and
// what was done since the last commit; without the map it would redo all that is
// above the hanging record.
func TestKill9WithKeyOrdering(t *testing.T) {
	t.Parallel()
	embedded := func(t *testing.T) *kafkatest.Broker { return kafkatest.New(t) }
	onReal := func(t *testing.T) *kafkatest.Broker { return kafkatest.Real(t) }
	for name, c := range map[string]struct {
		open   func(*testing.T) *kafkatest.Broker
		modern bool
	}{
		"embedded":                       {embedded, false},
		"real":                           {onReal, false},
		"real, by the consumer protocol": {onReal, true}, // the broker waits 6 s for the one that is dead
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := c.open(t)
			j := keyJob(t, b)
			if c.modern {
				j = j.modern()
			}
			const calls = 1500
			produceKeys(b, j.Topic, 2000)
			w := j.start(t)
			b.WaitCommitted(j.Group, j.Topic, 0, slowOffset)
			started(t, j, calls)
			w.kill()
			require.EqualValues(t, slowOffset, b.Committed(j.Group, j.Topic)[0], "the hanging record holds the offset")
			h := finishKeys(t, b, j)
			require.Empty(t, h.missing(b.LogEnds(j.Topic)))
			require.Empty(t, h.excess(map[int]bool{w.pid(): true}, nil, keyBound), "%s", tail(j.Log+".out", 40))
			most, _ := h.figures()
			t.Logf("%d calls before the kill, %d redone (at most %d may be)", calls, most, keyBound)
		})
	}
}

// TestRestartWithKeyOrdering: once all but the hanging record is done and
// committed, a kill redoes that one alone.
func TestRestartWithKeyOrdering(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	j := keyJob(t, b)
	j.Settings = session(j.Settings, 10*time.Second) // who is expelled redoes it, too
	produceKeys(b, j.Topic, 600)
	w := j.start(t)
	b.WaitCommitted(j.Group, j.Topic, 0, slowOffset)
	want := doctor.PartitionOffset{
		Topic: j.Topic, Committed: slowOffset, End: 600, Lag: 1, Done: []doctor.Done{{First: slowOffset + 1, Last: 599}},
	}
	eventually(t, "all but the hanging record is done and committed", func() (bool, string) {
		looked := lookedUp(t, j)
		return reflect.DeepEqual(want, looked), fmt.Sprintf("%+v", looked)
	})
	w.kill()
	require.EqualValues(t, slowOffset, b.Committed(j.Group, j.Topic)[0])
	require.Equal(t, want, lookedUp(t, j), "what hearken offsets says of it")
	h := finishKeys(t, b, j)
	require.Empty(t, h.missing(b.LogEnds(j.Topic)))
	require.Empty(t, h.excess(map[int]bool{w.pid(): true}, nil, 1), "%s", tail(j.Log+".out", 40))
}

// lookedUp is what hearken offsets says of the job's only partition.
func lookedUp(t *testing.T, j job) doctor.PartitionOffset {
	t.Helper()
	cfg, err := config.Load(config.Map(settings(j.Brokers, map[string]any{
		"kafka.listeners.worker.topics": j.Topic, "kafka.listeners.worker.group-id": j.Group,
	})))
	require.NoError(t, err)
	specs, _, err := doctor.FromConfig(cfg)
	require.NoError(t, err)
	o := doctor.GroupsOffsets(t.Context(), specs)
	require.Empty(t, o.Problems)
	require.Len(t, o.Groups, 1)
	require.Len(t, o.Groups[0].Partitions, 1)
	return o.Groups[0].Partitions[0]
}

func keyJob(t *testing.T, b *kafkatest.Broker) job {
	j := byKey(newJob(t, b, "batch", 1))
	j.Handler, j.Hang = keyHandler, slowOffset
	return j
}

// byKey gives the job key ordering.
func byKey(j job) job {
	j.Settings["kafka.listener.ordering"] = "key"
	j.Settings["kafka.listener.workers"] = keyWorkers
	j.Settings["kafka.listener.ack-time"] = keyAckTime.String()
	return j
}

// modern makes the job's processes members of a group by the consumer protocol.
func (j job) modern() job {
	j.Settings = maps.Clone(j.Settings)
	j.Settings[propertiesKey] = map[string]any{"group.protocol": "consumer", "fetch.wait.max.ms": "50"}
	return j
}

// produceKeys writes n records, each of a key of its own.
func produceKeys(b *kafkatest.Broker, topic string, n int) {
	out := make([]kafkatest.Record, n)
	for i := range out {
		out[i] = kafkatest.KV(fmt.Sprint(i), "x")
	}
	b.Produce(topic, out...)
}

func started(t *testing.T, j job, calls int) {
	t.Helper()
	eventually(t, "the worker is in the middle of it", func() (bool, string) {
		n := readHistory(t, j.Log).started()
		return n >= calls, fmt.Sprintf("%d calls\n%s", n, tail(j.Log+".out", 10))
	})
}

// finishKeys lets another process finish, in which nothing hangs.
func finishKeys(t *testing.T, b *kafkatest.Broker, j job) history {
	t.Helper()
	j.Hang = 0
	next := j.unhurried().start(t)
	h := j.waitDone(t, b)
	require.NoError(t, next.term(t), "%s", tail(j.Log+".out", 20))
	return h
}
