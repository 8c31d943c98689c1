package listener_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/hearken-go/hearken/listener"
)

type Order struct {
	ID    string `json:"id"`
	Cents int    `json:"cents"`
}

type Billing struct{}

// OnOrder takes a record; a nil error means done.
func (Billing) OnOrder(_ context.Context, r listener.Record[Order]) error {
	fmt.Printf("%s[%d]@%d: %s pays %d cents\n", r.Topic, r.Partition, r.Offset, r.Key, r.Value.Cents)
	return nil
}

// OnRefund settles its record itself.
func (Billing) OnRefund(_ context.Context, r listener.Record[Order], ack listener.Acknowledgment) error {
	if r.Value.Cents > 1000 {
		return ack.Nack(time.Second) // again in a second
	}
	return ack.Acknowledge()
}

func ExampleOn() {
	l := listener.On("orders", Billing{}.OnOrder, listener.Topics("orders"), listener.GroupID("billing"))
	fmt.Println(l.ID(), l.Types(), l.Options())

	// A container does the rest; a test may call the handler like this.
	handle, err := l.Bind(listener.Codecs{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = handle(context.Background(), &listener.Delivery{Records: []*listener.RawRecord{{
		Topic: "orders", Partition: 3, Offset: 42, Key: []byte("alice"), Value: []byte(`{"id":"o-1","cents":250}`),
	}}})
	// Output:
	// orders listener.Record[listener_test.Order] [listener.Topics("orders") listener.GroupID("billing")]
	// orders[3]@42: alice pays 250 cents
}

// printedAck shows what a handler does with its acknowledgment.
type printedAck struct{}

func (printedAck) Acknowledge() error         { fmt.Println("done"); return nil }
func (printedAck) Nack(d time.Duration) error { fmt.Println("again in", d); return nil }

func ExampleOnAck() {
	l := listener.OnAck("refunds", Billing{}.OnRefund, listener.Topics("refunds"), listener.Factory("manual"))
	handle, err := l.Bind(listener.Codecs{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, value := range []string{`{"cents":250}`, `{"cents":99900}`} {
		_ = handle(context.Background(), &listener.Delivery{
			Records: []*listener.RawRecord{{Topic: "refunds", Value: []byte(value)}},
			Ack:     printedAck{},
		})
	}
	// Output:
	// done
	// again in 1s
}

func ExampleOnBatch() {
	l := listener.OnBatch("orders", func(_ context.Context, rs []listener.Record[Order]) error {
		for i, r := range rs {
			if r.Value.Cents < 0 {
				return listener.FailedAt(i, errors.New("negative amount")) // those before i are done
			}
		}
		return nil
	}, listener.Topics("orders"))
	handle, _ := l.Bind(listener.Codecs{})
	fmt.Println(handle(context.Background(), &listener.Delivery{Records: []*listener.RawRecord{
		{Value: []byte(`{"cents":1}`)}, {Value: []byte(`{"cents":-1}`)},
	}}))
	// Output: record 1 of the batch: negative amount
}

func ExampleValue() {
	charge := func(_ context.Context, o Order) error { fmt.Println("charged", o.Cents); return nil }
	handle, _ := listener.On("orders", listener.Value(charge), listener.Topics("orders")).Bind(listener.Codecs{})
	_ = handle(context.Background(), &listener.Delivery{Records: []*listener.RawRecord{{Value: []byte(`{"cents":250}`)}}})
	// Output: charged 250
}

// process is a handler that was written for the client's own loop.
func process(_ context.Context, m *kafka.Message) error {
	fmt.Printf("%s[%d]@%v: %s\n", *m.TopicPartition.Topic, m.TopicPartition.Partition, m.TopicPartition.Offset, m.Value)
	return nil
}

func ExampleOnMessage() {
	l := listener.OnMessage("orders", process, listener.Topics("orders"))
	handle, err := l.Bind(listener.Codecs{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = handle(context.Background(), &listener.Delivery{Records: []*listener.RawRecord{{
		Topic: "orders", Partition: 3, Offset: 42, Value: []byte("raw"),
	}}})
	// Output: orders[3]@42: raw
}

func ExamplePartitions() {
	l := listener.On("audit", Billing{}.OnOrder,
		listener.Partitions("orders", "0-5,7", listener.FromBeginning()), // at every start
		listener.Partitions("refunds", "*"),                              // from the committed offset
	)
	fmt.Println(l.Options())
	// Output: [listener.Partitions("orders", "0-5,7", beginning) listener.Partitions("refunds", "*")]
}

func ExampleBroadcast() {
	// Every instance of the program keeps a cache of its own up to date.
	l := listener.On("prices", Billing{}.OnOrder, listener.Topics("prices"), listener.Broadcast())
	fmt.Println(l.Options())
	// Output: [listener.Topics("prices") listener.Broadcast()]
}
