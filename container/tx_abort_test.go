package container_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// TestAnAbortThatThrewRecordsAway costs the producer, and is no trouble of its own: health goes
// on to name what was the cause, and nothing waits because of it.
func TestAnAbortThatThrewRecordsAway(t *testing.T) {
	thrown := &broker.ProducerError{Text: "thrown away", Fatal: true, Purged: true}
	t.Run("after a handler's failure", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			log := e.transactional(ackmode.Batch)
			log.Mislay("abort", thrown)
			e.cluster.Fill(topic, 0, 10)
			k := e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				if r.Offset == 3 && r.Attempt == 1 {
					return errors.New("no")
				}
				return copies(ctx, r)
			})
			for len(found[event.TransactionAborted](e)) == 0 {
				e.pass(time.Millisecond)
			}
			require.Equal(t, thrown, found[event.TransactionAborted](e)[0].AbortErr)
			e.pass(time.Millisecond)
			require.NotContains(t, fmt.Sprintf("%+v", k.Health()), "thrown away")
			e.pass(5 * time.Second)
			require.Equal(t, wanted(0, 10), log.Records(outputs))
			require.EqualValues(t, 10, e.committed(0))
			require.Len(t, found[event.ProducerRebuilt](e), 1)
			require.Equal(t, 1, log.Live())
		})
	})
	t.Run("after a refusal", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			log := e.transactional(ackmode.Batch)
			for range 50 {
				log.Fail("offsets", brokertest.Abortable("not authorized"))
				log.Mislay("abort", thrown)
			}
			e.cluster.Fill(topic, 0, 10)
			k := e.start(copier)
			e.pass(15 * time.Second)
			require.Contains(t, fmt.Sprintf("%+v", k.Health()), "not authorized")
			require.NotContains(t, fmt.Sprintf("%+v", k.Health()), "thrown away")
			log.Heal()
			e.pass(10 * time.Second)
			require.Equal(t, wanted(0, 10), log.Records(outputs))
		})
	})
}
