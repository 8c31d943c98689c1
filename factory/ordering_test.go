package factory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/config"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestOrderingIsResolved(t *testing.T) {
	t.Parallel()
	s := one(t, "", nil, on("a", topic))
	require.Equal(t, spec.OrderPartition, s.Ordering)
	require.Zero(t, s.CommitMap)
	require.Equal(t, 10_000, s.Window)
	require.Equal(t, 64<<20, s.InFlightBytes)

	s = one(t, "kafka.listener: {ordering: key, workers: 64, null-key: queue, window: 500, in-flight-size: 1MB}", nil, on("a", topic))
	require.Equal(t, spec.OrderKey, s.Ordering)
	require.True(t, s.NullQueue)
	require.Equal(t, 4096, s.CommitMap)
	require.Equal(t, 500, s.Window)
	require.Equal(t, 1<<20, s.InFlightBytes)

	key := func(r *listener.RawRecord) ([]byte, error) { return r.Value, nil }
	s = one(t, "", nil, on("a", topic, factory.Ordering(factory.OrderedByKey), factory.OrderBy(key), factory.CommitMap(false)))
	require.NotNil(t, s.OrderKey)
	require.Zero(t, s.CommitMap)
	require.Contains(t, s.Text, "ordering: key")

	s = one(t, "kafka.consumer.max-poll-records: 1", nil, on("a", topic, factory.Ordering(factory.Unordered), factory.Workers(256)))
	require.Equal(t, 10_000, s.Window, "enough for the workers, however small a poll is")

	s = one(t, "", nil, on("a", topic, factory.Ordering(factory.OrderedByKey), factory.TransactionIDPrefix("p")))
	require.Equal(t, spec.OrderKey, s.Ordering)
	require.Zero(t, s.CommitMap, "a transaction's offset says all")
	require.Empty(t, s.Notes)
	s = one(t, "", nil, on("a", topic, factory.Ordering(factory.OrderedByKey), factory.TransactionIDPrefix("p"), factory.AckMode(ackmode.Record)))
	require.Len(t, s.Notes, 1)
	require.Contains(t, s.Notes[0], "each transaction has one record")

	s = one(t, "", nil, on("a", topic, factory.NullKey(factory.NullQueue), factory.CommitMapSize(100)))
	require.Len(t, s.Notes, 2, "neither is of use under partition ordering")
}

func TestOrderingFaults(t *testing.T) {
	t.Parallel()
	keyed := factory.Ordering(factory.OrderedByKey)
	for name, c := range map[string]struct {
		l    listener.Listener
		want string
	}{
		"batch":         {onBatch("a", topic, keyed), "ordering key is for single records"},
		"batch map":     {onBatch("a", topic, factory.CommitMap(true)), "commit-map: true is for single records"},
		"a map in one":  {on("a", topic, keyed, factory.CommitMap(true), factory.TransactionIDPrefix("p")), "true under transaction-id-prefix"},
		"a map there":   {on("a", topic, factory.CommitMap(true), factory.TransactionIDPrefix("p")), "true under transaction-id-prefix"},
		"cumulative":    {onAck("a", topic, keyed, factory.AckMode(ackmode.Manual), factory.AckScope(factory.Cumulative)), "may still be running"},
		"a tiny window": {on("a", topic, keyed, factory.Workers(64), factory.Window(63)), "the rest of the workers would never have one"},
		"a nil key":     {on("a", topic, keyed, factory.OrderBy(nil)), "is nil"},
		"a large map":   {on("a", topic, keyed, factory.CommitMapSize(100_000)), "out of range"},
		"no such order": {on("a", topic, factory.Ordering(9)), "choose one of partition, key, none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load(config.Map(nil))
			require.NoError(t, err)
			_, err = factory.Specs(cfg, nil, []listener.Listener{c.l})
			require.ErrorContains(t, err, c.want)
		})
	}
}
