package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBrokersKilled is what three brokers promise while one of them dies, or
// two stand still: to senders, and in CI to exactly-once listeners as well, whose processes are
// killed, too; every day TestExactlyOnceKill kills processes alone. HEARKEN_KILLS
// (`make kill-test`) makes it the long form: 100,000 sends each, and twice
// 200,000 records copied.
func TestBrokersKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three brokers")
	}
	t.Parallel()
	n, longForm := kills()
	c := newTrio(t)
	sends := 20_000
	short := copying{records: 10_000, keys: 100, over: 12 * time.Second, processes: 3, kills: 1}
	if longForm {
		sends = 100_000
		t.Run("copy, processes killed", func(t *testing.T) {
			r := newCopyRun(t, c.b, short.long(n))
			require.Empty(t, r.run(nil).faults(), "%s", tail(r.j.Log+".out", 60))
		})
	}
	t.Run("leader killed under sends", func(t *testing.T) { c.leaderKilled(t, sends) })
	t.Run("followers frozen under sends", func(t *testing.T) { c.followersFrozen(t, sends) })
	t.Run("copy, processes and brokers killed", func(t *testing.T) {
		if !longForm && !allRequired() {
			t.Skip("takes a minute: in CI, and by make kill-test")
		}
		with := short
		with.brokerEvery, with.mostBrokers = 8*time.Second, 1
		if longForm {
			with = short.long(n)
			with.brokerEvery, with.txTimeout = 20*time.Second, 30*time.Second
		}
		r := newCopyRun(t, c.b, with)
		require.Empty(t, r.run(c).faults(), "%s", tail(r.j.Log+".out", 60))
		require.NotZero(t, r.brokers)
	})
}
