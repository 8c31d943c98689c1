package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/kafkatest"
	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

// newTemplate makes a template that is closed with the test.
func newTemplate(t testing.TB, b *kafkatest.Broker, o template.Options) *template.Template {
	t.Helper()
	if o.BootstrapServers == "" {
		o.BootstrapServers = b.Brokers()
	}
	tpl, err := template.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tpl.Close(context.Background()) })
	return tpl
}

func TestTemplateSends(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("send", 3)
		tpl := newTemplate(t, b, template.Options{DefaultTopic: topic})
		at := time.UnixMilli(1_700_000_000_123)
		type order struct{ ID string }
		one, err := tpl.Send(t.Context(), topic, "k", order{"a"}, template.Partition(2), template.Timestamp(at),
			template.Header("h", []byte("v")), template.Header("null", nil), template.Header("empty", []byte{}))
		require.NoError(t, err)
		require.Equal(t, template.Sent{Topic: topic, Partition: 2, Offset: 0, Timestamp: at}, one)
		two, err := tpl.Send(t.Context(), "", "", nil, template.Partition(2), template.WithKey([]byte{}))
		require.NoError(t, err)
		require.EqualValues(t, 1, two.Offset)
		results := tpl.SendAll(t.Context(), []template.Record{{Value: "x"}, {Topic: "no such name!"}, {Value: []byte("y")}})
		require.NoError(t, results[0].Err)
		require.Error(t, results[1].Err)
		require.NoError(t, results[2].Err)

		all := b.Records(topic)
		require.Len(t, all, 4)
		last := all[len(all)-2:]
		if last[0].Partition != 2 || last[0].Offset != 0 { // the two without a key may have gone there, too
			last = nil
			for i := range all {
				if all[i].Partition == 2 && all[i].Offset == 0 {
					last = all[i : i+2]
				}
			}
		}
		require.JSONEq(t, `{"ID":"a"}`, string(last[0].Value))
		require.Equal(t, "k", string(last[0].Key))
		require.True(t, at.Equal(last[0].Timestamp))
		require.Equal(t, listener.Headers{{Key: "h", Value: []byte("v")}, {Key: "null"}, {Key: "empty", Value: []byte{}}}, last[0].Headers)
		require.Nil(t, last[1].Value)
		require.NotNil(t, last[1].Key, "an empty key is a key")
	})
}

func TestTemplateAcks(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		for acks, known := range map[template.Acks]bool{template.AcksNone: false, template.AcksLeader: true, template.AcksAll: true} {
			topic := b.NewTopic("acks", 1)
			tpl := newTemplate(t, b, template.Options{Name: acks.String(), Acks: acks})
			for i := range 3 {
				sent, err := tpl.Send(t.Context(), topic, "k", fmt.Sprint(i))
				require.NoError(t, err)
				require.Equal(t, map[bool]int64{true: int64(i), false: -1}[known], sent.Offset, "acks=%s", acks)
			}
			require.Len(t, b.WaitRecords(topic, 3), 3)
		}
	})
}

// TestTemplateKeysLandWhereJavaPutsThem compares with the outside client, whose
// partitioner is Java's.
func TestTemplateKeysLandWhereJavaPutsThem(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		const keys, parts = 1000, 12
		ours, theirs := b.NewTopic("ours", parts), b.NewTopic("theirs", parts)
		tpl := newTemplate(t, b, template.Options{})
		records, outside := make([]template.Record, keys), make([]kafkatest.Record, keys)
		for i := range keys {
			key := fmt.Sprintf("key-%d", i)
			records[i] = template.Record{Topic: ours, Key: key, Value: "v"}
			outside[i] = kafkatest.Value("v").WithKey(key)
		}
		stored := b.Produce(theirs, outside...)
		for i, r := range tpl.SendAll(t.Context(), records) {
			require.NoError(t, r.Err)
			require.Equal(t, stored[i].Partition, r.Sent.Partition, records[i].Key)
		}
	})
}

func TestTemplateFromManyGoroutines(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		const senders, each = 16, 500
		topic := b.NewTopic("many", 4)
		tpl := newTemplate(t, b, template.Options{Properties: map[string]string{"queue.buffering.max.messages": "200"}})
		var wg sync.WaitGroup
		for i := range senders {
			wg.Go(func() {
				for j := range each {
					tpl.SendAsync(t.Context(), topic, fmt.Sprint(i), fmt.Sprintf("%d-%d", i, j), template.OnDone(func(_ template.Sent, err error) {
						if err != nil {
							t.Error(err)
						}
					}))
				}
			})
		}
		wg.Wait()
		require.NoError(t, tpl.Flush(t.Context()))
		seen := map[string]int{}
		for _, r := range b.Records(topic) { // in offset order: the order of each key is kept
			sender, n, _ := strings.Cut(string(r.Value), "-")
			require.Equal(t, fmt.Sprint(seen[sender]), n)
			seen[sender]++
		}
		require.Len(t, seen, senders)
	})
}

func TestTemplateCloseDelivers(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("close", 1)
		tpl := newTemplate(t, b, template.Options{Linger: new(time.Minute)})
		for i := range 1000 {
			tpl.SendAsync(t.Context(), topic, "k", fmt.Sprint(i))
		}
		require.NoError(t, tpl.Close(t.Context()))
		require.Len(t, b.Records(topic), 1000)
	})
}

func TestTemplateWithoutABroker(t *testing.T) {
	t.Parallel()
	tpl := newTemplate(t, nil, template.Options{
		BootstrapServers: "127.0.0.1:1", CloseTimeout: time.Second, Properties: map[string]string{"queue.buffering.max.messages": "100"},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := tpl.Send(ctx, "orders", "k", "v")
	require.ErrorIs(t, err, template.ErrUnknownOutcome)
	var futures []*template.Future
	full := 0
	for range 100 {
		f := tpl.SendAsync(ctx, "orders", "k", "v")
		select {
		case <-f.Done():
			full++
		default:
			futures = append(futures, f)
		}
	}
	require.NotZero(t, full, "the window is full, and the context ends the wait")
	began := time.Now()
	err = tpl.Close(context.Background())
	require.Less(t, time.Since(began), 4*time.Second)
	gone, ok := errors.AsType[*template.CloseError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, map[string]int{"orders": 1 + len(futures)}, gone.Undelivered)
	for _, f := range futures {
		_, err := f.Wait(t.Context())
		require.ErrorContains(t, err, "orders")
	}
}

func TestTemplateRefusedRecords(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.NewTopic("big", 1)
		tpl := newTemplate(t, b, template.Options{})
		_, err := tpl.Send(t.Context(), topic, "k", make([]byte, 2_000_000))
		fault, ok := errors.AsType[*template.SendError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 10, fault.Code, "message too large")
		require.NotErrorIs(t, err, template.ErrUnknownOutcome)
		_, err = tpl.Send(t.Context(), topic, "k", "fits", template.Partition(7))
		require.Error(t, err)
		_, err = tpl.Send(t.Context(), topic, "k", "fits")
		require.NoError(t, err)
	})
}
