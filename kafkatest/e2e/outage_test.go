package e2e

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/kafkatest/devkafka"
	"github.com/hearken-go/hearken/listener"
)

// outage is how long TestOutage takes the broker away: 20 s, or HEARKEN_OUTAGE ("3m").
func outage(t *testing.T) time.Duration {
	text := os.Getenv("HEARKEN_OUTAGE")
	if text == "" {
		return 20 * time.Second
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err, "HEARKEN_OUTAGE")
	return d
}

// TestOutage: the only broker is not there when the listeners start, comes,
// goes away for a while, and comes back. Under the default policy, and with the
// client's own time-outs, they work whenever it is there, and their health says
// what they wait for when it is not.
func TestOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	kafkatest.Real(t) // a private one, but only where there are any
	cluster, err := devkafka.Start(t.Context(), devkafka.Options{})
	require.NoError(t, err)
	t.Cleanup(cluster.Stop)
	b := kafkatest.At(t, cluster.Brokers())
	topic := b.NewTopic("outage", 2)
	groups := map[string]string{"classic": b.Unique("classic"), "modern": b.Unique("modern")}
	b.Produce(topic, append(old(0, 100), old(1, 100)...)...)

	require.NoError(t, cluster.Kill(1))
	o := &outages{cluster: cluster, b: b, topic: topic, tallies: map[string]*tally{"classic": {}, "modern": {}}, groups: groups}
	o.s = serveWith(t, b, map[string]any{propertiesKey: map[string]any{}, "kafka.listeners.modern.properties.group.protocol": "consumer"},
		listener.On("classic", o.tallies["classic"].Handle, listener.Topics(topic), listener.GroupID(groups["classic"])),
		listener.On("modern", o.tallies["modern"].Handle, listener.Topics(topic), listener.GroupID(groups["modern"])),
	)
	o.away(t)
	o.back(t)

	b.Produce(topic, append(old(0, 100), old(1, 100)...)...) // some of it is under way when the broker dies
	require.NoError(t, cluster.Kill(1))
	gone := time.Now()
	o.away(t)
	<-time.After(outage(t) - time.Since(gone))
	o.away(t)
	o.back(t)
	require.Empty(t, found[event.ListenerStopped](o.s))
}

// outages is the state of TestOutage.
type outages struct {
	cluster *devkafka.Cluster
	b       *kafkatest.Broker
	s       *service
	topic   string
	groups  map[string]string // by the listeners' ids
	tallies map[string]*tally
}

// away checks that the listeners say what they wait for.
func (o *outages) away(t *testing.T) {
	t.Helper()
	for id := range o.groups {
		o.s.waitsFor(t, id, "no broker answers")
	}
}

// back brings the broker back, and waits until all is done, what comes now included.
func (o *outages) back(t *testing.T) {
	t.Helper()
	began := time.Now()
	require.NoError(t, o.cluster.Restart(t.Context(), 1))
	serving := time.Now()
	o.b.Produce(o.topic, append(old(0, 100), old(1, 100)...)...)
	o.complete(t)
	t.Logf("the broker serves after %s, all was done %s later",
		serving.Sub(began).Round(10*time.Millisecond), time.Since(serving).Round(10*time.Millisecond))
}

// complete waits until all is done. That may take a session more (45 s unless
// set) where a member's session has ended meanwhile: the broker that is back
// waits for its former self.
func (o *outages) complete(t *testing.T) {
	t.Helper()
	for id, group := range o.groups {
		waitDone(t, o.b, group, o.topic, nil)
		o.tallies[id].complete(t, o.b, group, o.topic)
		o.s.isWell(t, id)
	}
}

// TestTopicComesLate: a listener waits for its topic, says so, and reads all of
// it when it is there.
func TestTopicComesLate(t *testing.T) {
	t.Parallel()
	for _, protocol := range []protocol{protocols[0], protocols[2]} {
		t.Run(protocol.name, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				topic, group := b.Unique("late"), b.Unique("late")
				var got tally
				s := serveWith(t, b, protocol.settings(), listener.On("late", got.Handle, listener.Topics(topic), listener.GroupID(group)))
				s.waitsFor(t, "late", "waits for topic "+topic)
				b.CreateTopic(topic, 2)
				began := time.Now()
				b.Produce(topic, append(old(0, 10), old(1, 10)...)...)
				got.complete(t, b, group, topic)
				s.isWell(t, "late")
				t.Logf("all done %s after the topic came", time.Since(began).Round(time.Millisecond))
			}, quickHeartbeats)
		})
	}
}
