package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/springapp"
)

const (
	crewParts = 6
	crewMax   = 50 // max-poll-records of ours
)

// The kinds of members.
const (
	ourKind    = "listener of ours"
	loopKind   = "plain loop"
	springKind = "spring service"
)

// A crew is one group whose members are of different kinds, under load. What
// they do goes into one history, and a pulse watches from outside.
type crew struct {
	t        *testing.T
	b        *kafkatest.Broker
	j        job
	spring   springapp.Program
	produced atomic.Int64
	kinds    map[int]string // of the processes
	killed   map[int]bool
	idle     func()
	pulse    *pulse
}

// A mate is one member, a process.
type mate struct {
	pid   int
	kill  func()
	leave func() // in order
}

// classic is how quickly members of all kinds see each other.
var classic = map[string]any{"session.timeout.ms": "6000", "heartbeat.interval.ms": "500"}

func newCrew(t *testing.T) *crew {
	b := kafkatest.Real(t)
	c := &crew{t: t, b: b, kinds: map[int]string{}, killed: map[int]bool{}}
	c.j = job{
		Brokers: b.Brokers(), Topic: b.NewTopic("crew", crewParts), Group: b.Unique("crew"),
		Log: filepath.Join(t.TempDir(), "calls.log"), Handler: time.Millisecond,
	}
	c.idle = load(t, b, c.j.Topic, &c.produced)
	c.pulse = watch(t, b, c.j.Group, c.j.Topic)
	return c
}

// ours starts a listener of ours with these client properties.
func (c *crew) ours(properties map[string]any) mate {
	j := c.j
	j.Settings = map[string]any{propertiesKey: properties, "kafka.consumer.max-poll-records": crewMax}
	return c.process(j, ourKind)
}

// plain starts a loop on the bare client.
func (c *crew) plain() mate {
	j := c.j
	j.Plain, j.Settings = true, map[string]any{propertiesKey: classic}
	return c.process(j, loopKind)
}

func (c *crew) process(j job, kind string) mate {
	p := j.start(c.t)
	c.kinds[p.pid()] = kind
	return mate{p.pid(), p.kill, func() {
		c.t.Helper()
		require.NoError(c.t, p.term(c.t), "%s", tail(j.Log+".out", 20))
	}}
}

// needSpring makes springs possible, or leaves the test out.
func (c *crew) needSpring() {
	c.t.Helper()
	c.spring = aSpring(c.t)
}

// springs starts a service of spring-kafka.
func (c *crew) springs(more map[string]string) mate {
	c.t.Helper()
	open := func(path string) *os.File {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(c.t, err)
		return f
	}
	out, log := open(c.j.Log), open(c.j.Log+".out")
	defer out.Close()
	defer log.Close()
	s := springapp.Settings{"brokers": c.j.Brokers, "group": c.j.Group, "topic": c.j.Topic, "work": "1"}
	for k, v := range classic {
		s[k] = v.(string)
	}
	maps.Copy(s, more)
	service, err := c.spring.Start(s, out, log)
	require.NoError(c.t, err)
	c.kinds[service.PID()] = springKind
	c.t.Cleanup(service.Kill)
	return mate{service.PID(), service.Kill, func() {
		c.t.Helper()
		require.True(c.t, service.Stop(patience), "%s", tail(c.j.Log+".out", 20))
	}}
}

// crash kills a member.
func (c *crew) crash(m mate) {
	c.killed[m.pid] = true
	m.kill()
}

// works waits until a member has done n records more.
func (c *crew) works(m mate, n int) {
	c.t.Helper()
	before := readHistory(c.t, c.j.Log).by(m.pid)
	eventually(c.t, "the member works", func() (bool, string) {
		now := readHistory(c.t, c.j.Log).by(m.pid)
		return now >= before+n, tail(c.j.Log+".out", 10)
	})
}

// end stops the load, waits until all is done, and returns what was seen.
func (c *crew) end() history {
	c.t.Helper()
	c.idle()
	ends := c.b.LogEnds(c.j.Topic)
	h := c.j.waitDone(c.t, c.b)
	c.pulse.stop()
	require.Empty(c.t, h.missing(ends), "lost records")
	most, total := h.figures()
	c.t.Logf("%d records, %d redone (at most %d of a partition after a process), longest stand-still: group %s, partition %s",
		c.produced.Load(), total, most, c.pulse.group.Round(10*time.Millisecond), c.pulse.partition.Round(10*time.Millisecond))
	return h
}

// by counts what one process has finished.
func (h history) by(pid int) (n int) {
	for _, x := range h {
		if x.end && x.pid == pid {
			n++
		}
	}
	return n
}
