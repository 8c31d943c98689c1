package container_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/listener"
)

// keep makes the listener keep the offsets for which f answers true.
func (e *engine) keep(f func(offset int64) bool) {
	e.spec.Filters = append(e.spec.Filters, func(_ context.Context, r *listener.RawRecord) bool { return f(r.Offset) })
}

func even(offset int64) bool { return offset%2 == 0 }

func acked(_ context.Context, _ *listener.RawRecord, ack listener.Acknowledgment) error {
	return outcome(map[bool]string{true: "ack"}[ack != nil], "nil", ack)
}

func TestFilteredIsDoneInEveryMode(t *testing.T) {
	for _, mode := range ackmode.All() {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				e.noVerdicts()
				e.keep(even)
				e.keep(func(offset int64) bool { return offset != 4 })
				e.cluster.Fill(topic, 0, 8)
				e.cluster.Fill(topic, 1, 2)
				e.start(acked)
				e.pass(time.Minute)
				var seen []int64
				for _, c := range e.of(0) {
					seen = append(seen, c.offset)
				}
				require.Equal(t, []int64{0, 2, 6}, seen)
				require.EqualValues(t, 8, e.committed(0), "the last one was filtered out")
				require.EqualValues(t, 2, e.committed(1))
				n := 0
				for _, f := range found[event.RecordsFiltered](e) {
					n += f.Records
				}
				require.Equal(t, 5+1, n)
				require.Empty(t, found[event.RecordFailed](e))
			})
		})
	}
}

// A thousand records that nobody gets are one fact, not a thousand.
func TestFilteredIsToldOncePerTurn(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.keep(func(int64) bool { return false })
		e.cluster.Fill(topic, 0, 1000)
		e.start(done)
		e.pass(time.Minute)
		require.Empty(t, e.seen())
		require.EqualValues(t, 1000, e.committed(0))
		told := found[event.RecordsFiltered](e)
		require.Len(t, told, 2)
		require.Equal(t, event.RecordsFiltered{
			Consumer: event.Consumer{Listener: "billing", Group: group}, Partition: event.Partition{Topic: topic},
			Records: 500, First: 0, Last: 499,
		}, told[0])
	})
}

// Batches lose the filtered records; what handlers say counts what they got.
func TestFilteredBatches(t *testing.T) {
	for _, mode := range ackmode.All() {
		if mode == ackmode.Record {
			continue
		}
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				e.mode(mode)
				e.noVerdicts()
				e.keep(func(offset int64) bool { return offset > 1 && offset != 4 && offset < 8 })
				e.cluster.Fill(topic, 0, 10)
				e.cluster.Fill(topic, 1, 2) // none is left of it
				e.batches(func(_ context.Context, d *listener.Delivery) error {
					if d.BatchAck != nil {
						return d.BatchAck.Acknowledge()
					}
					return nil
				})
				e.pass(time.Minute)
				require.Equal(t, []call{sec(0, 2, 5, 1)}, e.of(0))
				require.Empty(t, e.of(1), "an empty batch is not delivered")
				require.EqualValues(t, 10, e.committed(0))
				require.EqualValues(t, 2, e.committed(1))
			})
		})
	}
}

func TestFilteredBatchFailsAt(t *testing.T) {
	for _, tt := range []struct {
		n    int // FailedAt
		want []call
	}{
		{0, []call{sec(0, 1, 3, 1), sec(1, 1, 3, 2)}},
		{1, []call{sec(0, 1, 3, 1), sec(1, 3, 2, 2)}},
		{2, []call{sec(0, 1, 3, 1), sec(1, 5, 1, 2)}},
		{3, []call{sec(0, 1, 3, 1)}},
	} {
		for _, later := range []bool{false, true} {
			bubble(t, func(t *testing.T, e *engine) {
				var failed []int64
				e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
					failed = append(failed, f.Records[0].Offset)
					return errorhandler.Redeliver(time.Second)
				})
				e.keep(func(offset int64) bool { return !even(offset) })
				e.cluster.Fill(topic, 0, 7)
				e.batches(func(_ context.Context, d *listener.Delivery) error {
					switch {
					case time.Since(e.began) > 0:
						return nil
					case later:
						return listener.FailedAt(tt.n, listener.Postpone(time.Second, nil))
					default:
						return listener.FailedAt(tt.n, errBoom)
					}
				})
				e.pass(time.Minute)
				want := tt.want
				if later && len(want) > 1 {
					want[1].attempt = 1
				}
				require.Equal(t, want, e.of(0))
				require.EqualValues(t, 7, e.committed(0))
				if tt.n < 3 && !later {
					require.Equal(t, []int64{int64(2*tt.n + 1)}, failed)
				}
			})
		}
	}
}

