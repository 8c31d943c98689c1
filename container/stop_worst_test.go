package container_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// requireNamed looks for words in what a stop has abandoned.
func requireNamed(t *testing.T, err error, words ...string) {
	t.Helper()
	all := strings.Join(abandoned(t, err), "\n")
	for _, w := range words {
		require.Contains(t, all, w)
	}
}

// A stop where nothing answers: handler, callbacks, last commit, a seek's look-up.
func TestStopWithEverythingHangingEndsInTimeAndNamesAllOfIt(t *testing.T) {
	for name, whole := range map[string]time.Duration{"default": 25 * time.Second, "short": 4 * time.Second} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				hung := newStuck(t)
				hang := func(context.Context, []listener.TopicPartition) { hung.wait() }
				e.spec.ShutdownTimeout, e.spec.Workers = whole, 2
				e.spec.Rebalance = listener.RebalanceListener{RevokedBeforeCommit: hang, RevokedAfterCommit: hang}
				e.mode(ackmode.Time)
				e.cluster.Fill(topic, 0, 1)
				e.cluster.Fill(topic, 1, 1)
				k := e.start(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					if r.Partition == 0 {
						hung.wait()
					}
					return nil
				})
				e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Block: hung.gate})
				e.cluster.Inject(brokertest.Fault{Op: brokertest.OpLogEnd, Block: hung.gate})
				sought := make(chan error, 1)
				go func() { sought <- k.Seek(context.Background(), topic, 2, listener.FromEnd(0)) }()
				e.pass(time.Second)
				took, err := e.stop(k)
				require.LessOrEqual(t, took, whole)
				requireNamed(t, err, "handler of orders[0]@0", "rebalance callback RevokedBeforeCommit", "last commit", "the client")
				require.ErrorIs(t, <-sought, container.ErrNotRunning)
				require.Equal(t, container.Stopped, k.Status().State, "it has ended, it was not left behind")
				hung.free()
				e.pass(time.Second)
				require.Empty(t, e.group.Members())
			})
		})
	}
}

// The same, where the stop comes while a revoke hangs in the client's callback,
// and then the client does not close.
func TestStopWithinAHangingRevokeEndsInTime(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		hang := func(context.Context, []listener.TopicPartition) { hung.wait() }
		e.spec.Workers = 2
		e.spec.RevokeTimeout = 20 * time.Second
		e.spec.Rebalance = listener.RebalanceListener{RevokedBeforeCommit: hang, RevokedAfterCommit: hang}
		e.mode(ackmode.Time)
		m := e.manual(func(_ context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			if r.Partition == 0 {
				hung.wait()
			}
			return nil
		})
		e.cluster.Fill(topic, 0, 1)
		e.cluster.Fill(topic, 1, 1)
		e.pass(time.Second)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Delay: 2 * time.Second, Err: errBoom})
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpClose, Block: hung.gate})
		m.Revoke(part(1))
		e.pass(time.Second)
		took, err := e.stop(e.container("billing"))
		require.LessOrEqual(t, took, 25*time.Second)
		requireNamed(t, err, "handler of orders[0]@0", "rebalance callback RevokedBeforeCommit", "the consumer has not closed")
	})
}

// A question about the topics of a listener without partitions is a look-up like any other.
func TestStopDoesNotWaitForTheQuestionWhatIsMissing(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		hung := newStuck(t)
		e.spec.Topics = []string{"nowhere"}
		k := e.start(done)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Block: hung.gate})
		e.pass(11 * time.Second)
		took, err := e.stop(k)
		require.LessOrEqual(t, took, 7*time.Second)
		requireNamed(t, err, "a look-up was not answered")
		hung.free()
		e.pass(time.Second)
	})
}
