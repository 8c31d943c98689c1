package container_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

func TestSeekToEachKindOfPosition(t *testing.T) {
	for name, c := range map[string]struct {
		to   listener.Position
		seen []int64 // after the first five
		sent int64   // Sought.To
	}{
		"beginning":    {listener.FromBeginning(), []int64{1, 2, 3, 4, 5}, broker.Beginning},
		"end":          {listener.FromEnd(0), []int64{5}, 5},
		"end-2":        {listener.FromEnd(2), []int64{3, 4, 5}, 3},
		"end-100":      {listener.FromEnd(100), []int64{1, 2, 3, 4, 5}, 1},
		"offset":       {listener.FromOffset(2), []int64{2, 3, 4, 5}, 2},
		"current-1":    {listener.FromCurrent(-1), []int64{4, 5}, 4},
		"current-100":  {listener.FromCurrent(-100), []int64{1, 2, 3, 4, 5}, 1},
		"current+1":    {listener.FromCurrent(1), []int64{5}, 5},
		"committed":    {listener.Position{}, []int64{5}, 5},
		"time":         {listener.FromTime(time.Date(2000, 1, 1, 0, 0, 2, 0, time.UTC)), []int64{3, 4, 5}, 3},
		"later":        {listener.FromTime(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)), []int64{5}, 5},
		"out of range": {listener.FromOffset(0), []int64{1, 2, 3, 4, 5}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.produceSeconds(0, 5)
				k := e.start(done)
				e.pass(time.Second)
				e.cluster.Trim(part(0), 1)
				began := time.Now()
				require.NoError(t, k.Seek(context.Background(), topic, 0, c.to))
				require.Less(t, time.Since(began), 300*time.Millisecond)
				e.produceSeconds(0, 1)
				e.pass(time.Second)
				require.Equal(t, append([]int64{0, 1, 2, 3, 4}, c.seen...), e.seen())
				require.EqualValues(t, 6, e.committed(0))
				moved := found[event.Sought](e)
				require.Len(t, moved, 1)
				require.EqualValues(t, 5, moved[0].From)
				require.Equal(t, c.sent, moved[0].To)
				clamped := found[event.ClientError](e)
				require.Equal(t, name == "out of range", len(clamped) == 1, "%v", clamped)
			})
		})
	}
}

// produceSeconds appends n records, each a second after the one before; the
// first one of the first second of the year 2000.
func (e *engine) produceSeconds(id int32, n int) {
	for range n {
		at := time.Date(2000, 1, 1, 0, 0, int(e.cluster.End(part(id))), 0, time.UTC).Add(-time.Second)
		e.cluster.Append(part(id), listener.RawRecord{Timestamp: at})
	}
}

func TestAssignedCallbackDecidesWhereAPartitionBegins(t *testing.T) {
	for name, c := range map[string]struct {
		to   listener.Position
		seen []int64
	}{
		"beginning": {listener.FromBeginning(), []int64{0, 1, 2, 3, 4, 5}},
		"offset":    {listener.FromOffset(5), []int64{5}},
		"end-1":     {listener.FromEnd(1), []int64{5}},
		"current-2": {listener.FromCurrent(-2), []int64{1, 2, 3, 4, 5}},
		"current+2": {listener.FromCurrent(2), []int64{5}},
		"time":      {listener.FromTime(time.Date(2000, 1, 1, 0, 0, 3, 0, time.UTC)), []int64{4, 5}},
		"committed": {listener.Position{}, []int64{3, 4, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.produceSeconds(0, 6)
				e.group.SetCommitted(broker.Offset{Partition: part(0), Offset: 3})
				e.spec.Rebalance.Assigned = func(_ context.Context, a *listener.Assigned) {
					a.Seek(topic, 0, c.to)
					a.Seek("another", 7, c.to)
				}
				e.start(done)
				e.pass(time.Second)
				require.Equal(t, c.seen, e.seen())
				require.EqualValues(t, 6, e.committed(0))
			})
		})
	}
}

func TestAssignedCallbackSeeksBackUnderNone(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Reset = spec.NoReset
		e.cluster.Fill(topic, 0, 2)
		e.spec.Rebalance.Assigned = func(_ context.Context, a *listener.Assigned) {
			for _, p := range a.Partitions {
				a.Seek(p.Topic, p.Partition, listener.FromOffset(1))
			}
		}
		k := e.start(done)
		e.pass(time.Second)
		require.ErrorContains(t, k.Err(), "has no offset 1: its log goes from 0 to 0")
	})
}

// Nobody starts from a guess: without the end of the log the consumer is opened again.
func TestLatestWithoutTheEndOfTheLogIsAskedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.Reset = spec.Latest
		cure := e.cluster.Inject(brokertest.Fault{Op: brokertest.OpLogEnd, Err: clientError(broker.Transient, -185)})
		e.cluster.Fill(topic, 0, 2)
		e.start(done)
		e.pass(6 * time.Second)
		require.Empty(t, found[event.Assigned](e))
		require.ErrorContains(t, found[event.ConsumerFailed](e)[0].Err, "the end of the log")
		cure()
		e.pass(time.Minute)
		e.cluster.Fill(topic, 0, 1)
		e.pass(time.Second)
		require.Equal(t, []int64{2}, e.seen())
	})
}

// One request of each kind, however many partitions and kinds of positions.
func TestLookUpsAreBatched(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		for _, op := range []brokertest.Op{brokertest.OpCommitted, brokertest.OpLogStart, brokertest.OpLogEnd, brokertest.OpOffsetsAt} {
			e.cluster.Inject(brokertest.Fault{Op: op, Delay: time.Second})
		}
		at := listener.FromTime(time.Now())
		e.spec.Rebalance.Assigned = func(_ context.Context, a *listener.Assigned) {
			for i, to := range []listener.Position{at, at, listener.FromEnd(1), listener.FromCurrent(0)} {
				a.Seek(topic, int32(i), to)
			}
		}
		e.start(done)
		e.pass(4*time.Second - time.Millisecond)
		require.Empty(t, found[event.Assigned](e))
		e.pass(time.Millisecond)
		require.Len(t, found[event.Assigned](e), 1)
	})
}