// Outcomes per record are of the records that the handler got.
func TestFilteredBatchWithResults(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		var failed []int64
		e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
			failed = append(failed, f.Records[0].Offset)
			return errorhandler.Redeliver(time.Second)
		})
		e.keep(func(offset int64) bool { return !even(offset) }) // 1, 3, 5 of 7
		e.cluster.Fill(topic, 0, 7)
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if len(d.Records) == 3 {
				return listener.Results(d.Records, []error{nil, errBoom, nil})
			}
			return nil
		})
		e.pass(time.Minute)
		require.Equal(t, []int64{3}, failed)
		require.Equal(t, []call{sec(0, 1, 3, 1), sec(1, 3, 1, 2)}, e.of(0))
		require.EqualValues(t, 7, e.committed(0))
	})
}

func TestFilteredBatchIsAcknowledgedInParts(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		e.mode(ackmode.Manual)
		e.noVerdicts()
		e.keep(func(offset int64) bool { return !even(offset) }) // 1, 3, 5 of 7
		e.cluster.Fill(topic, 0, 7)
		var ack box[listener.BatchAcknowledgment]
		e.batches(func(_ context.Context, d *listener.Delivery) error {
			if d.Attempt > 1 {
				return d.BatchAck.Acknowledge()
			}
			ack.set(d.BatchAck)
			return nil
		})
		e.pass(5 * time.Second)
		require.EqualValues(t, 1, e.committed(0), "what was filtered out before the first is done")
		require.NoError(t, ack.get().AcknowledgeFirst(0))
		require.Error(t, ack.get().AcknowledgeFirst(4))
		require.NoError(t, ack.get().AcknowledgeFirst(1))
		e.pass(5 * time.Second)
		require.EqualValues(t, 3, e.committed(0), "and what was filtered out after it")
		require.Error(t, ack.get().NackFrom(3, 0))
		require.NoError(t, ack.get().NackFrom(2, time.Second))
		e.pass(5 * time.Second)
		require.Equal(t, []call{sec(0, 1, 3, 1), sec(11, 5, 1, 2)}, e.of(0))
		require.EqualValues(t, 7, e.committed(0))
	})
}

// A filter that panics fails its record, and no other.
func TestPanicInAFilter(t *testing.T) {
	for name, blow := range map[string]func(){
		"panic": func() { panic(errBoom) }, "goexit": runtime.Goexit, "nil map": func() { map[string]int(nil)["x"]++ },
	} {
		for _, batch := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T, e *engine) {
					var failed []int64
					e.verdicts(func(f errorhandler.Failure) errorhandler.Verdict {
						failed = append(failed, f.Records[0].Offset)
						_, ok := errors.AsType[*errorhandler.PanicError](f.Err)
						require.True(t, ok, "%v", f.Err)
						return errorhandler.Skip()
					})
					e.keep(func(offset int64) bool {
						if offset == 2 {
							blow()
						}
						return true
					})
					e.cluster.Fill(topic, 0, 5)
					handled := 0
					h := func(_ context.Context, d *listener.Delivery) error { handled += len(d.Records); return nil }
					if batch {
						e.batches(h)
					} else {
						e.startRaw(h)
					}
					e.pass(time.Hour)
					require.Equal(t, []int64{2}, failed)
					require.Equal(t, 4, handled)
					require.EqualValues(t, 5, e.committed(0))
				})
			})
		}
	}
}

// Under transactions the filtered ones go with the window, sent by nobody.
func TestFilteredInATransaction(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.keep(even)
		e.cluster.Fill(topic, 0, 6)
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			return copies(ctx, r)
		})
		e.pass(time.Second)
		require.Equal(t, []string{"0@0", "0@2", "0@4"}, log.Records(outputs))
		require.EqualValues(t, 6, e.committed(0))
	})
}
