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
	records := append(old(0, 100), old(1, 100)...)
	b.Produce(topic, records...)

	require.NoError(t, cluster.Kill(1))
	var classic, modern tally
	s := serveWith(t, b, map[string]any{propertiesKey: map[string]any{}, "kafka.listeners.modern.properties.group.protocol": "consumer"},
		listener.On("classic", classic.Handle, listener.Topics(topic), listener.GroupID(groups["classic"])),
		listener.On("modern", modern.Handle, listener.Topics(topic), listener.GroupID(groups["modern"])),
	)
	away := func() {
		t.Helper()
		for id := range groups {
			s.waitsFor(t, id, "no broker answers")
		}
	}
	back := func() {
		t.Helper()
		began := time.Now()
		require.NoError(t, cluster.Restart(t.Context(), 1))
		serving := time.Now()
		classic.complete(t, b, groups["classic"], topic)
		modern.complete(t, b, groups["modern"], topic)
		for id := range groups {
			s.isWell(t, id)
		}
		t.Logf("the broker serves after %s, all was done %s later", serving.Sub(began).Round(10*time.Millisecond), time.Since(serving).Round(10*time.Millisecond))
	}
	away()
	back()

	b.Produce(topic, records...)
	require.NoError(t, cluster.Kill(1))
	gone := time.Now()
	away()
	<-time.After(outage(t) - time.Since(gone))
	away()
	back()
	b.Produce(topic, records...)
	classic.complete(t, b, groups["classic"], topic)
	modern.complete(t, b, groups["modern"], topic)
	require.Empty(t, found[event.ListenerStopped](s))
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
