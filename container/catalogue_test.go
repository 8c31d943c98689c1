package container_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
)

// Catalogue #597 (see internal/ledger/catalogue_test.go): a last commit that
// failed kept the consumer from closing, and left a zombie in the group.
func TestCatalogue597ACloseAlwaysCloses(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.parallel(spec.OrderKey, 4)
		e.fillKeys(50, 10)
		e.cluster.Inject(brokertest.Fault{Op: brokertest.OpCommit, Err: clientError(broker.Retriable, 15)})
		k := e.start(done)
		e.pass(3 * time.Second)
		took, err := e.stop(k)
		require.Error(t, err, "the last commit is named")
		require.Less(t, took, 25*time.Second)
		require.Len(t, found[event.ConsumerEnded](e), 1)
		require.Empty(t, e.group.Members(), "nobody is left in the group")
	})
}
