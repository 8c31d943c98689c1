package container_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/internal/broker/brokertest"
	"github.com/hearken-go/hearken/listener"
)

// A feeder is a client that hands out chunks which were made before.
type feeder struct {
	*brokertest.Member
	chunks [][]listener.RawRecord
	epoch  uint64
}

func (f *feeder) Next(limits broker.Limits, turn *broker.Turn) {
	if f.epoch != 0 && len(f.chunks) > 0 {
		turn.Reset()
		turn.Chunks = append(turn.Chunks, broker.Chunk{Partition: part(0), Epoch: f.epoch, Records: f.chunks[0]})
		f.chunks = f.chunks[1:]
		return
	}
	f.Member.Next(limits, turn)
	if len(turn.Chunks) > 0 {
		f.epoch = turn.Chunks[0].Epoch
	}
}

// From the client's chunk to the handler a record costs no allocation; what
// there is belongs to chunks, commits and the ring's growth. Not parallel: it
// counts the whole program.
func TestARecordCostsNoAllocation(t *testing.T) {
	const chunks, each = 400, 500
	for name, batch := range map[string]bool{"records": false, "batches": true} {
		t.Run(name, func(t *testing.T) {
			e := &engine{t: t, cluster: brokertest.NewCluster(), began: time.Now(), spec: defaults()}
			e.cluster.CreateTopic(topic, 1)
			e.group = e.cluster.Group(group)
			e.cluster.Fill(topic, 0, 1)
			f := &feeder{}
			for c := range chunks {
				recs := make([]listener.RawRecord, each)
				for i := range recs {
					recs[i] = listener.RawRecord{Topic: topic, Offset: int64(1 + c*each + i), Key: []byte("key"), Value: []byte("value")}
				}
				f.chunks = append(f.chunks, recs)
			}
			e.open = func(i int) (broker.Consumer, error) {
				m, err := e.cluster.Open(broker.Params{Config: map[string]string{"group.id": group, "auto.offset.reset": "earliest"}})
				if err == nil {
					f.Member = m.(*brokertest.Member)
				}
				return f, err
			}
			e.spec.Shape.Batch = batch
			var before, after runtime.MemStats
			done := make(chan struct{})
			seen := 0
			s := e.complete(e.spec, nil)
			s.Handler = func(_ context.Context, d *listener.Delivery) error {
				if seen == 0 {
					runtime.ReadMemStats(&before)
				}
				if seen += len(d.Records); seen == 1+chunks*each {
					runtime.ReadMemStats(&after)
					close(done)
				}
				return nil
			}
			e.reg = e.registry(s)
			require.NoError(t, e.reg.Start(context.Background()))
			<-done
			require.NoError(t, e.reg.Stop(context.Background()))
			e.reg.Close()
			each := float64(after.Mallocs-before.Mallocs) / float64(seen)
			t.Logf("%.4f allocations a record", each)
			require.Less(t, each, 0.02)
		})
	}
}
