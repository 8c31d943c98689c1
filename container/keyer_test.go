package container_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/spec"
	"github.com/hearken-go/hearken/listener"
)

// keyed starts a listener whose key function is f; partitions 0 and 1 have 20 records each.
func (e *engine) keyed(f listener.OrderKey) *container.Container {
	e.parallel(spec.OrderKey, 4)
	e.spec.OrderKey = f
	e.cluster.Fill(topic, 0, 20)
	e.cluster.Fill(topic, 1, 20)
	return e.start(done)
}

// hangsAt is a key function that does not come back from one record, once.
func hangsAt(t *testing.T, offset int64) (f listener.OrderKey, free func()) {
	s := newStuck(t)
	var once atomic.Bool
	return func(r *listener.RawRecord) ([]byte, error) {
		if r.Partition == 0 && r.Offset == offset && once.CompareAndSwap(false, true) {
			s.wait()
		}
		return r.Key, nil
	}, s.free
}

// A key function that hangs holds its partition only. Polls go on (the harness
// looks), events and health name it, and when it has come back nothing is missing.
func TestAKeyFunctionThatHangsHoldsItsPartitionOnly(t *testing.T) {
	for _, reader := range []spec.Reader{spec.Poll, spec.Queues} {
		t.Run(reader.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.reader = reader
				f, free := hangsAt(t, 7)
				k := e.keyed(f)
				e.pass(2 * time.Second)
				require.Len(t, e.of(1), 20, "the others flow")
				require.Empty(t, e.of(0))
				e.cluster.Fill(topic, 1, 20)
				e.cluster.Fill(topic, 0, 20)
				e.pass(50 * time.Millisecond)
				require.Len(t, e.of(1), 40, "as fast as ever")
				e.pass(time.Second)
				require.Equal(t, container.HealthUp, k.Health().Status)

				e.pass(time.Minute)
				said := found[event.Stalled](e)
				require.Len(t, said, 1)
				require.Equal(t, event.Partition{Topic: topic, ID: 0}, said[0].Partition)
				require.EqualValues(t, 7, said[0].Offset)
				require.Equal(t, "the ordering key function of offset 7 has not returned", said[0].Reason)
				require.WithinDuration(t, e.began, said[0].Since, time.Second)
				require.Equal(t, container.HealthDegraded, k.Health().Status)
				require.Equal(t, "orders[0] does not move: "+said[0].Reason, k.Health().Reason)

				free()
				e.pass(3 * time.Second)
				require.Len(t, e.of(0), 40)
				require.EqualValues(t, 40, e.committed(0))
				require.Equal(t, container.HealthUp, k.Health().Status)
				said = found[event.Stalled](e)
				require.Len(t, said, 2)
				require.True(t, said[1].Resolved)
			})
		})
	}
}

// A handler-timeout below the minute is when it is reported.
func TestAKeyFunctionThatHangsIsReportedAfterHandlerTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.spec.HandlerTimeout = 5 * time.Second
		f, free := hangsAt(t, 0)
		e.keyed(f)
		e.pass(4 * time.Second)
		require.Empty(t, found[event.Stalled](e))
		e.pass(2 * time.Second)
		require.Len(t, found[event.Stalled](e), 1)
		free()
	})
}

// Neither a stop nor a revoke waits for it; the stop names what it has left behind.
func TestAKeyFunctionThatHangsHoldsUpNoEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		f, _ := hangsAt(t, 7)
		k := e.keyed(f)
		e.pass(2 * time.Minute)
		took, err := e.stop(k)
		require.Less(t, took, time.Second)
		require.ErrorContains(t, err, "the ordering key function of orders[0]@7")
		require.EqualValues(t, 20, e.committed(1))
		require.EqualValues(t, -1, e.committed(0))
	})
	bubble(t, func(t *testing.T, e *engine) {
		f, _ := hangsAt(t, 7)
		k := e.keyed(f)
		e.pass(2 * time.Minute)
		m := e.member(0)
		m.Revoke(part(0))
		e.pass(time.Second)
		gone := found[event.Revoked](e)
		require.Len(t, gone, 1)
		require.Less(t, gone[0].Took, time.Second)
		require.Empty(t, gone[0].Abandoned)
		require.Equal(t, container.HealthUp, k.Health().Status)
		m.Give(part(0))
		e.pass(time.Second)
		require.Len(t, e.of(0), 20, "they came again, and their keys could be told")
	})
}

// A slow one is no trouble: what it was asked about is booked as soon as it has answered.
func TestASlowKeyFunctionIsWaitedFor(t *testing.T) {
	for _, reader := range []spec.Reader{spec.Poll, spec.Queues} {
		t.Run(reader.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.reader = reader
				e.keyed(func(r *listener.RawRecord) ([]byte, error) {
					time.Sleep(20 * time.Millisecond) //nolint:forbidigo // fake time
					if r.Offset == 19 {
						runtime.Goexit()
					}
					return r.Key, nil
				})
				e.pass(450 * time.Millisecond)
				require.Len(t, e.of(0), 19, "but for the one that failed")
				require.Len(t, e.of(1), 19, "both were asked at once")
				require.Empty(t, found[event.PartitionPaused](e))
				require.Len(t, found[event.RecordFailed](e), 2)
			})
		})
	}
}

// What waits for keys counts for the container's limit.
func TestRecordsThatWaitForKeysAreInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		f, free := hangsAt(t, 0)
		e.spec.InFlightRecords, e.spec.MaxPollRecords = 30, 10
		e.cluster.Fill(topic, 0, 500)
		e.keyed(f)
		e.pass(time.Second)
		require.NotEmpty(t, found[event.PartitionPaused](e))
		free()
		e.pass(time.Minute)
		require.Len(t, e.of(0), 520)
	})
}
