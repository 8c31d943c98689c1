package container_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/ackmode"
	"github.com/hearken-go/hearken/container"
	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

const outputs = "out"

// transactional makes the listener of e exactly-once.
func (e *engine) transactional(mode ackmode.Mode) *brokertest.Log {
	log := brokertest.NewLog()
	e.transactionalAt(log, "i", mode)
	return log
}

func (e *engine) transactionalAt(log *brokertest.Log, instance string, mode ackmode.Mode) {
	e.mode(mode)
	e.conf = map[string]string{"isolation.level": "read_committed"}
	e.spec.Tx = &container.Tx{
		Prefix: "tx-" + instance, Records: 1000, Time: 100 * time.Millisecond, Timeout: 10 * time.Second, Cluster: fmt.Sprintf("fake %p", log),
		Open: func(id string, p broker.ProducerParams) (broker.Producer, error) {
			p.Config = map[string]string{"transactional.id": id, "transaction.timeout.ms": "10000"}
			return log.Open(p)
		},
	}
	if mode == ackmode.Record {
		e.spec.Tx.Records = 1
	}
}

// output names what a record's handler sends.
func output(r *listener.RawRecord) string { return fmt.Sprintf("%d@%d", r.Partition, r.Offset) }

// copies sends one record for each.
func copies(ctx context.Context, r *listener.RawRecord) error {
	tx := listener.TxFrom(ctx)
	if tx == nil {
		return errors.New("no transaction")
	}
	_, err := listener.Publish(ctx, tx, listener.Outgoing{Topic: outputs, Partition: listener.AnyPartition, Value: []byte(output(r))})
	return err
}

func wanted(id int32, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%d@%d", id, i)
	}
	return out
}

func TestTransactionsGroupRecords(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.cluster.Fill(topic, 0, 300)
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			return copies(ctx, r)
		})
		e.pass(time.Second)
		require.Equal(t, wanted(0, 300), log.Records(outputs))
		require.EqualValues(t, 300, e.committed(0))
		require.Less(t, len(e.group.Commits()), 5, "grouped")
		require.Empty(t, found[event.TransactionAborted](e))
	})
}

func TestTransactionsRecordByRecord(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Record)
		e.cluster.Fill(topic, 0, 20)
		e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			return copies(ctx, r)
		})
		e.pass(time.Second)
		require.Equal(t, wanted(0, 20), log.Records(outputs))
		require.Len(t, e.group.Commits(), 20)
	})
}

func TestTransactionsAreBounded(t *testing.T) {
	t.Run("by records", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			e.transactional(ackmode.Batch)
			e.spec.Tx.Records = 10
			e.cluster.Fill(topic, 0, 100)
			e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				return copies(ctx, r)
			})
			e.pass(time.Second)
			var at []int64
			for _, c := range e.group.Commits() {
				at = append(at, c.Offset.Offset)
			}
			require.Equal(t, []int64{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, at)
		})
	})
	t.Run("by time", func(t *testing.T) {
		bubble(t, func(t *testing.T, e *engine) {
			e.transactional(ackmode.Batch)
			e.cluster.Fill(topic, 0, 30)
			e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
				wait(ctx, 30*time.Millisecond)
				return copies(ctx, r)
			})
			e.pass(2 * time.Second)
			commits := e.group.Commits()
			require.Len(t, commits, 8, "the fourth begins at 90 ms and is waited for")
			require.EqualValues(t, 4, commits[0].Offset.Offset)
		})
	})
}

// TestTwinListenersOfAProcessAreRefused: the second one's start names the ids,
// both places and the way out; when the first one has stopped, it may start.
func TestTwinListenersOfAProcessAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, e *engine) {
		log := e.transactional(ackmode.Batch)
		e.spec.Where = "first.go:1"
		handler := func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
			return copies(ctx, r)
		}
		first := e.start(handler)
		twin := e.another()
		twin.spec.Where, twin.spec.AutoStartup = "second.go:2", false
		second := twin.start(handler)
		err := second.Start(t.Context())
		require.ErrorContains(t, err, "the transactional ids tx-i-"+first.ID()+"-<i>")
		require.ErrorContains(t, err, "first.go:1")
		require.ErrorContains(t, err, "second.go:2")
		require.ErrorContains(t, err, "another transaction-instance")
		e.cluster.Fill(topic, 0, 10)
		e.pass(time.Second)
		require.Len(t, log.Records(outputs), 10, "the first one is not harmed")

		require.NoError(t, first.Stop(t.Context()))
		require.NoError(t, second.Start(t.Context()))
		e.cluster.Fill(topic, 0, 10)
		e.pass(time.Second)
		require.Len(t, log.Records(outputs), 20)
		require.NoError(t, second.Stop(t.Context()))
		require.NoError(t, second.Start(t.Context()), "its own ids are its own")
	})
}

// TestAPoisonRecordHarmsNobody: before it, after it and elsewhere everything
// appears once; its own attempts count, nobody else's do.
func TestAPoisonRecordHarmsNobody(t *testing.T) {
	for _, mode := range []ackmode.Mode{ackmode.Batch, ackmode.Record} {
		t.Run(mode.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, e *engine) {
				log := e.transactional(mode)
				e.spec.Workers = 2
				e.spec.ErrorHandler = errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
					if f.Attempt < 3 {
						return errorhandler.Redeliver(50 * time.Millisecond)
					}
					return errorhandler.Skip()
				})
				e.cluster.Fill(topic, 0, 10)
				e.cluster.Fill(topic, 1, 10)
				e.start(func(ctx context.Context, r *listener.RawRecord, _ listener.Acknowledgment) error {
					err := copies(ctx, r)
					if r.Partition == 0 && r.Offset == 5 {
						return errBoom
					}
					return err
				})
				e.pass(2 * time.Second)
				want := append(append(wanted(0, 10)[:5:5], wanted(0, 10)[6:]...), wanted(1, 10)...)
				require.ElementsMatch(t, want, log.Records(outputs))
				require.EqualValues(t, 10, e.committed(0))
				require.EqualValues(t, 10, e.committed(1))
				var attempts []int
				for _, f := range found[event.RecordFailed](e) {
					require.EqualValues(t, 5, f.Offset)
					attempts = append(attempts, f.Attempt)
				}
				require.Equal(t, []int{1, 2, 3}, attempts)
				for _, c := range e.allCalls() {
					if c.partition == 1 || c.offset != 5 {
						require.Equal(t, 1, c.attempt, "%+v", c)
					}
				}
			})
		})
	}
}
