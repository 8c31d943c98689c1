package container_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// TestAStopWaitsForTheProducer: a producer that is being made when the stop comes,
// by a coordinator that takes its time, is waited for with what handlers do not
// use: the member leaves in order. Where no broker answers nobody waits for it.
func TestAStopWaitsForTheProducer(t *testing.T) {
	for _, down := range []bool{false, true} {
		t.Run(map[bool]string{false: "slow", true: "no broker"}[down], func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log := e.transactional(ackmode.Batch)
				release := sync.OnceFunc(log.Stick("init"))
				defer release()
				k := e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					return copies(ctx, r)
				})
				e.pass(time.Second)
				if down {
					e.cluster.Inject(brokertest.Fault{Op: brokertest.OpTopics, Err: errBoom})
					e.member(0).Emit(clientError(broker.Transient, -187))
					e.pass(time.Second)
				}
				time.AfterFunc(8*time.Second, release)
				took, err := e.stop(k)
				if down {
					require.ErrorContains(t, err, "was not closed")
					require.Less(t, took, 5*time.Second)
					e.pass(10 * time.Second)
					return
				}
				require.NoError(t, err)
				require.Less(t, took, 9*time.Second)
			})
		})
	}
}
