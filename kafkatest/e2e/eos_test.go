package e2e

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/errorhandler"
	"github.com/hearken-go/hearken/event"
	"github.com/hearken-go/hearken/factory"
	"github.com/hearken-go/hearken/internal/broker"
	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

const copyKeys = 100

// fill writes n records, "key:number" by key, numbers rising.
func fill(b *kafkatest.Broker, topic string, n int) {
	batch := make([]kafkatest.Record, n)
	for i := range batch {
		key := fmt.Sprint(i % copyKeys)
		batch[i] = kafkatest.KV(key, key+":"+strconv.Itoa(i))
	}
	b.Produce(topic, batch...)
}

// requireCopied looks at a copy as a read-committed reader does: each of the n
// records once, and those of a key in order.
func requireCopied(t *testing.T, b *kafkatest.Broker, topic string, n int, left ...string) {
	t.Helper()
	seen, last := map[string]int{}, map[string]int{}
	for _, r := range b.WaitRecords(topic, n-len(left)) {
		v := string(r.Value)
		seen[v]++
		require.LessOrEqual(t, seen[v], 1, "%s is there twice", v)
		key, number, _ := strings.Cut(v, ":")
		i, err := strconv.Atoi(number)
		require.NoError(t, err)
		if was, ok := last[key]; ok {
			require.Greater(t, i, was, "key %s went back", key)
		}
		last[key] = i
	}
	require.Len(t, seen, n-len(left))
	for _, v := range left {
		require.Zero(t, seen[v])
	}
}

// TestExactlyOnce: a copy with a record that fails, in both modes: it is left
// out, and nobody else suffers.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"batch", "record"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				n := map[string]int{"batch": 3000, "record": 200}[mode]
				in, out, group := b.NewTopic("in", 3), b.NewTopic("out", 3), b.Unique("eos")
				fill(b, in, n)
				tpl := newTemplate(t, b, template.Options{TransactionIDPrefix: b.Unique("tpl")})
				l := listener.On("copy", func(ctx context.Context, r listener.Record[string]) error {
					tpl.SendAsync(ctx, out, r.Key, r.Value)
					if r.Value == "7:107" {
						return errOnPurpose
					}
					return nil
				}, listener.Topics(in), listener.GroupID(group), factory.Workers(2), factory.TransactionIDPrefix(b.Unique("copy")),
					factory.ErrorHandler(errorhandler.HandlerFunc(func(_ context.Context, f errorhandler.Failure) errorhandler.Verdict {
						if f.Attempt < 3 {
							return errorhandler.Redeliver(10 * time.Millisecond)
						}
						return errorhandler.Skip()
					})))
				began := time.Now()
				s := serveWith(t, b, map[string]any{"kafka.listener.ack-mode": mode}, l)
				waitDone(t, b, group, in, nil)
				t.Logf("%d records in %s, %d transactions", n, time.Since(began).Round(time.Millisecond), len(found[event.Committed](s)))
				requireCopied(t, b, out, n, "7:107")
				require.Len(t, waitFound[event.RecordFailed](s, 3), 3)
			})
		})
	}
}

// TestExactlyOnceKill: three processes copy, each is killed once and comes
// back; the long form is one of TestBrokersKilled.
func TestExactlyOnceKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	r := newCopyRun(t, kafkatest.Real(t), copying{records: 10_000, keys: 100, over: 8 * time.Second, processes: 3, kills: 1})
	require.Empty(t, r.run(nil).faults(), "%s", tail(r.j.Log+".out", 40))
}

// TestExactlyOnceZombies: each of two processes stands still for longer than its
// session, so that the other one takes its partitions, and then goes on with
// what it had begun: that is refused, and the copy is exact.
func TestExactlyOnceZombies(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			r := newCopyRun(t, kafkatest.Real(t), copying{
				records: 6000, keys: 100, over: 4 * time.Second, processes: 2, kills: 1, frozen: 8 * time.Second, handler: time.Millisecond, protocol: p,
			})
			require.Empty(t, r.run(nil).faults(), "%s", tail(r.j.Log+".out", 40))
		})
	}
}

// TestTheCopyTestSeesAKill: the same without transactions is no exact copy, and
// the judge says so.
func TestTheCopyTestSeesAKill(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	r := newCopyRun(t, b, copying{records: 8000, keys: 100, processes: 2, kills: 1, plain: true, handler: 2 * time.Millisecond})
	v := r.run(nil)
	require.NotEmpty(t, v.faults(), "%s", tail(r.j.Log+".out", 60))
	t.Logf("as planned: %v", v.faults())
}

// ownerOf takes whatever comes, from where the group is.
type ownerOf struct{ got chan []broker.Partition }

func (o ownerOf) Assigned(parts []broker.Partition) []broker.Assignment {
	o.got <- parts
	return nil
}
func (ownerOf) Revoked([]broker.Partition) {}
func (ownerOf) Lost([]broker.Partition)    {}

// TestOffsetsOfAnOpenTransactionAreNotStable: Committed does not answer with
// the old ones, which is what a new owner would begin twice with.
func TestOffsetsOfAnOpenTransactionAreNotStable(t *testing.T) {
	t.Parallel()
	b := kafkatest.Real(t)
	topic := b.NewTopic("in", 1)
	config := map[string]string{"bootstrap.servers": b.Brokers(), "group.id": b.Unique("stable"), "isolation.level": "read_committed"}
	c, err := broker.Open(broker.Params{Config: config})
	require.NoError(t, err)
	defer c.Close()
	owner := ownerOf{make(chan []broker.Partition, 10)}
	require.NoError(t, c.Subscribe([]string{topic}, owner))
	var turn broker.Turn
	eventually(t, "an assignment", func() (bool, string) {
		c.Next(broker.Limits{Wait: 100 * time.Millisecond, Records: 1, Bytes: 1}, &turn)
		return len(owner.got) > 0, "none"
	})
	parts := <-owner.got
	p, err := broker.OpenProducer(broker.ProducerParams{Config: map[string]string{
		"bootstrap.servers": b.Brokers(), "transactional.id": b.Unique("stable"), "transaction.timeout.ms": "30000",
	}})
	require.NoError(t, err)
	defer p.Close()
	require.NoError(t, p.InitTransactions(patience))
	at := func(offset int64) {
		require.NoError(t, p.Begin())
		member, err := c.GroupMetadata()
		require.NoError(t, err)
		require.NoError(t, p.SendOffsets([]broker.Offset{{Partition: parts[0], Offset: offset, LeaderEpoch: -1}}, member, patience))
	}
	at(3)
	require.NoError(t, p.Commit(patience))
	at(5)
	offsets, err := c.Committed(parts, 2*time.Second)
	if err == nil {
		require.Error(t, offsets[0].Err, "answered %d", offsets[0].Offset)
	}
	t.Logf("while it is open: %v %v", offsets, err)
	require.NoError(t, p.Commit(patience))
	eventually(t, "the new offset", func() (bool, string) {
		offsets, err := c.Committed(parts, 5*time.Second)
		return err == nil && offsets[0].Err == nil && offsets[0].Offset == 5, fmt.Sprint(offsets, err)
	})
}
